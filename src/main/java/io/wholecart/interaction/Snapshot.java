package io.wholecart.interaction;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;

/**
 * All events at one moment, as sparse matrices; of events with the same user, item and behavior the earliest counts.
 * Users and items without an event are not in it.
 *
 * @param behaviors names, the last is the target
 * @param userIds the shop's id of each row
 * @param itemIds the shop's id of each column
 * @param byUser users × items, one per behavior
 * @param targetTimes when each one of the target's matrix happened, in the order of its columns array
 * @param settledUntil every event that is missing here was received at or after this time
 */
public record Snapshot(
        List<String> behaviors,
        List<String> userIds,
        List<String> itemIds,
        List<SparseMatrix> byUser,
        long[] targetTimes,
        Instant settledUntil) {

    /** Reads the source to its end. */
    public static Snapshot take(EventSource source, List<String> behaviors) {
        return take(source, behaviors, () -> false);
    }

    /**
     * Reads the source to its end.
     *
     * @param canceled asked often
     * @throws CancellationException when canceled
     */
    public static Snapshot take(EventSource source, List<String> behaviors, BooleanSupplier canceled) {
        SnapshotBuilder builder = new SnapshotBuilder(behaviors, canceled);
        return builder.build(source.read(behaviors, builder));
    }

    /** Everything, for training without evaluation. */
    public Interactions all() {
        return Interactions.of(behaviors, byUser);
    }

    /**
     * Takes the last target event of every user that has two or more as the test item; the rest trains. Other
     * behaviors of the test pair stay in training, as in the paper. Of equal times the higher column is the last.
     */
    public Split leaveOneOut() {
        return leaveOneOut(Long.MIN_VALUE);
    }

    /**
     * The same where the test items are known by their times.
     *
     * @param since an event before this time is not held out
     */
    public Split leaveOneOut(long since) {
        SparseMatrix target = byUser.get(byUser.size() - 1);
        int[] testItems = new int[target.rows()];
        int[] offsets = new int[target.rows() + 1];
        int[] columns = new int[target.size()];
        long[] times = new long[target.size()];
        int kept = 0;
        for (int u = 0; u < target.rows(); u++) {
            int last = target.end(u) - target.start(u) < 2 ? -1 : latest(target, u, since);
            testItems[u] = last < 0 ? -1 : target.columns()[last];
            for (int i = target.start(u); i < target.end(u); i++) {
                if (i != last) {
                    times[kept] = targetTimes[i];
                    columns[kept++] = target.columns()[i];
                }
            }
            offsets[u + 1] = kept;
        }
        List<SparseMatrix> rest = new ArrayList<>(byUser);
        rest.set(
                rest.size() - 1,
                new SparseMatrix(target.rows(), target.width(), offsets, Arrays.copyOf(columns, kept)));
        return new Split(
                new Snapshot(behaviors, userIds, itemIds, rest, Arrays.copyOf(times, kept), settledUntil), testItems);
    }

    private int latest(SparseMatrix target, int user, long since) {
        int latest = target.start(user);
        for (int i = latest + 1; i < target.end(user); i++) {
            if (targetTimes[i] >= targetTimes[latest]) {
                latest = i;
            }
        }
        return targetTimes[latest] < since ? -1 : latest;
    }

    /**
     * Training data and what was held out of it.
     *
     * @param rest the snapshot without the held-out events, which can be split once more for validation
     * @param train the same as matrices to learn from
     * @param testItems for each user the held-out column, -1 for none
     */
    public record Split(Snapshot rest, Interactions train, int[] testItems) {

        Split(Snapshot rest, int[] testItems) {
            this(rest, rest.all(), testItems);
        }

        /** Users with a held-out item. */
        public int[] testUsers() {
            return IntStream.range(0, testItems.length)
                    .filter(u -> testItems[u] >= 0)
                    .toArray();
        }
    }
}
