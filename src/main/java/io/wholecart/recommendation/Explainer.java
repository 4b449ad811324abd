package io.wholecart.recommendation;

import io.wholecart.event.EventHistory;
import io.wholecart.platform.ApiException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.stereotype.Service;

/** Tells why an item has its score for a user: what each of the user's events adds to it. */
@Service
class Explainer {

    private final LiveModel live;
    private final EventHistory history;

    Explainer(LiveModel live, EventHistory history) {
        this.live = live;
        this.history = history;
    }

    /**
     * A score and its parts.
     *
     * @param score the sum of the contributions: what the item scores for the user who is folded in from these events
     * @param events those that the model knows the items of, the largest contribution first
     */
    record Explanation(
            String userId, String itemId, String behavior, int modelVersion, double score, List<Part> events) {}

    /**
     * One event's part.
     *
     * @param occurredAt when first, should there be several of the kind
     */
    record Part(String itemId, String behavior, Instant occurredAt, double contribution) {}

    Explanation explain(String userId, String itemId, String behavior) {
        LiveIndex index = live.index();
        if (index == null) {
            throw ApiException.notFound("There is no model before the first training.");
        }
        Integer row = index.itemRow(itemId);
        if (row == null) {
            throw ApiException.notFound("The model that is served does not know this item.");
        }
        if (index.foldIn() == null) {
            throw ApiException.notFound("The model that is served is of an older format: train again.");
        }
        if (index.behavior(behavior) < 0) {
            throw ApiException.invalid("behavior", "was not learned by the model that is served");
        }
        if (live.databaseIsAway()) {
            throw new DataAccessResourceFailureException("The database was away a moment ago.");
        }
        List<EventHistory.Occurrence> known = history.occurrences(userId).stream()
                .filter(event -> index.behavior(event.behavior()) >= 0 && index.rowOfNumber(event.item()) >= 0)
                .toList();
        int behaviors = index.artifact().behaviors().size();
        int[][] positives = new int[behaviors][];
        List<List<EventHistory.Occurrence>> byBehavior = new ArrayList<>();
        for (int k = 0; k < behaviors; k++) {
            String name = index.artifact().behaviors().get(k);
            byBehavior.add(known.stream()
                    .filter(event -> event.behavior().equals(name))
                    .toList());
            positives[k] = byBehavior.get(k).stream()
                    .mapToInt(event -> index.rowOfNumber(event.item()))
                    .toArray();
        }
        double[][] terms = index.foldIn().terms(positives, row, index.behavior(behavior));
        double score = 0;
        List<Part> parts = new ArrayList<>();
        for (int k = 0; k < behaviors; k++) {
            for (int i = 0; i < terms[k].length; i++) {
                EventHistory.Occurrence event = byBehavior.get(k).get(i);
                parts.add(new Part(event.itemId(), event.behavior(), event.occurredAt(), terms[k][i]));
                score += terms[k][i];
            }
        }
        parts.sort(Comparator.comparingDouble(Part::contribution).reversed());
        return new Explanation(userId, itemId, behavior, index.version(), score, parts);
    }
}
