package io.wholecart.recommendation;

import io.micrometer.core.instrument.MeterRegistry;
import io.wholecart.catalog.Catalog;
import io.wholecart.model.ModelStore;
import io.wholecart.platform.WholecartProperties;
import java.io.IOException;
import java.time.Clock;
import java.util.Optional;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.dao.DataAccessException;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;
import org.springframework.transaction.TransactionException;

/**
 * Holds what requests are answered from and keeps it current: a new version is loaded beside the live one and then
 * takes its place. When the database is away, or a version cannot be read, the last good state stays.
 */
@Component
class LiveModel implements SmartInitializingSingleton {

    private static final Logger log = LoggerFactory.getLogger(LiveModel.class);
    private static final long REFRESH_MILLIS = 1_000;

    private final ModelStore models;
    private final Catalog catalog;
    private final boolean api;
    private volatile @Nullable LiveIndex index;
    private volatile long since;
    private volatile Set<String> unavailable = Set.of();
    /** A version that could not be read is not tried again and again. */
    private int refused = -1;

    LiveModel(ModelStore models, Catalog catalog, WholecartProperties properties, MeterRegistry meters, Clock clock) {
        this.models = models;
        this.catalog = catalog;
        this.api = properties.roles().contains(WholecartProperties.Role.API);
        gauge(meters, "wholecart.model.version", LiveIndex::version);
        gauge(meters, "wholecart.model.users", live -> live.artifact().userIds().size());
        gauge(meters, "wholecart.model.items", LiveIndex::items);
        gauge(meters, "wholecart.model.bytes", LiveIndex::bytes);
        gauge(meters, "wholecart.model.age.seconds", live -> (clock.millis() - since) / 1000.0);
    }

    private void gauge(MeterRegistry meters, String name, ToDoubleFunction<LiveIndex> value) {
        meters.gauge(name, this, live -> live.index == null ? Double.NaN : value.applyAsDouble(live.index));
    }

    /** Before the first request comes in. */
    @Override
    public void afterSingletonsInstantiated() {
        refresh();
    }

    @Nullable LiveIndex index() {
        return index;
    }

    /** Ids of items that must not be recommended. */
    Set<String> unavailable() {
        return unavailable;
    }

    @Scheduled(fixedDelay = REFRESH_MILLIS, initialDelay = REFRESH_MILLIS)
    void refresh() {
        if (!api) {
            return;
        }
        try {
            unavailable = catalog.unavailable();
            Optional<Integer> active = models.activeVersion();
            LiveIndex live = index;
            if (active.isPresent() && active.get() != refused && (live == null || live.version() != active.get())) {
                load(active.get());
            }
        } catch (DataAccessException | TransactionException e) {
            log.warn("Could not look for a new model: {}", e.toString());
        }
    }

    private void load(int version) {
        try {
            long started = System.nanoTime();
            LiveIndex loaded = new LiveIndex(version, models.load(version));
            since = models.createdAt(version).toEpochMilli();
            index = loaded;
            log.info(
                    "Serving model version {}: {} users, {} items, loaded in {} ms",
                    version,
                    loaded.artifact().userIds().size(),
                    loaded.items(),
                    (System.nanoTime() - started) / 1_000_000);
        } catch (DataAccessException | TransactionException e) {
            throw e;
        } catch (IOException | RuntimeException | OutOfMemoryError e) {
            refused = version;
            log.error("Model version {} cannot be served; the one before stays", version, e);
        }
    }
}
