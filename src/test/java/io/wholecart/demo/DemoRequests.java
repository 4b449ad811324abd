package io.wholecart.demo;

import io.wholecart.support.Api;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import tools.jackson.databind.json.JsonMapper;

/** The demo shop, brought in as any shop would bring itself in. */
public final class DemoRequests {

    private DemoRequests() {}

    public static void send(Api api) {
        DemoShop shop = new DemoShop();
        api.post("/api/v1/items", JsonMapper.builder().build().writeValueAsString(shop.items()))
                .expect(200);
        api.importCsv(shop.events(Instant.now().truncatedTo(ChronoUnit.SECONDS)))
                .expect(200);
    }
}
