package io.wholecart.catalog;

import io.wholecart.platform.ApiException;
import io.wholecart.platform.ExternalId;
import io.wholecart.platform.InputError;
import io.wholecart.platform.TurnGate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

@RestController
@RequestMapping("/api/v1/items")
class ItemController {

    private static final int MAX_BATCH = 10_000;
    private static final int MAX_CATEGORIES = 100;
    private static final int MAX_ATTRIBUTES = 100;
    private static final int MAX_ATTRIBUTES_LENGTH = 64 << 10;

    /** Changes of items wait for each other in the database; here they do so without holding a connection. */
    private static final int WRITERS = 2;

    private static final int WAITING = 200;
    private static final long PATIENCE_MILLIS = 20_000;

    private final TurnGate gate = new TurnGate(
            WRITERS,
            WAITING,
            PATIENCE_MILLIS,
            "catalogBusy",
            "More items are being changed than can be stored; nothing of this request was. Send it again later.");
    private final Catalog catalog;

    ItemController(Catalog catalog) {
        this.catalog = catalog;
    }

    @GetMapping("/{id}")
    ItemDetails get(@PathVariable String id) {
        return catalog.find(id).orElseThrow(() -> ApiException.notFound("There is no such item."));
    }

    @PutMapping("/{id}")
    ItemDetails put(@PathVariable String id, @RequestBody ItemDetails.Body body) {
        List<InputError> errors = new ArrayList<>();
        if (body.itemId() != null && !body.itemId().equals(id)) {
            errors.add(InputError.field("itemId", "differs from the id in the path"));
        }
        ItemDetails item = validate(id, body, errors);
        refuse(errors);
        put(List.of(item));
        return item;
    }

    /** Takes an item out of the recommendations and forgets what was told of it. */
    @DeleteMapping("/{id}")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void delete(@PathVariable String id) {
        if (!gate.pass(() -> catalog.delete(id))) {
            throw ApiException.notFound("There is no such item.");
        }
    }

    /** Creates or replaces many items, all or none. */
    @PostMapping
    Map<String, Integer> putAll(@RequestBody List<ItemDetails.@Nullable Body> bodies) {
        if (bodies.size() > MAX_BATCH) {
            String detail = "The batch has " + bodies.size() + " items; at most " + MAX_BATCH + " are allowed.";
            InputError firstTooMany = new InputError(MAX_BATCH, null, null, "is one more than a batch may have");
            throw new ApiException(HttpStatus.CONTENT_TOO_LARGE, "batchTooLarge", detail, List.of(firstTooMany));
        }
        List<InputError> errors = new ArrayList<>();
        List<ItemDetails> items = new ArrayList<>();
        for (int i = 0; i < bodies.size(); i++) {
            List<InputError> flaws = new ArrayList<>();
            ItemDetails.Body body = bodies.get(i);
            if (body == null) {
                flaws.add(new InputError(null, null, null, "must be an item, not null"));
            } else {
                items.add(validate(body.itemId(), body, flaws));
            }
            for (InputError flaw : flaws) {
                errors.add(flaw.atIndex(i));
            }
        }
        refuse(errors);
        put(items);
        return Map.of("accepted", items.size());
    }

    private void put(List<ItemDetails> items) {
        gate.pass(() -> {
            catalog.put(items);
            return items;
        });
    }

    private static ItemDetails validate(@Nullable String id, ItemDetails.Body body, List<InputError> errors) {
        check("itemId", ExternalId.flaw(id), errors);
        List<@Nullable String> categories = body.categories() == null ? List.of() : body.categories();
        List<String> good = new ArrayList<>();
        for (int i = 0; i < categories.size(); i++) {
            String category = categories.get(i);
            check("categories[" + i + "]", ExternalId.flaw(category), errors);
            if (category != null) {
                good.add(category);
            }
        }
        if (categories.size() > MAX_CATEGORIES) {
            errors.add(InputError.field("categories", "has more than " + MAX_CATEGORIES + " entries"));
        }
        Map<String, Object> attributes = body.attributes() == null ? Map.of() : body.attributes();
        if (attributes.size() > MAX_ATTRIBUTES) {
            errors.add(InputError.field("attributes", "has more than " + MAX_ATTRIBUTES + " entries"));
        }
        if (attributes.toString().length() > MAX_ATTRIBUTES_LENGTH) {
            errors.add(InputError.field("attributes", "are longer than " + MAX_ATTRIBUTES_LENGTH + " characters"));
        }
        check("attributes", flaw(attributes), errors);
        return new ItemDetails(String.valueOf(id), good, !Boolean.FALSE.equals(body.available()), attributes);
    }

    /** What PostgreSQL or JSON could not give back as it came; looks into nested values. */
    private static @Nullable String flaw(@Nullable Object value) {
        if (value instanceof String text) {
            return ExternalId.isStorable(text) ? null : "contain a NUL or half of a Unicode character";
        }
        if (value instanceof Double number) {
            return Double.isFinite(number) ? null : "contain a number that is too large";
        }
        Stream<?> inner = value instanceof Map<?, ?> map
                ? Stream.concat(map.keySet().stream(), map.values().stream())
                : value instanceof List<?> list ? list.stream() : Stream.empty();
        return inner.map(ItemController::flaw)
                .filter(Objects::nonNull)
                .findFirst()
                .orElse(null);
    }

    private static void check(String field, @Nullable String flaw, List<InputError> errors) {
        if (flaw != null) {
            errors.add(InputError.field(field, flaw));
        }
    }

    private static void refuse(List<InputError> errors) {
        if (!errors.isEmpty()) {
            throw ApiException.invalid(errors);
        }
    }
}
