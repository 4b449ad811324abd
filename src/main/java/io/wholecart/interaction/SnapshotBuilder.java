package io.wholecart.interaction;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;

/** Collects events in primitive arrays, numbers their users and items without holes, and sorts them into rows. */
final class SnapshotBuilder implements EventSource.Sink {

    private final List<String> behaviors;
    private final List<Events> events = new ArrayList<>();
    private final Ids users = new Ids();
    private final Ids items = new Ids();
    private final BooleanSupplier canceled;

    SnapshotBuilder(List<String> behaviors, BooleanSupplier canceled) {
        this.behaviors = List.copyOf(behaviors);
        this.canceled = canceled;
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
        users.seen(user);
        items.seen(item);
        events.get(behavior).add(user, item, occurredAt);
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

        void seen(int number) {
            if (number > highest) {
                highest = number;
                if (number >= rows.length) {
                    rows = Arrays.copyOf(rows, Math.toIntExact(Math.max(number + 1L, rows.length * 3L / 2)));
                }
            }
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
