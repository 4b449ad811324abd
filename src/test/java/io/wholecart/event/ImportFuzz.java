package io.wholecart.event;

import io.wholecart.support.ConfiguredService;

/** Any bytes as an import's body: CSV with a header or NDJSON, plain or gzip. */
public final class ImportFuzz {

    private ImportFuzz() {}

    public static void fuzzerInitialize() {
        ConfiguredService.start();
    }

    public static void fuzzerTestOneInput(byte[] body) {
        ImportPromises.hold(body, false);
    }
}
