package io.wholecart;

import io.wholecart.catalog.IdNumbers;
import io.wholecart.event.EventScan;
import io.wholecart.interaction.GrowingSource;
import java.time.Instant;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** The event table as the source of snapshots: what joins the intake's rooms to the learning ones. */
@Component
class EventTableSource implements GrowingSource {

    private final EventScan events;
    private final IdNumbers ids;
    private final SnapshotDatabase database;

    EventTableSource(EventScan events, IdNumbers ids, SnapshotDatabase database) {
        this.events = events;
        this.ids = ids;
        this.database = database;
    }

    @Override
    public Instant read(List<String> behaviors, Sink sink) {
        return read(null, behaviors, sink);
    }

    @Override
    public Instant readSince(Instant since, List<String> behaviors, Sink sink) {
        return read(since, behaviors, sink);
    }

    private Instant read(@Nullable Instant since, List<String> behaviors, Sink sink) {
        // Before the transaction takes its snapshot: see EventScan.settledUntil.
        Instant settledUntil = events.settledUntil();
        database.read(from -> {
            BitSet users = new BitSet();
            BitSet items = new BitSet();
            events.forEach(from, since, behaviors, (user, item, behavior, time) -> {
                sink.event(user, item, behavior, time);
                if (since != null) {
                    users.set(user);
                    items.set(item);
                }
            });
            ids.forEachUser(from, since == null ? null : numbers(users), sink::user);
            ids.forEachItem(from, since == null ? null : numbers(items), sink::item);
        });
        return settledUntil;
    }

    private static int[] numbers(BitSet set) {
        return set.stream().toArray();
    }

    @Override
    public long removals() {
        return events.removals();
    }

    @Override
    public Instant mark() {
        return events.mark();
    }

    @Override
    public long changesSince(Instant time, long limit) {
        return events.changesSince(time, limit);
    }
}
