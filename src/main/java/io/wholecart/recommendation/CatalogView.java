package io.wholecart.recommendation;

import io.wholecart.catalog.Catalog;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.springframework.stereotype.Component;

/**
 * What the shop told of its items, in memory: which must not be recommended, and which are in a category. A request
 * brings the catalog's counter with the user's history, so that it never answers from an older state.
 */
@Component
class CatalogView {

    private final Catalog catalog;
    private volatile State state = new State(0, new BitSet(), Map.of(), Map.of());

    CatalogView(Catalog catalog) {
        this.catalog = catalog;
    }

    /**
     * One moment's state, never changed.
     *
     * @param change the catalog's counter
     * @param unavailable by the items' numbers
     * @param inCategory by category the items' numbers
     * @param categories of items that are in any, by number
     */
    record State(
            long change, BitSet unavailable, Map<String, BitSet> inCategory, Map<Integer, List<String>> categories) {

        boolean available(int item) {
            return !unavailable.get(item);
        }

        /** Numbers of the items that are in at least one of the categories. */
        BitSet inAnyOf(Collection<String> wanted) {
            BitSet union = new BitSet();
            for (String category : wanted) {
                BitSet items = inCategory.get(category);
                if (items != null) {
                    union.or(items);
                }
            }
            return union;
        }
    }

    State state() {
        return state;
    }

    /** A state that is at least as new as this value of the counter. */
    State atLeast(long change) {
        return state.change >= change ? state : refresh();
    }

    /** Reads what changed since the last time. */
    synchronized State refresh() {
        List<Catalog.State> changes = new ArrayList<>();
        catalog.forEachChangeAfter(state.change, changes::add);
        if (!changes.isEmpty()) {
            state = after(changes);
        }
        return state;
    }

    /** Copies what it changes, no more: a category's set once, however many of its items change. */
    private State after(List<Catalog.State> changes) {
        BitSet unavailable = (BitSet) state.unavailable.clone();
        Map<String, BitSet> inCategory = new HashMap<>(state.inCategory);
        Map<Integer, List<String>> categories = new HashMap<>(state.categories);
        Set<String> copied = new HashSet<>();
        for (Catalog.State item : changes) {
            unavailable.set(item.number(), !item.available());
            for (String category : categories.getOrDefault(item.number(), List.of())) {
                own(category, inCategory, copied).clear(item.number());
            }
            for (String category : item.categories()) {
                own(category, inCategory, copied).set(item.number());
            }
            if (item.categories().isEmpty()) {
                categories.remove(item.number());
            } else {
                categories.put(item.number(), item.categories());
            }
        }
        copied.forEach(
                category -> inCategory.computeIfPresent(category, (name, items) -> items.isEmpty() ? null : items));
        return new State(changes.get(changes.size() - 1).change(), unavailable, inCategory, categories);
    }

    private static BitSet own(String category, Map<String, BitSet> inCategory, Set<String> copied) {
        BitSet items = inCategory.computeIfAbsent(category, name -> new BitSet());
        if (copied.add(category)) {
            items = (BitSet) items.clone();
            inCategory.put(category, items);
        }
        return items;
    }
}
