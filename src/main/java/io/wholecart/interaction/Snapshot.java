package io.wholecart.interaction;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import java.util.function.LongPredicate;
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

    /** An id in memory beyond its characters: a string, its array of bytes, and places in arrays. */
    static final long NAME_BYTES = 64;

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
        return take(source, behaviors, canceled, bytes -> true);
    }

    /**
     * Reads the source to its end.
     *
     * @param canceled asked often
     * @param room whether there is memory for so many bytes more; asked often
     * @throws CancellationException when canceled
     * @throws TooLargeException when there is no room
     */
    static Snapshot take(EventSource source, List<String> behaviors, BooleanSupplier canceled, LongPredicate room) {
        SnapshotBuilder builder = new SnapshotBuilder(behaviors, canceled, room);
        return builder.build(source.read(behaviors, builder));
    }

    /** Heap that it takes, without the characters of ids. */
    public long bytes() {
        long rows = userIds.size();
        return matrixBytes() + (long) Long.BYTES * targetTimes.length + NAME_BYTES * (rows + itemIds.size());
    }

    /** Heap that the matrices take by user; by item it is about the same. */
    private long matrixBytes() {
        long numbers = 0;
        for (SparseMatrix matrix : byUser) {
            numbers += matrix.columns().length + matrix.offsets().length;
        }
        return Integer.BYTES * numbers;
    }

    /** Heap that {@link #all} takes beside this. */
    public long allBytes() {
        return matrixBytes() + (long) Integer.BYTES * itemIds.size() * byUser.size();
    }

    /** Heap that {@link #leaveOneOut()} takes beside this, the copies that it cuts included. */
    public long leaveOneOutBytes() {
        return allBytes()
                + 2L * (Integer.BYTES + Long.BYTES) * targetTimes.length
                + 2L * Integer.BYTES * userIds.size();
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
