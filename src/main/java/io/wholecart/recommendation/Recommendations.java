package io.wholecart.recommendation;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The answer to a shopper's page.
 *
 * @param modelVersion null before the first training
 * @param items the best first
 */
record Recommendations(String userId, @Nullable Integer modelVersion, Source source, List<ScoredItem> items) {

    /** How the items were found. */
    enum Source {
        /** From the user's own trained vector. */
        trained,
        /** What most users bought: the model does not know this user. */
        popular
    }

    /**
     * An item and its score.
     *
     * @param score the model's, or for popular items the number of users
     */
    record ScoredItem(String itemId, float score) {}
}
