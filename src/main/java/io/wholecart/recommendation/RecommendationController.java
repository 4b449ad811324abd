package io.wholecart.recommendation;

import io.wholecart.platform.ApiException;
import io.wholecart.platform.ExternalId;
import io.wholecart.platform.InputError;
import io.wholecart.platform.WholecartProperties;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.CacheControl;
import org.springframework.http.ResponseEntity;
import org.springframework.util.MultiValueMap;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

@RestController
@RequestMapping("/api/v1")
class RecommendationController {

    private static final String DEGRADED = "X-Wholecart-Degraded";
    private static final String UNKNOWN = "is unknown; known are %s";
    private static final int MAX_EVENTS = 1_000;

    private final Recommender recommender;
    private final Explainer explainer;
    private final List<String> behaviors;

    RecommendationController(Recommender recommender, Explainer explainer, WholecartProperties properties) {
        this.recommender = recommender;
        this.explainer = explainer;
        this.behaviors = properties.behaviors();
    }

    @GetMapping("/users/{id}/recommendations")
    ResponseEntity<Recommendations> recommend(
            @PathVariable String id,
            @RequestParam(required = false) @Nullable Integer limit,
            @RequestParam(required = false) @Nullable Integer offset,
            @RequestParam(required = false) @Nullable String behavior,
            @RequestParam(required = false) @Nullable List<@Nullable String> exclude,
            @RequestParam MultiValueMap<String, String> all) {
        List<InputError> errors = new ArrayList<>();
        checkId("userId", id, errors);
        // Taken from the map, because Spring would cut a value at its commas.
        RecommendationQuery query = RecommendationQuery.of(
                limit, offset, behavior, exclude, all.get("category"), all.get("excludeItem"), behaviors, errors);
        return respond(recommender.recommend(id, query));
    }

    /** One event of an anonymous list; when it happened does not matter. */
    record AnonymousEvent(
            @Nullable String itemId,
            @Nullable String behavior,
            @Nullable String occurredAt) {}

    /** As received: events of somebody who has no id, and the parameters of the request for a user. */
    record AnonymousBody(
            @Nullable List<@Nullable AnonymousEvent> events,
            @Nullable Integer limit,
            @Nullable Integer offset,
            @Nullable String behavior,
            @Nullable List<@Nullable String> exclude,
            @Nullable List<@Nullable String> category,
            @Nullable List<@Nullable String> excludeItem) {}

    @PostMapping("/recommendations")
    ResponseEntity<Recommendations> recommend(@RequestBody AnonymousBody body) {
        List<InputError> errors = new ArrayList<>();
        List<Basket.Touch> events = events(body.events(), errors);
        RecommendationQuery query = RecommendationQuery.of(
                body.limit(),
                body.offset(),
                body.behavior(),
                body.exclude(),
                body.category(),
                body.excludeItem(),
                behaviors,
                errors);
        return respond(recommender.recommend(events, query));
    }

    private List<Basket.Touch> events(@Nullable List<@Nullable AnonymousEvent> events, List<InputError> errors) {
        if (events == null || events.size() > MAX_EVENTS) {
            errors.add(InputError.field("events", "must be a list of at most " + MAX_EVENTS + " events"));
            return List.of();
        }
        List<Basket.Touch> touches = new ArrayList<>();
        for (int i = 0; i < events.size(); i++) {
            AnonymousEvent event = events.get(i);
            if (event == null) {
                errors.add(new InputError(i, null, null, "must be an event, not null"));
                continue;
            }
            String flaw = ExternalId.flaw(event.itemId());
            if (flaw != null) {
                errors.add(InputError.field("itemId", flaw).atIndex(i));
            }
            if (event.behavior() == null || !behaviors.contains(event.behavior())) {
                errors.add(InputError.field("behavior", UNKNOWN.formatted(behaviors))
                        .atIndex(i));
            }
            touches.add(new Basket.Touch(String.valueOf(event.itemId()), String.valueOf(event.behavior())));
        }
        return touches;
    }

    private static ResponseEntity<Recommendations> respond(Recommendations answer) {
        return respond(new Recommender.Shared<>(answer, null), answer.degraded());
    }

    /** What is the same for all may be kept by a client that asks each time whether it still holds: it does until an item changes. */
    private static <T> ResponseEntity<T> respond(Recommender.Shared<T> shared, @Nullable String degraded) {
        ResponseEntity.BodyBuilder response = ResponseEntity.ok();
        if (degraded != null) {
            response.header(DEGRADED, degraded);
        }
        if (shared.tag() != null) {
            response.eTag("W/\"" + shared.tag() + "\"")
                    .cacheControl(CacheControl.noCache().cachePrivate());
        }
        return response.body(shared.answer());
    }

    @GetMapping("/users/{id}/recommendations/{itemId}/explanation")
    Explainer.Explanation explain(
            @PathVariable String id,
            @PathVariable String itemId,
            @RequestParam(required = false) @Nullable String behavior) {
        List<InputError> errors = new ArrayList<>();
        checkId("userId", id, errors);
        checkId("itemId", itemId, errors);
        if (behavior != null && !behaviors.contains(behavior)) {
            errors.add(InputError.field("behavior", UNKNOWN.formatted(behaviors)));
        }
        if (!errors.isEmpty()) {
            throw ApiException.invalid(errors);
        }
        return explainer.explain(id, itemId, behavior == null ? behaviors.get(behaviors.size() - 1) : behavior);
    }

    @GetMapping("/items/popular")
    ResponseEntity<Recommendations> popular(
            @RequestParam(required = false) @Nullable Integer limit,
            @RequestParam(required = false) @Nullable Integer offset,
            @RequestParam MultiValueMap<String, String> all) {
        Recommender.Shared<Recommendations> shared = recommender.popular(query(limit, offset, all, new ArrayList<>()));
        return respond(shared, shared.answer().degraded());
    }

    @GetMapping("/items/{id}/similar")
    ResponseEntity<Recommender.Similar> similar(
            @PathVariable String id,
            @RequestParam(required = false) @Nullable Integer limit,
            @RequestParam(required = false) @Nullable Integer offset,
            @RequestParam MultiValueMap<String, String> all) {
        List<InputError> errors = new ArrayList<>();
        checkId("itemId", id, errors);
        Recommender.Shared<Recommender.Similar> shared = recommender.similar(id, query(limit, offset, all, errors));
        return respond(shared, shared.answer().degraded());
    }

    private RecommendationQuery query(
            @Nullable Integer limit,
            @Nullable Integer offset,
            MultiValueMap<String, String> all,
            List<InputError> errors) {
        return RecommendationQuery.of(
                limit, offset, null, null, all.get("category"), all.get("excludeItem"), behaviors, errors);
    }

    private static void checkId(String field, String id, List<InputError> errors) {
        String flaw = ExternalId.flaw(id);
        if (flaw != null) {
            errors.add(InputError.field(field, flaw));
        }
    }
}
