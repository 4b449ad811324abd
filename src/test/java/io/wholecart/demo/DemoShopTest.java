package io.wholecart.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.wholecart.catalog.ItemDetails;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DemoShopTest {

    private static final Instant END = Instant.parse("2026-05-04T10:00:00Z");

    @Test
    void isTheSameShopEveryTime() {
        assertThat(new DemoShop().events(END)).isEqualTo(new DemoShop().events(END));
    }

    @Test
    void isAFunnelOfShoppersWithTastes() {
        DemoShop shop = new DemoShop();
        Map<String, String> categories = new HashMap<>();
        for (ItemDetails item : shop.items()) {
            categories.put(item.itemId(), item.categories().get(0));
        }
        assertThat(categories).as("distinct ids").hasSize(240);
        Map<String, Integer> counts = new HashMap<>();
        HashSet<String> shoppers = new HashSet<>();
        int inTaste = 0;
        String[] lines = shop.events(END).split("\n", 0);
        for (String line : List.of(lines).subList(1, lines.length)) {
            String[] fields = line.split(",", -1);
            shoppers.add(fields[0]);
            counts.merge(fields[2], 1, Integer::sum);
            assertThat(Instant.parse(fields[3])).isBeforeOrEqualTo(END);
            int shopper = Integer.parseInt(fields[0].substring("shopper-".length()));
            inTaste += shop.favorites(shopper).contains(categories.get(fields[1])) ? 1 : 0;
        }
        assertThat(shoppers).hasSize(3000);
        assertThat(counts.get("view")).isGreaterThan(2 * counts.get("cart"));
        assertThat(counts.get("cart")).isGreaterThan(counts.get("purchase"));
        assertThat((double) inTaste / (lines.length - 1)).isGreaterThan(0.9);
    }
}
