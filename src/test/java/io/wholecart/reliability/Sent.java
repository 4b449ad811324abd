package io.wholecart.reliability;

import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What callers sent and what they were told: the model that the event table must agree with. A batch that was
 * acknowledged is there once, one that was not is there or is not, but never in part, and nothing else is there.
 */
final class Sent {

    /** Events of one request, which differ from all others, as {@link #event} writes them. */
    record Batch(List<String> events, boolean acknowledged) {}

    /** Reads every event of the table as {@link #event} writes it; in the table a behavior is a number. */
    static final String STORED = """
            SELECT coalesce(u.external_id, 'caller without a name') || ' ' || coalesce(i.external_id, 'an item without one')
                || ' ' || b.name
            FROM event e LEFT JOIN app_user u ON u.number = e.user_number LEFT JOIN item i ON i.number = e.item_number
            JOIN behavior b ON b.number = e.behavior""";

    private static final Duration LIMIT = Duration.ofMinutes(2);

    private final List<Batch> batches = Collections.synchronizedList(new ArrayList<>());

    static String event(String user, String item, String behavior) {
        return user + " " + item + " " + behavior;
    }

    void add(Batch batch) {
        batches.add(batch);
    }

    /** Waits until something more is acknowledged. */
    void awaitMore() {
        int before = acknowledged();
        await("an acknowledgement").atMost(LIMIT).until(() -> acknowledged() > before);
    }

    int acknowledged() {
        synchronized (batches) {
            return batches.stream()
                    .filter(Batch::acknowledged)
                    .mapToInt(batch -> batch.events().size())
                    .sum();
        }
    }

    /** Compares with the table; every event that a batch may have is a promise. */
    void check(List<String> stored, Tally tally) {
        Map<String, Integer> times = new HashMap<>();
        stored.forEach(event -> times.merge(event, 1, Integer::sum));
        for (Batch batch : batches) {
            long there = batch.events().stream().filter(times::containsKey).count();
            if (!batch.acknowledged()) {
                tally.promise(
                        there == 0 || there == batch.events().size(),
                        "in part: " + there + " of " + batch.events().size() + " from "
                                + batch.events().get(0));
            }
            for (String event : batch.events()) {
                int count = times.getOrDefault(event, 0);
                times.remove(event);
                tally.promise(
                        batch.acknowledged() ? count == 1 : count <= 1,
                        event + (batch.acknowledged() ? " (acknowledged)" : "") + " is there " + count + " times");
            }
        }
        times.keySet().forEach(event -> tally.broken("nobody sent " + event));
    }
}
