package io.wholecart.recommendation;

import io.wholecart.catalog.Catalog;
import io.wholecart.event.EventHistory;
import io.wholecart.event.UserErased;
import io.wholecart.model.ModelStore;
import io.wholecart.model.StoredModel;
import io.wholecart.platform.Heap;
import io.wholecart.platform.WholecartProperties;
import java.io.IOException;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.context.event.EventListener;
import org.springframework.dao.DataAccessException;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;
import org.springframework.transaction.TransactionException;

/**
 * Holds what requests are answered from and keeps it current: a new version is loaded beside the live one and then
 * takes its place. When the database is away, or the version cannot be read, the last good state stays; a node that has none
 * serves the latest older version that can be read.
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
    /** Who was erased here since a version began to be loaded: that one must not know them either. */
    private final Set<String> erasedLately = ConcurrentHashMap.newKeySet();

    /** The active version when it was last looked for. */
    private volatile @Nullable StoredModel active;

    private volatile @Nullable Refusal refusal;
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
        look();
        follow();
    }

    @Nullable LiveIndex index() {
        return index;
    }

    /** Why the active version is not the one that is served; null when it is. */
    @Nullable Refusal refusal() {
        return refusal;
    }

    /** Whether the database was away when it was last needed: requests then do not wait for it, {@link #look} does. */
    boolean databaseIsAway() {
        return databaseAway;
    }

    /** To be told by a request that waited in vain. */
    void databaseFailed() {
        databaseAway = true;
    }

    /** Before who erased a user is answered, and should the database be away right after that. */
    @EventListener
    void forget(UserErased user) {
        erasedLately.add(user.hash());
        LiveIndex now = index;
        if (now != null) {
            now.erase(Set.of(user.hash()));
        }
    }

    /** What is new in the database. Apart from {@link #follow}, which may take long. */
    @Scheduled(fixedDelay = REFRESH_MILLIS, initialDelay = REFRESH_MILLIS)
    void look() {
        attempt(() -> {
            active = models.active().orElse(null);
            databaseAway = false;
            LiveIndex now = index;
            if (now != null) {
                now.erase(history.erasedSince(now.snapshotAt()));
            }
            catalogView.follow(catalog.lookForChange());
        });
    }

    /** Takes the active version up, if it is another. */
    @Scheduled(fixedDelay = REFRESH_MILLIS, initialDelay = REFRESH_MILLIS)
    void follow() {
        StoredModel seen = active;
        if (seen != null) {
            attempt(() -> follow(seen));
        }
    }

    private void attempt(Runnable question) {
        if (!properties.roles().contains(WholecartProperties.Role.API)) {
            return;
        }
        try {
            question.run();
        } catch (DataAccessException | TransactionException e) {
            databaseAway = true;
            log.warn("Could not look for a new model: {}", e.toString());
        }
    }

    private void follow(StoredModel active) {
        LiveIndex live = index;
        Refusal before = refusal;
        // A database that was set back may give a version's number again.
        if (live != null
                && live.version() == active.version()
                && live.snapshotAt().equals(active.snapshotAt())) {
            refusal = null;
        } else if (before == null || !before.holds(active)) {
            Throwable why = load(active);
            if (why != null && !models.activeVersion().equals(Optional.of(active.version()))) {
                log.info(
                        "Model version {} is active no more: another took its place while it was read",
                        active.version());
                return;
            }
            refusal = why == null ? null : Refusal.of(active, why, before);
            if (why != null) {
                if (before == null || before.version() != active.version()) {
                    log.error("Model version {} cannot be served; the one before stays", active.version(), why);
                } else {
                    log.warn("Model version {} still cannot be served: {}", active.version(), why.toString());
                }
                fallBack(active);
            }
        }
        meters.refuse(refusal);
    }

    /** Something older is better than nothing, at the start of a node. */
    private void fallBack(StoredModel active) {
        for (StoredModel older : models.inPlaceOf(active.version())) {
            if (index != null) {
                return;
            }
            Throwable why = load(older);
            if (why == null) {
                log.warn("Model version {} is served in place of version {}", older.version(), active.version());
            } else {
                log.warn("Nor can model version {} be served: {}", older.version(), why.toString());
            }
        }
    }

    /** Takes a version up, or tells why that cannot be. */
    private @Nullable Throwable load(StoredModel stored) {
        int version = stored.version();
        try {
            long started = System.nanoTime();
            erasedLately.clear();
            stored.requireSound();
            Heap.require(LiveIndex.memory(stored), "Model version " + version, "activate one with fewer factors");
            LiveIndex loaded = new LiveIndex(
                    version,
                    stored.snapshotAt(),
                    models.load(version),
                    catalog,
                    properties.serving().bytesAbove());
            popular.countIfNone();
            loaded.erase(history.erasedSince(stored.snapshotAt()));
            index = loaded;
            loaded.erase(erasedLately);
            meters.serve(loaded, stored.createdAt());
            log.info(
                    "Serving model version {}: {} users, {} items, loaded in {} ms",
                    version,
                    loaded.artifact().userIds().size(),
                    loaded.items(),
                    (System.nanoTime() - started) / 1_000_000);
            return null;
        } catch (DataAccessException | TransactionException e) {
            throw e;
        } catch (IOException | RuntimeException | OutOfMemoryError e) {
            return e;
        }
    }
}
