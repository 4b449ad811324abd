package io.wholecart.recommendation;

import io.wholecart.catalog.Catalog;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.roaringbitmap.RoaringBitmap;
import org.springframework.stereotype.Component;

/**
 * What the shop told of its items, in memory: which must not be recommended, and which are in a category. A request
 * brings the catalog's counter with the user's history, so that it never answers from an older state.
 */
@Component
class CatalogView {

    /** For somebody else's refresh; a request does not wait longer. */
    private static final long PATIENCE_MILLIS = 1_000;

    private final Catalog catalog;
    private final ReentrantLock refreshing = new ReentrantLock();
    /** Of items that are in any, by number; only touched while refreshing. */
    private final Map<Integer, List<String>> categories = new HashMap<>();

    private volatile State state = State.NOTHING;
    /** Where the state is from. */
    private volatile String server = "";

    CatalogView(Catalog catalog) {
        this.catalog = catalog;
    }

    /**
     * One moment's state, never changed.
     *
     * @param change the catalog's counter
     * @param unavailable by the items' numbers
     * @param inCategory by category the items' numbers
     */
    record State(long change, RoaringBitmap unavailable, Map<String, RoaringBitmap> inCategory) {

        static final State NOTHING = new State(0, new RoaringBitmap(), Map.of());

        boolean available(int item) {
            return !unavailable.contains(item);
        }

        /** Numbers of the items that are in at least one of the categories. */
        RoaringBitmap inAnyOf(Collection<String> wanted) {
            RoaringBitmap union = new RoaringBitmap();
            for (String category : wanted) {
                RoaringBitmap items = inCategory.get(category);
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

    /** A state that is at least as new as this value of the counter; null when it is not to be had in time. */
    @Nullable State atLeast(long change) {
        if (state.change >= change) {
            return state;
        }
        try {
            if (!refreshing.tryLock(PATIENCE_MILLIS, TimeUnit.MILLISECONDS)) {
                return null;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return null;
        }
        try {
            if (state.change < change) {
                refresh(state);
            }
            return state;
        } finally {
            refreshing.unlock();
        }
    }

    /** Takes up what a look found: all of it where another server answered than before. */
    void follow(Catalog.Look look) {
        if (look.server().equals(server)) {
            atLeast(look.change());
            return;
        }
        refreshing.lock();
        try {
            refresh(State.NOTHING);
            server = look.server();
        } finally {
            refreshing.unlock();
        }
    }

    /** Reads what changed after this state. */
    private void refresh(State from) {
        List<Catalog.State> changes = new ArrayList<>();
        // Many items are in the same ones: each list is kept once.
        Map<List<String>, List<String>> lists = new HashMap<>();
        long counter = catalog.forEachChangeAfter(
                from.change,
                item -> changes.add(new Catalog.State(
                        item.number(),
                        item.available(),
                        lists.computeIfAbsent(item.categories(), same -> same),
                        item.change())));
        long last =
                changes.isEmpty() ? counter : changes.get(changes.size() - 1).change();
        if (from.change == 0) {
            categories.clear();
        }
        RoaringBitmap unavailable = from.unavailable.clone();
        Map<String, RoaringBitmap> inCategory = new HashMap<>(from.inCategory);
        Set<String> copied = new HashSet<>();
        for (Catalog.State item : changes) {
            if (item.available()) {
                unavailable.remove(item.number());
            } else {
                unavailable.add(item.number());
            }
            for (String category : categories.getOrDefault(item.number(), List.of())) {
                own(category, inCategory, copied).remove(item.number());
            }
            for (String category : item.categories()) {
                own(category, inCategory, copied).add(item.number());
            }
            if (item.categories().isEmpty()) {
                categories.remove(item.number());
            } else {
                categories.put(item.number(), item.categories());
            }
        }
        copied.forEach(
                category -> inCategory.computeIfPresent(category, (name, items) -> items.isEmpty() ? null : items));
        // Not what was asked for, which may be from a server that knew more.
        state = new State(Math.max(counter, last), unavailable, inCategory);
    }

    /** A copy, made once, of what requests may be reading. */
    private static RoaringBitmap own(String category, Map<String, RoaringBitmap> inCategory, Set<String> copied) {
        RoaringBitmap items = inCategory.computeIfAbsent(category, name -> new RoaringBitmap());
        if (copied.add(category)) {
            items = items.clone();
            inCategory.put(category, items);
        }
        return items;
    }
}
