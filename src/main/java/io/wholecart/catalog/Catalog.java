package io.wholecart.catalog;

import io.wholecart.platform.Patience;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.ObjIntConsumer;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;

/** The shop's items and what it told about them. */
@Service
public class Catalog {

    /** Rows that are read at a time. */
    private static final int FETCHED = 1_000;

    private static final Duration LIMIT = Duration.ofSeconds(2);

    private final ItemRepository items;
    private final IdNumbers numbers;
    private final JdbcTemplate jdbc;
    private final CatalogChanges changes;
    private final Clock clock;

    Catalog(ItemRepository items, IdNumbers numbers, JdbcTemplate jdbc, CatalogChanges changes, Clock clock) {
        this.changes = changes;
        this.jdbc = jdbc;
        this.items = items;
        this.numbers = numbers;
        this.clock = clock;
    }

    /** Creates or replaces the items, all or none; of two with the same id the last wins. */
    @Transactional
    public void put(Collection<ItemDetails> details) {
        if (details.isEmpty()) {
            return;
        }
        Map<String, ItemDetails> byId = new LinkedHashMap<>();
        details.forEach(item -> byId.put(item.itemId(), item));
        // The ids first, as the intake does it: whoever comes second waits instead of clashing.
        numbers.ofItems(byId.keySet());
        long change = changes.next();
        Instant now = clock.instant();
        for (Item item : items.findByExternalIdInOrderByNumber(byId.keySet())) {
            ItemDetails told = byId.get(item.externalId());
            if (told != null) {
                item.describe(told, change, now);
            }
        }
    }

    /**
     * Forgets what the shop told of an item, which is not recommended any more until it is told anew. Its events stay:
     * users' tastes are learned from them.
     *
     * @return whether there was such an item
     */
    @Transactional
    public boolean delete(String itemId) {
        Optional<Item> item = items.findByExternalId(itemId).filter(found -> !found.deleted());
        item.ifPresent(found -> found.delete(changes.next(), clock.instant()));
        return item.isPresent();
    }

    /** The item with this id, if the shop or an event ever named it. */
    @Transactional(readOnly = true)
    public Optional<ItemDetails> find(String itemId) {
        return items.findByExternalId(itemId).filter(item -> !item.deleted()).map(Item::details);
    }

    /** Whether there is no item at all. */
    public boolean isEmpty() {
        return items.count() == 0;
    }

    /**
     * What recommendations must know of an item that the shop told something about.
     *
     * @param number the item's
     * @param available whether it may be recommended
     * @param change value of the counter
     */
    public record State(int number, boolean available, List<String> categories, long change) {}

    /** The counter's value: it rises with every change, on this node before whoever made it is answered. */
    public Long lastChange() {
        return changes.last();
    }

    /**
     * What the database says of the counter.
     *
     * @param server another one may lack changes that the one before had: one that took its place, or was set back
     */
    public record Look(long change, String server) {}

    /** The counter from the database, to be asked now and then, should another node's change not have been heard of. */
    public Look lookForChange() {
        return changes.look();
    }

    /**
     * What changed after a value of the counter, in the order of the changes; everything that was ever told after 0. Without
     * a transaction the driver would read all rows at once.
     *
     * @return the counter before that: all changes up to it are among them
     */
    @Transactional(readOnly = true)
    public Long forEachChangeAfter(long change, Consumer<State> visitor) {
        if (change > 0) {
            // A shopper waits for a few changes, nobody for all there ever were.
            Patience.forTransaction(LIMIT, jdbc);
        }
        Long counter = changes.read();
        JdbcTemplate streaming = new JdbcTemplate(Objects.requireNonNull(jdbc.getDataSource()));
        streaming.setFetchSize(FETCHED);
        streaming.query(
                "SELECT number, available, categories, changed FROM item WHERE changed > ? ORDER BY changed",
                row -> {
                    String[] categories = (String[]) row.getArray(3).getArray();
                    visitor.accept(new State(row.getInt(1), row.getBoolean(2), List.of(categories), row.getLong(4)));
                },
                change);
        return counter;
    }

    /** Gives the number of every item to {@code visitor}. Without a transaction the driver would read all rows at once. */
    @Transactional(readOnly = true)
    public void forEachNumber(ObjIntConsumer<String> visitor) {
        numbers.forEachItem(jdbc, null, visitor);
    }
}
