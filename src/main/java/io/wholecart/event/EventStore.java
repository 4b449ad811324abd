package io.wholecart.event;

import io.micrometer.core.instrument.MeterRegistry;
import io.wholecart.catalog.IdNumbers;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/** Writes batches of events. */
@Component
class EventStore {

    private final JdbcTemplate jdbc;
    private final TransactionTemplate transaction;
    private final IdNumbers ids;
    private final BehaviorNumbers behaviors;
    private final MeterRegistry meters;

    EventStore(
            JdbcTemplate jdbc,
            TransactionTemplate transaction,
            IdNumbers ids,
            BehaviorNumbers behaviors,
            MeterRegistry meters) {
        this.jdbc = jdbc;
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
        Map<String, Long> accepted = transaction.execute(status -> insert(events));
        Map<String, Long> received = new HashMap<>();
        events.forEach(event -> received.merge(event.behavior(), 1L, Long::sum));
        return count(received, accepted);
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

    private Map<String, Long> insert(List<Event> events) {
        Set<String> userIds = new HashSet<>();
        Set<String> itemIds = new HashSet<>();
        for (Event event : events) {
            userIds.add(event.userId());
            itemIds.add(event.itemId());
        }
        Map<String, Integer> users = ids.ofUsers(userIds);
        Map<String, Integer> items = ids.ofItems(itemIds);
        int n = events.size();
        Integer[] user = new Integer[n];
        Integer[] item = new Integer[n];
        Short[] behavior = new Short[n];
        Long[] time = new Long[n];
        for (int i = 0; i < n; i++) {
            Event event = events.get(i);
            user[i] = users.get(event.userId());
            item[i] = items.get(event.itemId());
            behavior[i] = behaviors.number(event.behavior());
            time[i] = EventTime.micros(event.occurredAt());
        }
        String rows = "SELECT u, i, b, " + EventTime.FROM_MICROS.formatted("t")
                + " FROM unnest(?::int[], ?::int[], ?::smallint[], ?::bigint[]) AS e (u, i, b, t)";
        return insertSorted(rows, user, item, behavior, time);
    }

    /**
     * Inserts the rows of a query and counts the new ones by behavior. In the order of the key, so that two
     * transactions with the same events wait for each other instead of deadlocking.
     */
    Map<String, Long> insertSorted(String rows, Object... arguments) {
        Map<String, Long> accepted = new HashMap<>();
        jdbc.query(
                "WITH fresh AS (INSERT INTO event (user_number, item_number, behavior, occurred_at) " + rows
                        + " ORDER BY 1, 2, 3, 4 ON CONFLICT DO NOTHING RETURNING behavior)"
                        + " SELECT behavior, count(*) FROM fresh GROUP BY behavior",
                row -> {
                    accepted.put(behaviors.name(row.getShort(1)), row.getLong(2));
                },
                arguments);
        return accepted;
    }
}
