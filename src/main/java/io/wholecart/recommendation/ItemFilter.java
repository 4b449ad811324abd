package io.wholecart.recommendation;

import java.util.Collection;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.roaringbitmap.RoaringBitmap;

/**
 * Which items an answer may have.
 *
 * @param catalog decides on availability
 * @param seen numbers of items that the user is not shown again
 * @param excluded ids of items that are left out besides
 * @param wanted numbers of the only items that are asked for; null for all
 */
record ItemFilter(
        CatalogView.State catalog,
        Set<Integer> seen,
        Set<String> excluded,
        @Nullable RoaringBitmap wanted) {

    static ItemFilter of(
            CatalogView.State catalog, Set<Integer> seen, Collection<String> excluded, List<String> categories) {
        RoaringBitmap wanted = categories.isEmpty() ? null : catalog.inAnyOf(categories);
        return new ItemFilter(catalog, seen, Set.copyOf(excluded), wanted);
    }

    /** Whether the item with this number and id may be in the answer. */
    boolean allows(int item, String itemId) {
        return catalog.available(item)
                && (wanted == null || wanted.contains(item))
                && !seen.contains(item)
                && !excluded.contains(itemId);
    }
}
