package io.wholecart.demo;

import io.wholecart.catalog.Catalog;
import io.wholecart.event.EventImport;
import io.wholecart.event.EventScan;
import io.wholecart.event.ImportOptions;
import io.wholecart.event.ImportResult;
import io.wholecart.model.ModelStore;
import io.wholecart.platform.ApiException;
import io.wholecart.security.ApiKeys;
import io.wholecart.training.TrainingRuns;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Component;

/** Fills an empty database with the demo shop, has it trained, and prints what to try. */
@Component
@ConditionalOnProperty("wholecart.demo")
class DemoLoader {

    private static final Logger log = LoggerFactory.getLogger(DemoLoader.class);
    private static final Duration PATIENCE = Duration.ofMinutes(5);
    /** The serving side looks for a new model every second; the URLs should work when they are printed. */
    private static final Duration UNTIL_SERVED = Duration.ofSeconds(2);

    private static final int[] SHOPPERS_TO_TRY = {7, 42, 1234};

    private final Catalog catalog;
    private final EventScan events;
    private final EventImport bulk;
    private final TrainingRuns runs;
    private final ModelStore models;
    private final ApiKeys keys;
    private final Clock clock;

    DemoLoader(
            Catalog catalog,
            EventScan events,
            EventImport bulk,
            TrainingRuns runs,
            ModelStore models,
            ApiKeys keys,
            Clock clock) {
        this.catalog = catalog;
        this.events = events;
        this.bulk = bulk;
        this.runs = runs;
        this.models = models;
        this.keys = keys;
        this.clock = clock;
    }

    /** In the background, so that the service answers meanwhile. */
    @EventListener
    void start(ApplicationReadyEvent ready) {
        String port = ready.getApplicationContext().getEnvironment().getProperty("local.server.port", "8080");
        String url = "http://localhost:" + port;
        Thread thread = new Thread(() -> fillAndPrint(url), "wholecart-demo");
        thread.setDaemon(true);
        thread.start();
    }

    private void fillAndPrint(String url) {
        try {
            DemoShop shop = new DemoShop();
            if (!events.any() && (catalog.isEmpty() || isStocked(shop))) {
                load(shop);
            }
            if (!isStocked(shop)) {
                log.info("This database has a shop of its own: the demo shop stays away");
                return;
            }
            if (models.activeVersion().isEmpty()) {
                request();
                awaitModel();
                Thread.sleep(UNTIL_SERVED.toMillis());
            }
            System.out.println(notice(shop, url));
        } catch (IOException | RuntimeException e) {
            log.error("The demo shop could not be set up", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Whether the demo's products are there: also when a load was cut off before the events. */
    private boolean isStocked(DemoShop shop) {
        return catalog.find(shop.items().get(0).itemId()).isPresent();
    }

    private void load(DemoShop shop) throws IOException {
        catalog.put(shop.items());
        byte[] csv =
                shop.events(clock.instant().truncatedTo(ChronoUnit.SECONDS)).getBytes(StandardCharsets.UTF_8);
        ImportResult result = bulk.read(new ByteArrayInputStream(csv), ImportOptions.STRICT);
        log.info("Demo shop: {} products, {} events", shop.items().size(), result.accepted());
    }

    private void request() {
        try {
            runs.requestForDemo();
        } catch (ApiException e) {
            log.info("Demo shop: {}", e.getMessage());
        }
    }

    private void awaitModel() throws InterruptedException {
        Instant end = clock.instant().plus(PATIENCE);
        while (models.activeVersion().isEmpty()) {
            if (clock.instant().isAfter(end)
                    || (runs.idle() && models.activeVersion().isEmpty())) {
                throw new IllegalStateException("the training made no model; see GET /api/v1/admin/training-runs");
            }
            Thread.sleep(200);
        }
    }

    private String notice(DemoShop shop, String url) {
        StringBuilder text = new StringBuilder("\n  The demo shop is trained. Try:\n\n");
        for (int shopper : SHOPPERS_TO_TRY) {
            String id = DemoShop.shopperId(shopper);
            text.append("      curl -s '%s/api/v1/users/%s/recommendations?limit=5'    # likes %s%n"
                    .formatted(url, id, String.join(", ", shop.favorites(shopper))));
        }
        text.append("      curl -s '%s/api/v1/users/%s/events?limit=5'%n"
                .formatted(url, DemoShop.shopperId(SHOPPERS_TO_TRY[0])));
        text.append("      curl -s -H 'X-API-Key: %s' %s/api/v1/admin/training-runs%n"
                .formatted(keys.generatedAdminKey().orElse("YOUR-ADMIN-KEY"), url));
        return text.toString();
    }
}
