package io.wholecart.recommendation;

import io.wholecart.platform.ApiException;
import io.wholecart.platform.ExternalId;
import io.wholecart.platform.InputError;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is asked for, checked.
 *
 * @param behavior whose head scores
 * @param exclude behaviors whose items the user is not shown again
 * @param categories any of them; empty for all
 * @param excludeItems left out besides
 */
record RecommendationQuery(
        String userId,
        int limit,
        int offset,
        String behavior,
        List<String> exclude,
        List<String> categories,
        List<String> excludeItems) {

    private static final int MAX_LIMIT = 1_000;
    private static final int MAX_OFFSET = 10_000;
    private static final int MAX_VALUES = 1_000;

    /** Checks the parameters and fills in the defaults; absent ones are null. */
    static RecommendationQuery of(
            String userId,
            int limit,
            int offset,
            @Nullable String behavior,
            @Nullable List<String> exclude,
            List<String> categories,
            List<String> excludeItems,
            List<String> known) {
        List<InputError> errors = new ArrayList<>();
        String target = known.get(known.size() - 1);
        String flaw = ExternalId.flaw(userId);
        check(errors, flaw == null, "userId", String.valueOf(flaw));
        check(errors, limit >= 1 && limit <= MAX_LIMIT, "limit", "must be from 1 to " + MAX_LIMIT);
        check(errors, offset >= 0 && offset <= MAX_OFFSET, "offset", "must be from 0 to " + MAX_OFFSET);
        check(errors, behavior == null || known.contains(behavior), "behavior", "is unknown; known are " + known);
        List<String> named = exclude == null
                ? List.of(target)
                : exclude.stream().filter(name -> !name.isBlank()).toList();
        check(errors, known.containsAll(named), "exclude", "has an unknown behavior; known are " + known);
        check(errors, categories.size() <= MAX_VALUES, "category", "is given more than " + MAX_VALUES + " times");
        check(errors, excludeItems.size() <= MAX_VALUES, "excludeItem", "is given more than " + MAX_VALUES + " times");
        checkIds(errors, "category", categories);
        checkIds(errors, "excludeItem", excludeItems);
        if (!errors.isEmpty()) {
            throw ApiException.invalid(errors);
        }
        return new RecommendationQuery(
                userId, limit, offset, behavior == null ? target : behavior, named, categories, excludeItems);
    }

    private static void checkIds(List<InputError> errors, String field, List<String> ids) {
        for (String id : ids) {
            String flaw = ExternalId.flaw(id);
            if (flaw != null) {
                errors.add(InputError.field(field, flaw));
                return;
            }
        }
    }

    private static void check(List<InputError> errors, boolean good, String field, String message) {
        if (!good) {
            errors.add(InputError.field(field, message));
        }
    }
}
