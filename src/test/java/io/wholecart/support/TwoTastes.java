package io.wholecart.support;

import java.util.Random;

/** A tiny shop of forty items to learn from. */
public final class TwoTastes {

    private TwoTastes() {}

    /** Two groups of shoppers who buy within their half of the items. */
    public static void importInto(Api api, int users) {
        Random random = new Random(3);
        StringBuilder csv = new StringBuilder("userId,itemId,behavior,occurredAt\n");
        for (int u = 0; u < users; u++) {
            for (int i = 0; i < 6; i++) {
                int item = u % 2 * 20 + random.nextInt(20);
                String behavior = i < 2 ? "purchase" : i < 4 ? "cart" : "view";
                csv.append("u%d,i%d,%s,2026-05-04T10:00:%02dZ%n".formatted(u, item, behavior, i * 7));
            }
        }
        api.importCsv(csv.toString().replace("\r", "")).expect(200);
    }
}
