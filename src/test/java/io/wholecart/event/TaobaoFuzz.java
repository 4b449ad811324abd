package io.wholecart.event;

import io.wholecart.support.ConfiguredService;

/** Any bytes as {@code UserBehavior.csv} of Taobao. */
public final class TaobaoFuzz {

    private TaobaoFuzz() {}

    public static void fuzzerInitialize() {
        ConfiguredService.start();
    }

    public static void fuzzerTestOneInput(byte[] body) {
        ImportPromises.hold(body, true);
    }
}
