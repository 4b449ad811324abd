package io.wholecart.recommendation;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The answer to a shopper's page.
 *
 * @param userId absent for an anonymous list of events
 * @param modelVersion null before the first training
 * @param items the best first
 * @param degraded what is missing in the answer because the database was away: the user's history, or the latest changes
 *     of the catalog; absent otherwise
 */
record Recommendations(
        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String userId,
        @Nullable Integer modelVersion,
        Source source,
        List<ScoredItem> items,
        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String degraded) {

    static final String HISTORY = "history";
    static final String CATALOG = "catalog";

    /** How the items were found. */
    enum Source {
        /** From the user's own trained vector. */
        trained,
        /** From a vector made of the events at hand: the user is new to the model, or did something since. */
        foldedIn,
        /** What most users touch: nothing is known of this one. */
        popular
    }

    /**
     * An item and its score.
     *
     * @param score the model's, or for popular items the weighted number of users
     */
    record ScoredItem(String itemId, float score) {}
}
