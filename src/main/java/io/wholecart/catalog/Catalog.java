package io.wholecart.catalog;

import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
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
        List<Item> known = new ArrayList<>(items.findByExternalIdIn(byId.keySet()));
        known.sort((a, b) -> a.externalId().compareTo(b.externalId()));
        for (Item item : known) {
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

    /** What is told about those of {@code itemIds} that are known. */
    @Transactional(readOnly = true)
    public Map<String, ItemDetails> find(Collection<String> itemIds) {
        Map<String, ItemDetails> found = new HashMap<>();
        items.findByExternalIdIn(itemIds).forEach(item -> found.put(item.externalId(), item.details()));
        return found;
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
