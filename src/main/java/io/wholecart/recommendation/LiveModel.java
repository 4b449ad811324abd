package io.wholecart.recommendation;

import io.wholecart.catalog.Catalog;
import io.wholecart.event.ErasedUsers;
import io.wholecart.event.EventHistory;
import io.wholecart.model.ModelStore;
import io.wholecart.platform.WholecartProperties;
import java.io.IOException;
import java.time.Instant;
import java.util.Optional;
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

    private final ModelStore models;
    private final Catalog catalog;
    private final CatalogView catalogView;
    private final PopularItems popular;
    private final EventHistory history;
    private final WholecartProperties properties;
    private final ModelMeters meters;
    private volatile @Nullable LiveIndex index;
    private volatile ErasedUsers erased = ErasedUsers.NONE;
    /** A version that could not be read is not tried again and again. */
    private int refused = -1;

    private volatile boolean databaseAway;

    LiveModel(
            ModelStore models,
            Catalog catalog,
            CatalogView catalogView,
            PopularItems popular,
            EventHistory history,
            WholecartProperties properties,
            ModelMeters meters) {
        this.models = models;
        this.catalog = catalog;
        this.catalogView = catalogView;
        this.popular = popular;
        this.history = history;
        this.properties = properties;
        this.meters = meters;
    }

    /** Before the first request comes in. */
    @Override
    public void afterSingletonsInstantiated() {
        refresh();
    }

    @Nullable LiveIndex index() {
        return index;
    }

    /** Whether the database was away when it was last needed: requests then do not wait for it, {@link #refresh} does. */
    boolean databaseIsAway() {
        return databaseAway;
    }

    /** To be told by a request that waited in vain. */
    void databaseFailed() {
        databaseAway = true;
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
            Optional<Integer> active = models.activeVersion();
            databaseAway = false;
            catalogView.atLeast(catalog.lookForChange());
            LiveIndex live = index;
            if (active.isPresent() && active.get() != refused && (live == null || active.get() != live.version())) {
                load(active.get());
            }
            LiveIndex now = index;
            erased = now == null ? ErasedUsers.NONE : history.erasedSince(now.snapshotAt());
        } catch (DataAccessException | TransactionException e) {
            databaseAway = true;
            log.warn("Could not look for a new model: {}", e.toString());
        }
    }

    private void load(int version) {
        try {
            long started = System.nanoTime();
            Instant trained = models.createdAt(version);
            LiveIndex loaded = new LiveIndex(
                    version,
                    models.snapshotAt(version),
                    models.load(version),
                    catalog,
                    properties.serving().bytesAbove());
            popular.countIfNone();
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
