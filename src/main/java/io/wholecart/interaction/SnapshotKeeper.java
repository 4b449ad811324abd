package io.wholecart.interaction;

import java.lang.ref.SoftReference;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Takes snapshots and keeps the last one while there is memory for it: the next is that one and what came in since, which
 * spares reading the whole source again.
 */
public final class SnapshotKeeper {

    private SoftReference<Kept> last = new SoftReference<>(null);

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
     */
    public synchronized Snapshot take(EventSource source, List<String> behaviors, BooleanSupplier canceled) {
        if (!(source instanceof GrowingSource growing)) {
            return Snapshot.take(source, behaviors, canceled);
        }
        try {
            return read(growing, behaviors, canceled);
        } catch (SourceInterruptedException e) {
            return read(growing, behaviors, canceled);
        }
    }

    private Snapshot read(GrowingSource source, List<String> behaviors, BooleanSupplier canceled) {
        long removals = source.removals();
        SnapshotBuilder builder = new SnapshotBuilder(behaviors, canceled);
        Instant settled = goOn(source, behaviors, builder, removals);
        if (settled == null || source.removals() != removals) {
            removals = source.removals();
            builder = new SnapshotBuilder(behaviors, canceled);
            settled = source.read(behaviors, builder);
        }
        Snapshot snapshot = builder.build(settled);
        last = new SoftReference<>(new Kept(snapshot, builder.userNumbers(), builder.itemNumbers(), removals));
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
