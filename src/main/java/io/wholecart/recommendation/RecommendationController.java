package io.wholecart.recommendation;

import io.wholecart.platform.WholecartProperties;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.util.MultiValueMap;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

@RestController
class RecommendationController {

    private static final String DEGRADED = "X-Wholecart-Degraded";

    private final Recommender recommender;
    private final List<String> behaviors;

    RecommendationController(Recommender recommender, WholecartProperties properties) {
        this.recommender = recommender;
        this.behaviors = properties.behaviors();
    }

    @GetMapping("/api/v1/users/{id}/recommendations")
    ResponseEntity<Recommendations> recommend(
            @PathVariable String id,
            @RequestParam(defaultValue = "10") int limit,
            @RequestParam(defaultValue = "0") int offset,
            @RequestParam(required = false) @Nullable String behavior,
            @RequestParam(required = false) @Nullable List<String> exclude,
            @RequestParam MultiValueMap<String, String> all) {
        // Taken from the map, because Spring would cut a value at its commas.
        List<String> categories = all.getOrDefault("category", List.of());
        List<String> excludeItems = all.getOrDefault("excludeItem", List.of());
        RecommendationQuery query =
                RecommendationQuery.of(id, limit, offset, behavior, exclude, categories, excludeItems, behaviors);
        Recommender.Answer answer = recommender.recommend(query);
        ResponseEntity.BodyBuilder response = ResponseEntity.ok();
        if (answer.degraded()) {
            response.header(DEGRADED, "history");
        }
        return response.body(answer.recommendations());
    }
}
