package io.wholecart.recommendation;

import io.wholecart.catalog.Catalog;
import io.wholecart.event.ErasedUsers;
import io.wholecart.event.EventHistory;
import io.wholecart.model.ModelStore;
import io.wholecart.platform.WholecartProperties;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
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
    private static final long REFRESH_MILLIS = 500;

    private static final Duration POPULAR_REFRESH = Duration.ofSeconds(10);
    private static final int POPULAR_ITEMS = 10_000;

    private final ModelStore models;
    private final Catalog catalog;
    private final EventHistory history;
    private final WholecartProperties properties;
    private final ModelMeters meters;
    private final Clock clock;
    private volatile @Nullable LiveIndex index;
    private volatile Set<String> unavailable = Set.of();
    private volatile ErasedUsers erased = ErasedUsers.NONE;
    /** A version that could not be read is not tried again and again. */
    private int refused = -1;

    private Instant popularAt = Instant.EPOCH;

    LiveModel(
            ModelStore models,
            Catalog catalog,
            EventHistory history,
            WholecartProperties properties,
            ModelMeters meters,
            Clock clock) {
        this.models = models;
        this.catalog = catalog;
        this.history = history;
        this.properties = properties;
        this.meters = meters;
        this.clock = clock;
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

    /** Whether the live model must not know this user, as far as is known here; the database knows it at once. */
    boolean erased(String userId) {
        return erased.contains(userId);
    }

    @Scheduled(fixedDelay = REFRESH_MILLIS, initialDelay = REFRESH_MILLIS)
    void refresh() {
        if (!properties.roles().contains(WholecartProperties.Role.API)) {
            return;
        }
        try {
            unavailable = catalog.unavailable();
            Optional<Integer> active = models.activeVersion();
            LiveIndex live = index;
            if (active.isEmpty()) {
                countPopular();
            } else if (active.get() != refused && (live == null || !active.get().equals(live.version()))) {
                load(active.get());
            }
            LiveIndex now = index;
            erased = now == null || now.version() == null ? ErasedUsers.NONE : history.erasedSince(now.snapshotAt());
        } catch (DataAccessException | TransactionException e) {
            log.warn("Could not look for a new model: {}", e.toString());
        }
    }

    /** Before the first training the events themselves tell what is popular; counted now and then. */
    private void countPopular() {
        if (popularAt.plus(POPULAR_REFRESH).isBefore(clock.instant())) {
            popularAt = clock.instant();
            index = LiveIndex.ofPopular(properties.behaviors(), history.popular(properties.target(), POPULAR_ITEMS));
        }
    }

    private void load(int version) {
        try {
            long started = System.nanoTime();
            Instant trained = models.createdAt(version);
            LiveIndex loaded = new LiveIndex(version, models.snapshotAt(version), models.load(version));
            index = loaded;
            meters.serve(loaded, trained);
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
