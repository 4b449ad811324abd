package io.wholecart.event;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.wholecart.platform.Signals;
import io.wholecart.platform.WholecartProperties;
import jakarta.annotation.PreDestroy;
import java.time.Duration;
import java.time.Instant;
import java.util.BitSet;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.stereotype.Component;
import org.springframework.transaction.TransactionException;

/**
 * Histories that were read lately. Every user belongs to a stripe, whose version rises after each write and before the
 * writer is answered: what was read under an older version is read again. So on this node nothing is staler than the last
 * acknowledged event; other nodes are told some milliseconds later. Should it die in between, it tells them to read
 * everything again at its next start, and they do so by themselves after some minutes.
 */
@Component
class HistoryCache implements Signals.Listener {

    private static final Logger log = LoggerFactory.getLogger(HistoryCache.class);
    private static final String CHANNEL = "wholecart_history";
    private static final String ALL = "all";
    private static final String ERASED = "erased ";
    private static final int STRIPES = 1 << 16;
    /** Numbers of stripes that fit into a signal's 8,000 bytes; of more all are meant. */
    private static final int MAX_STRIPES_TOLD = 1_000;

    private static final long TELL_MILLIS = 20;
    private static final Duration KEPT = Duration.ofMinutes(10);
    /** What an entry takes beside its touches, in touches. */
    private static final int ENTRY = 8;

    private record Entry(long epoch, long all, int version, Instant snapshotAt, EventHistory.Past past) {}

    /** Of its own, so that no slow task holds it up. */
    private final ExecutorService telling = Executors.newSingleThreadExecutor(runnable -> {
        Thread thread = new Thread(runnable, "wholecart-telling");
        thread.setDaemon(true);
        return thread;
    });

    private final Signals signals;
    private final Cache<String, Entry> cache;
    private final AtomicIntegerArray versions = new AtomicIntegerArray(STRIPES);
    private final AtomicLong all = new AtomicLong();
    /** What other nodes are still to be told. */
    private final BitSet untold = new BitSet();

    /** At the start what it could not tell before its end. */
    private boolean allUntold = true;

    HistoryCache(Signals signals, WholecartProperties properties) {
        this.signals = signals;
        this.cache = Caffeine.newBuilder()
                .maximumWeight(properties.serving().cachedEvents())
                .weigher((String user, Entry entry) ->
                        ENTRY + entry.past.touched().size())
                .expireAfterWrite(KEPT)
                .build();
        telling.execute(this::tellForEver);
    }

    /** What was read under the present version, or is read now. */
    EventHistory.Past get(String userId, Instant snapshotAt, Supplier<EventHistory.Past> reading) {
        long epoch = signals.epoch();
        if (epoch == Signals.DEAF) {
            return reading.get();
        }
        long now = all.get();
        int version = versions.get(stripe(userId));
        Entry known = cache.getIfPresent(userId);
        if (known != null
                && known.epoch == epoch
                && known.all == now
                && known.version == version
                && known.snapshotAt.equals(snapshotAt)) {
            return known.past;
        }
        // The versions come from before the reading: a write that it misses makes it void.
        EventHistory.Past past = reading.get();
        cache.put(userId, new Entry(epoch, now, version, snapshotAt, past));
        return past;
    }

    private static int stripe(String userId) {
        int hash = userId.hashCode();
        return (hash ^ hash >>> 16) & (STRIPES - 1);
    }

    /** To be called after a write of these users' events, whether it went well or not, and before it is answered. */
    void changed(Collection<String> users) {
        int[] stripes = users.stream().mapToInt(HistoryCache::stripe).distinct().toArray();
        for (int stripe : stripes) {
            versions.incrementAndGet(stripe);
        }
        synchronized (untold) {
            IntStream.of(stripes).forEach(untold::set);
        }
    }

    /** The same for a write of many users' events. */
    void allChanged() {
        all.incrementAndGet();
        synchronized (untold) {
            allUntold = true;
        }
    }

    /** Within a transaction that must reach the other nodes even if this one dies when it is committed. */
    void tellWithCommit(String userId) {
        signals.send(CHANNEL, ERASED + stripe(userId));
    }

    private void tellForEver() {
        while (!telling.isShutdown()) {
            try {
                TimeUnit.MILLISECONDS.sleep(TELL_MILLIS);
                tell();
            } catch (InterruptedException e) {
                return;
            } catch (RuntimeException | OutOfMemoryError e) {
                log.debug("Other nodes are told later", e);
            }
        }
    }

    /** The rest, before the connections go. */
    @PreDestroy
    void stop() {
        telling.shutdownNow();
        try {
            tell();
        } catch (DataAccessException | TransactionException e) {
            log.debug("Other nodes are not told any more", e);
        }
    }

    /** Apart from the writers' transactions: PostgreSQL commits those that signal one after the other. */
    private void tell() {
        BitSet stripes;
        boolean everything;
        synchronized (untold) {
            everything = allUntold || untold.cardinality() > MAX_STRIPES_TOLD;
            stripes = (BitSet) untold.clone();
            untold.clear();
            allUntold = false;
        }
        if (!everything && stripes.isEmpty()) {
            return;
        }
        boolean told = false;
        try {
            String numbers = stripes.stream().mapToObj(String::valueOf).collect(Collectors.joining(","));
            signals.send(CHANNEL, everything ? ALL : numbers);
            told = true;
        } finally {
            if (!told) {
                synchronized (untold) {
                    untold.or(stripes);
                    allUntold |= everything;
                }
            }
        }
    }

    @Override
    public String channel() {
        return CHANNEL;
    }

    /** Its own were heeded before they were sent; but whether an erasure is committed is not always known otherwise. */
    @Override
    public void received(String payload, boolean own) {
        if (payload.startsWith(ERASED)) {
            versions.incrementAndGet(Integer.parseInt(payload.substring(ERASED.length())));
        } else if (own) {
            return;
        } else if (payload.equals(ALL)) {
            all.incrementAndGet();
        } else {
            for (String stripe : List.of(payload.split(",", -1))) {
                versions.incrementAndGet(Integer.parseInt(stripe));
            }
        }
    }
}
