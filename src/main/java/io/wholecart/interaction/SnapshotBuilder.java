package io.wholecart.interaction;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Collects events in primitive arrays and sorts them into compressed rows. */
final class SnapshotBuilder implements EventSource.Sink {

    private final List<String> behaviors;
    private final List<Columns> events = new ArrayList<>();
    private final Ids users = new Ids();
    private final Ids items = new Ids();

    SnapshotBuilder(List<String> behaviors) {
        this.behaviors = List.copyOf(behaviors);
        behaviors.forEach(behavior -> events.add(new Columns()));
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
        for (Columns behavior : events) {
            Rows rows = new Rows(behavior, users.rows, items.rows, userIds.size());
            matrices.add(rows.matrix(itemIds.size()));
            targetTimes = rows.times;
            behavior.clear();
        }
        return new Snapshot(behaviors, userIds, itemIds, matrices, targetTimes, settledUntil);
    }

    /** Events of one behavior as they came. */
    private static final class Columns {

        private int[] user = new int[1024];
        private int[] item = new int[1024];
        private long[] time = new long[1024];
        private int size;

        void add(int newUser, int newItem, long newTime) {
            if (size == user.length) {
                int larger = Math.toIntExact(Math.min(size * 3L / 2, Integer.MAX_VALUE - 8));
                user = Arrays.copyOf(user, larger);
                item = Arrays.copyOf(item, larger);
                time = Arrays.copyOf(time, larger);
            }
            user[size] = newUser;
            item[size] = newItem;
            time[size++] = newTime;
        }

        void clear() {
            user = new int[0];
            item = user;
            time = new long[0];
            size = 0;
        }
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

    /** Sorts one behavior's events by user, then item, and drops all but the earliest of equal pairs. */
    private static final class Rows {

        private final int[] offsets;
        private int[] columns;
        private long[] times;

        Rows(Columns events, int[] userRows, int[] itemRows, int users) {
            offsets = new int[users + 1];
            for (int i = 0; i < events.size; i++) {
                offsets[userRows[events.user[i]] + 1]++;
            }
            for (int u = 0; u < users; u++) {
                offsets[u + 1] += offsets[u];
            }
            int[] at = offsets.clone();
            columns = new int[events.size];
            times = new long[events.size];
            for (int i = 0; i < events.size; i++) {
                int place = at[userRows[events.user[i]]]++;
                columns[place] = itemRows[events.item[i]];
                times[place] = events.time[i];
            }
            sortAndMerge();
        }

        private void sortAndMerge() {
            int kept = 0;
            long[] keys = {};
            long[] rowTimes = {};
            for (int u = 0; u + 1 < offsets.length; u++) {
                int start = offsets[u];
                int length = offsets[u + 1] - start;
                if (keys.length < length) {
                    keys = new long[length * 2];
                    rowTimes = new long[length * 2];
                }
                for (int i = 0; i < length; i++) {
                    keys[i] = (long) columns[start + i] << 32 | i;
                }
                System.arraycopy(times, start, rowTimes, 0, length);
                Arrays.sort(keys, 0, length);
                offsets[u] = kept;
                for (int i = 0; i < length; i++) {
                    int column = (int) (keys[i] >>> 32);
                    long time = rowTimes[(int) keys[i]];
                    if (kept > offsets[u] && columns[kept - 1] == column) {
                        times[kept - 1] = Math.min(times[kept - 1], time);
                    } else {
                        columns[kept] = column;
                        times[kept++] = time;
                    }
                }
            }
            offsets[offsets.length - 1] = kept;
            columns = Arrays.copyOf(columns, kept);
            times = Arrays.copyOf(times, kept);
        }

        SparseMatrix matrix(int items) {
            return new SparseMatrix(offsets.length - 1, items, offsets, columns);
        }
    }
}
