package io.wholecart.event;

import io.micrometer.core.instrument.MeterRegistry;
import io.wholecart.catalog.IdNumbers;
import io.wholecart.platform.Patience;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.CannotAcquireLockException;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/** Writes batches of events. */
@Component
class EventStore {

    /** Removals that may come between looking numbers up and using them, before a batch keeps them out. */
    private static final int ATTEMPTS = 2;

    /** Old months that may go, which happens without the lock, before it gives up. */
    private static final int ATTEMPTS_ALONE = 5;

    private static final Duration LIMIT = Duration.ofSeconds(10);

    private final JdbcTemplate jdbc;
    private final TransactionTemplate transaction;
    private final IdNumbers ids;
    private final BehaviorNumbers behaviors;
    private final HistoryCache cache;
    private final MeterRegistry meters;

    EventStore(
            JdbcTemplate jdbc,
            TransactionTemplate transaction,
            IdNumbers ids,
            BehaviorNumbers behaviors,
            HistoryCache cache,
            MeterRegistry meters) {
        this.cache = cache;
        this.jdbc = Patience.of(LIMIT, jdbc);
        this.transaction = transaction;
        this.ids = ids;
        this.behaviors = behaviors;
        this.meters = meters;
    }

    /** Stores the events, all or none; they are durable when this returns. */
    IngestResult store(List<Event> events) {
        if (events.isEmpty()) {
            return new IngestResult(0, 0);
        }
        Set<String> users = new HashSet<>();
        Set<String> items = new HashSet<>();
        Map<String, Long> received = new HashMap<>();
        for (Event event : events) {
            users.add(event.userId());
            items.add(event.itemId());
            received.merge(event.behavior(), 1L, Long::sum);
        }
        try {
            return count(received, insert(events, users, items));
        } finally {
            cache.changed(users);
        }
    }

    /** What is new by behavior. */
    private Map<String, Long> insert(List<Event> events, Set<String> users, Set<String> items) {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            IdNumbers.Numbered numbers = ids.of(users, items);
            Map<String, Long> accepted = insert(events, numbers);
            if (accepted != null) {
                return accepted;
            }
            ids.forget(numbers);
        }
        for (int attempt = 0; attempt < ATTEMPTS_ALONE; attempt++) {
            Optional<Map<String, Long>> accepted = transaction.execute(status -> insertAlone(events, users, items));
            if (accepted != null && accepted.isPresent()) {
                return accepted.get();
            }
        }
        throw new CannotAcquireLockException("Events were taken away all the time; nothing was stored.");
    }

    /** Tells the meters what came and what was new of it, by behavior. */
    IngestResult count(Map<String, Long> received, Map<String, Long> accepted) {
        long all = 0;
        long fresh = 0;
        for (Map.Entry<String, Long> entry : received.entrySet()) {
            long now = accepted.getOrDefault(entry.getKey(), 0L);
            all += entry.getValue();
            fresh += now;
            meters.counter("wholecart.events", "behavior", entry.getKey(), "result", "accepted")
                    .increment((double) now);
            meters.counter("wholecart.events", "behavior", entry.getKey(), "result", "duplicate")
                    .increment((double) (entry.getValue() - now));
        }
        return new IngestResult(fresh, all - fresh);
    }

    /** Tells the meters that input was refused. */
    void countRejected(long events) {
        meters.counter("wholecart.events", "behavior", "any", "result", "rejected")
                .increment((double) events);
    }

    /** The same in one transaction that lets nobody take users away meanwhile. */
    private Optional<Map<String, Long>> insertAlone(List<Event> events, Set<String> users, Set<String> items) {
        jdbc.execute("SELECT pg_advisory_xact_lock_shared(removal_lock())");
        return Optional.ofNullable(insert(events, ids.ofUncommitted(users, items)));
    }

    /** What is new by behavior; null when the numbers may be of users that are no more. */
    private @Nullable Map<String, Long> insert(List<Event> events, IdNumbers.Numbered numbers) {
        int n = events.size();
        int[] user = new int[n];
        int[] item = new int[n];
        short[] behavior = new short[n];
        long[] time = new long[n];
        for (int i = 0; i < n; i++) {
            Event event = events.get(i);
            user[i] = numbers.users().getOrDefault(event.userId(), -1);
            item[i] = numbers.items().getOrDefault(event.itemId(), -1);
            if (user[i] < 0 || item[i] < 0) {
                return null;
            }
            behavior[i] = behaviors.number(event.behavior());
            time[i] = EventTime.micros(event.occurredAt());
        }
        Map<String, Long> accepted = new HashMap<>();
        boolean[] stale = {false};
        jdbc.query(
                "SELECT stored_behavior, stored FROM store_events(?, ?, ?, ?, ?)",
                row -> {
                    short stored = row.getShort(1);
                    if (row.wasNull()) {
                        stale[0] = true;
                    } else {
                        accepted.put(behaviors.name(stored), row.getLong(2));
                    }
                },
                numbers.removals(),
                user,
                item,
                behavior,
                time);
        return stale[0] ? null : accepted;
    }
}
