package io.wholecart.interaction;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Sorts events by row, then column, and drops all but the earliest of equal pairs. Every core takes a range of the rows
 * and passes over all events for it: no shared counters, and the result does not depend on their number. (On very many cores the passes would be what costs.)
 */
final class RowSort {

    private static final int CHECKED_ROWS = 4096;

    private final int rows;
    private final int[] offsets;
    private final int[] lengths;
    private int[] columns;
    private long[] times;

    /**
     * Sorts.
     *
     * @param userRows a row for each of the events' users
     * @param itemColumns a column for each of their items
     * @param rows how many rows there are
     */
    RowSort(Events events, int[] userRows, int[] itemColumns, int rows) {
        this.rows = rows;
        this.offsets = new int[rows + 1];
        this.lengths = new int[rows];
        this.columns = new int[events.size()];
        this.times = new long[events.timed() ? columns.length : 0];
        int parts = Math.min(Math.max(1, rows), Runtime.getRuntime().availableProcessors());
        forParts(parts, (from, to) -> count(events, userRows, from, to));
        for (int row = 0; row < rows; row++) {
            offsets[row + 1] = offsets[row] + lengths[row];
        }
        forParts(parts, (from, to) -> {
            place(events, userRows, itemColumns, from, to);
            for (int row = from; row < to; row++) {
                if (row % CHECKED_ROWS == 0) {
                    events.check();
                }
                lengths[row] = events.timed() ? sortTimed(row) : sort(row);
            }
        });
        closeGaps();
    }

    /** What sorted events take. */
    static long bytes(Events events) {
        return (long) events.size() * (Integer.BYTES + (events.timed() ? Long.BYTES : 0));
    }

    private interface Part {
        void rows(int from, int to);
    }

    private void forParts(int parts, Part part) {
        IntStream.range(0, parts)
                .parallel()
                .forEach(p -> part.rows((int) ((long) rows * p / parts), (int) ((long) rows * (p + 1) / parts)));
    }

    private void count(Events events, int[] userRows, int from, int to) {
        events.forEach((user, item, time) -> {
            int row = userRows[user];
            if (row >= from && row < to) {
                lengths[row]++;
            }
        });
    }

    private void place(Events events, int[] userRows, int[] itemColumns, int from, int to) {
        int[] next = Arrays.copyOfRange(offsets, from, to);
        events.forEach((user, item, time) -> {
            int row = userRows[user];
            if (row >= from && row < to) {
                int at = next[row - from]++;
                columns[at] = itemColumns[item];
                if (times.length > 0) {
                    times[at] = time;
                }
            }
        });
    }

    /** How many distinct columns the row has; they are at its beginning. */
    private int sort(int row) {
        int start = offsets[row];
        int end = offsets[row + 1];
        Arrays.sort(columns, start, end);
        int kept = start;
        for (int i = start; i < end; i++) {
            if (kept == start || columns[i] != columns[kept - 1]) {
                columns[kept++] = columns[i];
            }
        }
        return kept - start;
    }

    private int sortTimed(int row) {
        int start = offsets[row];
        int length = offsets[row + 1] - start;
        long[] keys = new long[length];
        for (int i = 0; i < length; i++) {
            keys[i] = (long) columns[start + i] << 32 | i;
        }
        long[] rowTimes = Arrays.copyOfRange(times, start, start + length);
        Arrays.sort(keys);
        int kept = start;
        for (long key : keys) {
            int column = (int) (key >>> 32);
            long time = rowTimes[(int) key];
            if (kept > start && columns[kept - 1] == column) {
                times[kept - 1] = Math.min(times[kept - 1], time);
            } else {
                columns[kept] = column;
                times[kept++] = time;
            }
        }
        return kept - start;
    }

    private void closeGaps() {
        int kept = 0;
        for (int row = 0; row < rows; row++) {
            int start = offsets[row];
            offsets[row] = kept;
            if (start != kept) {
                System.arraycopy(columns, start, columns, kept, lengths[row]);
                if (times.length > 0) {
                    System.arraycopy(times, start, times, kept, lengths[row]);
                }
            }
            kept += lengths[row];
        }
        offsets[rows] = kept;
        if (kept < columns.length) {
            columns = Arrays.copyOf(columns, kept);
            times = Arrays.copyOf(times, Math.min(times.length, kept));
        }
    }

    SparseMatrix matrix(int width) {
        return new SparseMatrix(rows, width, offsets, columns);
    }

    /** In the order of the matrix's columns; empty where the events had none. */
    long[] times() {
        return times;
    }
}
