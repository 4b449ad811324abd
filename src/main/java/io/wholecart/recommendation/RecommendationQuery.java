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
        int limit,
        int offset,
        String behavior,
        List<String> exclude,
        List<String> categories,
        List<String> excludeItems) {

    private static final int DEFAULT_LIMIT = 10;
    private static final int MAX_LIMIT = 1_000;
    private static final int MAX_OFFSET = 10_000;
    private static final int MAX_VALUES = 1_000;

    /**
     * Checks the parameters and fills in the defaults; absent ones are null.
     *
     * @param known the configured behaviors
     * @param errors found so far; with any the parameters are refused
     */
    static RecommendationQuery of(
            @Nullable Integer askedLimit,
            @Nullable Integer askedOffset,
            @Nullable String behavior,
            @Nullable List<@Nullable String> exclude,
            @Nullable List<@Nullable String> category,
            @Nullable List<@Nullable String> excludeItem,
            List<String> known,
            List<InputError> errors) {
        int limit = askedLimit == null ? DEFAULT_LIMIT : askedLimit;
        int offset = askedOffset == null ? 0 : askedOffset;
        String target = known.get(known.size() - 1);
        check(errors, limit >= 1 && limit <= MAX_LIMIT, "limit", "must be from 1 to " + MAX_LIMIT);
        check(errors, offset >= 0 && offset <= MAX_OFFSET, "offset", "must be from 0 to " + MAX_OFFSET);
        check(errors, behavior == null || known.contains(behavior), "behavior", "is unknown; known are " + known);
        List<String> named = exclude == null
                ? List.of(target)
                : exclude.stream()
                        .map(String::valueOf)
                        .filter(name -> !name.isBlank())
                        .toList();
        check(errors, known.containsAll(named), "exclude", "has an unknown behavior; known are " + known);
        List<String> categories = checkedIds(errors, "category", category);
        List<String> excludeItems = checkedIds(errors, "excludeItem", excludeItem);
        check(errors, categories.size() <= MAX_VALUES, "category", "is given more than " + MAX_VALUES + " times");
        check(errors, excludeItems.size() <= MAX_VALUES, "excludeItem", "is given more than " + MAX_VALUES + " times");
        if (!errors.isEmpty()) {
            throw ApiException.invalid(errors);
        }
        return new RecommendationQuery(
                limit, offset, behavior == null ? target : behavior, named, categories, excludeItems);
    }

    private static List<String> checkedIds(
            List<InputError> errors, String field, @Nullable List<@Nullable String> ids) {
        List<String> good = new ArrayList<>();
        for (String id : ids == null ? List.<@Nullable String>of() : ids) {
            String flaw = ExternalId.flaw(id);
            if (flaw != null) {
                errors.add(InputError.field(field, flaw));
                return good;
            }
            good.add(String.valueOf(id));
        }
        return good;
    }

    private static void check(List<InputError> errors, boolean good, String field, String message) {
        if (!good) {
            errors.add(InputError.field(field, message));
        }
    }
}
