package io.wholecart.catalog;

import io.wholecart.platform.ApiException;
import io.wholecart.platform.ExternalId;
import io.wholecart.platform.InputError;
import io.wholecart.support.ConfiguredService;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import tools.jackson.core.type.TypeReference;

/** Any bytes as the body of {@code POST /items}, and of {@code PUT /items/i} where they are no list. */
public final class ItemsFuzz {

    private static final List<ItemDetails> STORED = new ArrayList<>();

    private static final ItemController CONTROLLER = new ItemController(new Catalog(null, null, null, null, null) {
        @Override
        public void put(Collection<ItemDetails> details) {
            STORED.addAll(details);
        }
    });

    private ItemsFuzz() {}

    public static void fuzzerInitialize() {
        ConfiguredService.start();
    }

    public static void fuzzerTestOneInput(byte[] body) {
        STORED.clear();
        try {
            put(body);
        } catch (ApiException e) {
            require(STORED.isEmpty(), "stored some of what is refused: " + STORED);
            ConfiguredService.requireHonest(e);
            require(e.errors().stream().allMatch(ItemsFuzz::saysWhere), "errors without a place: " + e.errors());
            return;
        }
        List<ItemDetails> stored = List.copyOf(STORED);
        stored.forEach(ItemsFuzz::requireStorable);
        STORED.clear();
        put(ConfiguredService.JSON.writeValueAsBytes(stored));
        require(STORED.equals(stored), "as answered " + STORED + "; as stored " + stored);
    }

    private static void put(byte[] body) {
        String start = new String(body, 0, Math.min(body.length, 200), StandardCharsets.ISO_8859_1);
        if (start.stripLeading().startsWith("{")) {
            ItemDetails.Body item = ConfiguredService.body(body, new TypeReference<>() {});
            ItemDetails answered = CONTROLLER.put("i", item);
            require(List.of(answered).equals(STORED), "answered " + answered + ", stored " + STORED);
            require(answered.itemId().equals("i"), "put another item: " + answered);
        } else {
            List<ItemDetails.Body> items = ConfiguredService.body(body, new TypeReference<>() {});
            int accepted = CONTROLLER.putAll(items).getOrDefault("accepted", -1);
            require(accepted == items.size() && STORED.size() == accepted, "accepted " + accepted + " of " + items);
        }
    }

    private static boolean saysWhere(InputError error) {
        return error.line() == null && (error.field() != null || error.index() != null);
    }

    private static void requireStorable(ItemDetails item) {
        require(
                ExternalId.flaw(item.itemId()) == null
                        && item.categories().size() <= 100
                        && item.categories().stream().allMatch(category -> ExternalId.flaw(category) == null)
                        && item.attributes().size() <= 100,
                "took " + item);
    }

    private static void require(boolean kept, String otherwise) {
        if (!kept) {
            throw new AssertionError(otherwise);
        }
    }
}
