package io.wholecart.recommendation;

import io.wholecart.event.EventHistory;
import io.wholecart.platform.WholecartProperties;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;
import org.springframework.transaction.TransactionException;

/** What most users touch lately, for those of whom nothing is known; counted from all events now and then. */
@Component
class PopularItems {

    private static final Logger log = LoggerFactory.getLogger(PopularItems.class);
    private static final int KEPT = 100_000;
    private static final long LOOK_MILLIS = 500;
    private static final Duration PAUSE = Duration.ofSeconds(10);
    private static final Duration QUICK = Duration.ofMillis(500);
    /** Counting must not take more than this part of the database's time. */
    private static final int TIMES_LONGER = 50;
    /** A behavior is worth so many times the one before it on the shopper's way. */
    private static final double STEP = 2;

    private final EventHistory history;
    private final WholecartProperties properties;
    private final Map<String, Double> weights = new LinkedHashMap<>();
    private volatile Count count = new Count(List.of(), "none");
    private volatile long nextNanos = System.nanoTime();
    /** Unknown as yet. */
    private volatile long tookNanos = Long.MAX_VALUE;

    private final ReentrantLock counting = new ReentrantLock();

    PopularItems(EventHistory history, WholecartProperties properties) {
        this.history = history;
        this.properties = properties;
        double weight = 1;
        for (String behavior : properties.behaviors()) {
            weights.put(behavior, weight);
            weight *= STEP;
        }
    }

    /**
     * One count.
     *
     * @param items the best first
     * @param tag no other count has
     */
    record Count(List<EventHistory.Popular> items, String tag) {}

    /** The latest. */
    Count count() {
        return count;
    }

    @Scheduled(fixedDelay = LOOK_MILLIS)
    void countWhenDue() {
        if (properties.roles().contains(WholecartProperties.Role.API) && System.nanoTime() - nextNanos >= 0) {
            countUnlessCounting();
        }
    }

    /** Before the first model is served, where that does not take long. */
    void countIfNone() {
        if (count.items().isEmpty() && tookNanos < QUICK.toNanos()) {
            countUnlessCounting();
        }
    }

    private void countUnlessCounting() {
        if (counting.tryLock()) {
            try {
                countAlone();
            } finally {
                counting.unlock();
            }
        }
    }

    private void countAlone() {
        long started = System.nanoTime();
        try {
            count = new Count(
                    history.popular(weights, properties.serving().popularHalfLife(), KEPT),
                    UUID.randomUUID().toString());
        } catch (DataAccessException | TransactionException e) {
            log.warn("Could not count what is popular; the last count stays: {}", e.toString());
        }
        tookNanos = System.nanoTime() - started;
        nextNanos = System.nanoTime() + Math.max(PAUSE.toNanos(), TIMES_LONGER * tookNanos);
    }
}
