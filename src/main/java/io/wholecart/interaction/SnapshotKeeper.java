package io.wholecart.interaction;

import java.lang.ref.SoftReference;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;

/**
 * Takes snapshots and keeps the last one while there is memory for it: the next is that one and what came in since, which
 * spares reading the whole source again.
 */
public final class SnapshotKeeper {

    /** There must be room for so many more like it. */
    private static final int PLENTY = 4;

    private final LongPredicate room;
    private SoftReference<Kept> last = new SoftReference<>(null);

    /** Where memory is no question. */
    SnapshotKeeper() {
        this(bytes -> true);
    }

    /**
     * Keeps nothing yet.
     *
     * @param room whether there is memory for so many bytes more; asked often
     */
    public SnapshotKeeper(LongPredicate room) {
        this.room = room;
    }

    /**
     * A snapshot and what its rows are in the source.
     *
     * @param removals the source's counter when it was taken
     */
    private record Kept(Snapshot snapshot, int[] userNumbers, int[] itemNumbers, long removals) {

        /** Times are kept of target events alone; the others' do not matter. */
        void events(EventSource.Sink sink) {
            int behaviors = snapshot.byUser().size();
            for (int k = 0; k < behaviors; k++) {
                SparseMatrix positives = snapshot.byUser().get(k);
                boolean target = k + 1 == behaviors;
                for (int u = 0; u < positives.rows(); u++) {
                    for (int i = positives.start(u); i < positives.end(u); i++) {
                        long time = target ? snapshot.targetTimes()[i] : 0;
                        sink.event(userNumbers[u], itemNumbers[positives.columns()[i]], k, time);
                    }
                }
            }
        }

        void names(EventSource.Sink sink) {
            for (int u = 0; u < userNumbers.length; u++) {
                sink.user(snapshot.userIds().get(u), userNumbers[u]);
            }
            for (int v = 0; v < itemNumbers.length; v++) {
                sink.item(snapshot.itemIds().get(v), itemNumbers[v]);
            }
        }
    }

    /**
     * All events of the source at one moment.
     *
     * @param canceled asked often
     * @throws CancellationException when canceled
     * @throws TooLargeException when there is no room
     */
    public synchronized Snapshot take(EventSource source, List<String> behaviors, BooleanSupplier canceled) {
        if (!(source instanceof GrowingSource growing)) {
            return Snapshot.take(source, behaviors, canceled, room);
        }
        try {
            return read(growing, behaviors, canceled);
        } catch (SourceInterruptedException e) {
            return read(growing, behaviors, canceled);
        }
    }

    private Snapshot read(GrowingSource source, List<String> behaviors, BooleanSupplier canceled) {
        long removals = source.removals();
        SnapshotBuilder builder = new SnapshotBuilder(behaviors, canceled, room);
        Instant settled;
        try {
            settled = goOn(source, behaviors, builder, removals);
        } catch (TooLargeException e) {
            // Not beside the last one; but alone, maybe.
            settled = null;
        }
        if (settled == null || source.removals() != removals) {
            removals = source.removals();
            builder = new SnapshotBuilder(behaviors, canceled, room);
            settled = source.read(behaviors, builder);
        }
        Snapshot snapshot = builder.build(settled);
        // Only where there is plenty of room: others who look how much there is take it for used.
        if (room.test(PLENTY * snapshot.bytes())) {
            last = new SoftReference<>(new Kept(snapshot, builder.userNumbers(), builder.itemNumbers(), removals));
        }
        return snapshot;
    }

    /** Null where there is nothing to go on from. What was kept is let go: its memory is needed for the next. */
    private @Nullable Instant goOn(
            GrowingSource source, List<String> behaviors, SnapshotBuilder builder, long removals) {
        Kept kept = last.get();
        last = new SoftReference<>(null);
        if (kept == null
                || kept.removals != removals
                || !kept.snapshot.behaviors().equals(behaviors)) {
            return null;
        }
        kept.events(builder);
        Instant settled = source.readSince(kept.snapshot.settledUntil(), behaviors, builder);
        kept.names(builder);
        return settled;
    }
}
