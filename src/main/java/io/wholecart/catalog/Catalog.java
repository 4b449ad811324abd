package io.wholecart.catalog;

import java.time.Clock;
import java.time.Instant;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;

/** The shop's items and what it told about them. */
@Service
public class Catalog {

    private final ItemRepository items;
    private final IdNumbers numbers;
    private final Clock clock;

    Catalog(ItemRepository items, IdNumbers numbers, Clock clock) {
        this.items = items;
        this.numbers = numbers;
        this.clock = clock;
    }

    /** Creates or replaces the items, all or none; of two with the same id the last wins. */
    @Transactional
    public void put(Collection<ItemDetails> details) {
        Map<String, ItemDetails> byId = new LinkedHashMap<>();
        details.forEach(item -> byId.put(item.itemId(), item));
        // The ids first, as the intake does it: whoever comes second waits instead of clashing.
        numbers.ofItems(byId.keySet());
        Instant now = clock.instant();
        for (Item item : items.findByExternalIdInOrderByNumber(byId.keySet())) {
            ItemDetails told = byId.get(item.externalId());
            if (told != null) {
                item.describe(told, now);
            }
        }
    }

    /** The item with this id, if the shop or an event ever named it. */
    @Transactional(readOnly = true)
    public Optional<ItemDetails> find(String itemId) {
        return items.findByExternalId(itemId).map(Item::details);
    }

    /** Whether there is no item at all. */
    public boolean isEmpty() {
        return items.count() == 0;
    }

    /** Ids of the items that must not be recommended now. */
    @Transactional(readOnly = true)
    public Set<String> unavailable() {
        return items.unavailable();
    }

    /** Ids of the items that are in at least one of the categories. */
    @Transactional(readOnly = true)
    public Set<String> inAnyOf(Collection<String> categories) {
        return items.inAnyOf(categories.toArray(String[]::new));
    }
}
