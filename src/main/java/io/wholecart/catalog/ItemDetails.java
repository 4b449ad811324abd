package io.wholecart.catalog;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An item as the API shows it.
 *
 * @param itemId the shop's own id
 * @param categories any number, empty when the shop told none
 * @param available whether it may be recommended
 * @param attributes whatever else the shop wants to keep with it: a name, a price
 */
public record ItemDetails(String itemId, List<String> categories, boolean available, Map<String, Object> attributes) {

    /** As received: every field optional, absent ones get the defaults. */
    record Body(
            @Nullable String itemId,
            @Nullable List<@Nullable String> categories,
            @Nullable Boolean available,
            @Nullable Map<String, Object> attributes) {}
}
