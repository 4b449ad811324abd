package io.wholecart.interaction;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import java.util.function.LongPredicate;

/** Collects events in primitive arrays, numbers their users and items without holes, and sorts them into rows. */
final class SnapshotBuilder implements EventSource.Sink {

    /** After so many events is asked anew whether there is memory. */
    private static final int ASKED = 1 << 16;

    private final List<String> behaviors;
    private final List<Events> events = new ArrayList<>();
    private final Ids users = new Ids();
    private final Ids items = new Ids();
    private final BooleanSupplier canceled;
    private final LongPredicate room;
    private long count;

    /**
     * Nothing yet.
     *
     * @param canceled asked often
     * @param room whether there is memory for so many bytes more; asked as they come
     */
    SnapshotBuilder(List<String> behaviors, BooleanSupplier canceled, LongPredicate room) {
        this.behaviors = List.copyOf(behaviors);
        this.canceled = canceled;
        this.room = room;
        for (int k = 0; k < behaviors.size(); k++) {
            events.add(new Events(k + 1 == behaviors.size(), this::checkCanceled));
        }
    }

    private void checkCanceled() {
        if (canceled.getAsBoolean()) {
            throw new CancellationException("The snapshot was canceled.");
        }
    }

    @Override
    public void event(int user, int item, int behavior, long occurredAt) {
        if (count++ % ASKED == 0 || users.grows(user) || items.grows(item)) {
            requireRoom(users.growth(user) + items.growth(item));
        }
        users.seen(user);
        items.seen(item);
        events.get(behavior).add(user, item, occurredAt);
    }

    private void requireRoom(long growth) {
        long bytes = growth + Events.bytes(true, ASKED) + building();
        if (!room.test(bytes)) {
            throw new TooLargeException(count, bytes);
        }
    }

    /** Bytes that it takes to build from the events so far, beside their own: the most at one time. */
    private long building() {
        long rows = users.seen;
        long most = 0;
        long taken = 0;
        for (int k = 0; k < events.size(); k++) {
            long sorted = RowSort.bytes(events.get(k));
            // Twice, as it is copied once to close its gaps.
            most = Math.max(most, taken + 2 * sorted + 2 * Integer.BYTES * rows);
            taken += sorted
                    + Integer.BYTES * rows
                    - Events.bytes(events.get(k).timed(), events.get(k).size());
        }
        return most + Snapshot.NAME_BYTES * (rows + items.seen);
    }

    @Override
    public void user(String id, int number) {
        users.name(id, number);
    }

    @Override
    public void item(String id, int number) {
        items.name(id, number);
    }

    Snapshot build(Instant settledUntil) {
        List<String> userIds = users.compact();
        List<String> itemIds = items.compact();
        List<SparseMatrix> matrices = new ArrayList<>();
        long[] targetTimes = {};
        for (int k = 0; k < behaviors.size(); k++) {
            RowSort rows = new RowSort(events.get(k), users.rows, items.rows, userIds.size());
            matrices.add(rows.matrix(itemIds.size()));
            targetTimes = rows.times();
            // Their memory is needed for the next behavior.
            events.set(k, new Events(false, this::checkCanceled));
        }
        return new Snapshot(behaviors, userIds, itemIds, matrices, targetTimes, settledUntil);
    }

    /** The source's number of each row; after {@link #build}. */
    int[] userNumbers() {
        return users.numbers();
    }

    /** The source's number of each column; after {@link #build}. */
    int[] itemNumbers() {
        return items.numbers();
    }

    /** Source numbers → rows without holes, in ascending order, and their names. */
    private static final class Ids {

        private int[] rows = new int[1024];
        private int highest = -1;
        private String[] names = {};
        private int count = -1;
        private int seen;

        boolean grows(int number) {
            return number >= rows.length;
        }

        /** Bytes of the array that takes the place of the present one. */
        long growth(int number) {
            return grows(number) ? Integer.BYTES * larger(number) : 0;
        }

        private long larger(int number) {
            return Math.max(number + 1L, rows.length * 3L / 2);
        }

        void seen(int number) {
            if (number > highest) {
                highest = number;
                if (grows(number)) {
                    rows = Arrays.copyOf(rows, Math.toIntExact(larger(number)));
                }
            }
            seen += 1 - rows[number];
            rows[number] = 1;
        }

        /** Called after the last event, so that only those with events are kept. */
        void name(String id, int number) {
            number();
            if (number <= highest && rows[number] >= 0) {
                names[rows[number]] = id;
            }
        }

        private void number() {
            if (count >= 0) {
                return;
            }
            count = 0;
            for (int i = 0; i <= highest; i++) {
                rows[i] = rows[i] == 1 ? count++ : -1;
            }
            names = new String[count];
        }

        int[] numbers() {
            int[] numbers = new int[count];
            for (int i = 0; i <= highest; i++) {
                if (rows[i] >= 0) {
                    numbers[rows[i]] = i;
                }
            }
            return numbers;
        }

        List<String> compact() {
            number();
            for (int i = 0; i < names.length; i++) {
                if (names[i] == null) {
                    throw new IllegalStateException("the source gave no id for row " + i);
                }
            }
            return List.of(names);
        }
    }
}
