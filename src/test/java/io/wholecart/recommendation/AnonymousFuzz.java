package io.wholecart.recommendation;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.wholecart.platform.ApiException;
import io.wholecart.platform.ExternalId;
import io.wholecart.support.ConfiguredService;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.type.TypeReference;

/** Any bytes as the body of {@code POST /recommendations}. */
public final class AnonymousFuzz {

    private static final List<String> BEHAVIORS = ConfiguredService.PROPERTIES.behaviors();

    /** What the index is asked. */
    private record Asked(List<Basket.Touch> events, RecommendationQuery query) {}

    private static @Nullable Asked asked;

    private static final RecommendationController CONTROLLER = new RecommendationController(
            new Recommender(null, null, null, null, null, new SimpleMeterRegistry()) {
                @Override
                Recommendations recommend(List<Basket.Touch> events, RecommendationQuery query) {
                    asked = new Asked(List.copyOf(events), query);
                    return new Recommendations(null, null, Recommendations.Source.popular, List.of(), null);
                }
            },
            null,
            ConfiguredService.PROPERTIES);

    private AnonymousFuzz() {}

    public static void fuzzerInitialize() {
        ConfiguredService.start();
    }

    public static void fuzzerTestOneInput(byte[] body) {
        Asked first;
        try {
            first = ask(body);
        } catch (ApiException e) {
            require(asked == null, "asked for what is refused: " + asked);
            ConfiguredService.requireHonest(e);
            require(
                    e.errors().stream().allMatch(error -> error.field() != null || error.index() != null),
                    "errors without a place: " + e.errors());
            return;
        }
        require(isAnswerable(first), "asked " + first);
        RecommendationQuery query = first.query();
        RecommendationController.AnonymousBody again = new RecommendationController.AnonymousBody(
                first.events().stream()
                        .map(touch ->
                                new RecommendationController.AnonymousEvent(touch.itemId(), touch.behavior(), null))
                        .toList(),
                query.limit(),
                query.offset(),
                query.behavior(),
                List.copyOf(query.exclude()),
                List.copyOf(query.categories()),
                List.copyOf(query.excludeItems()));
        Asked second = ask(ConfiguredService.JSON.writeValueAsBytes(again));
        require(first.equals(second), "asked " + first + ", written out " + second);
    }

    private static Asked ask(byte[] body) {
        asked = null;
        CONTROLLER.recommend(
                ConfiguredService.body(body, new TypeReference<RecommendationController.AnonymousBody>() {}));
        if (asked == null) {
            throw new AssertionError("answered without asking");
        }
        return asked;
    }

    private static boolean isAnswerable(Asked one) {
        RecommendationQuery query = one.query();
        return query.limit() >= 1
                && query.limit() <= 1_000
                && query.offset() >= 0
                && query.offset() <= 10_000
                && BEHAVIORS.contains(query.behavior())
                && BEHAVIORS.containsAll(query.exclude())
                && query.categories().stream().allMatch(id -> ExternalId.flaw(id) == null)
                && query.excludeItems().stream().allMatch(id -> ExternalId.flaw(id) == null)
                && one.events().size() <= 1_000
                && one.events().stream()
                        .allMatch(touch ->
                                ExternalId.flaw(touch.itemId()) == null && BEHAVIORS.contains(touch.behavior()));
    }

    private static void require(boolean kept, String otherwise) {
        if (!kept) {
            throw new AssertionError(otherwise);
        }
    }
}
