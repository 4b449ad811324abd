package io.wholecart.ehcf;

import io.wholecart.interaction.SparseMatrix;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Rows cut into blocks of about the same work, heaviest first: a row with very many positives is a block of its own and
 * is begun early, so that nobody waits for it in the end.
 *
 * @param bounds block {@code b} has the rows from {@code bounds[b]} (inclusive) to {@code bounds[b + 1]} (exclusive)
 * @param order the blocks' numbers, heaviest first
 */
record Blocks(int[] bounds, int[] order) {

    /** Work that a row is beside its positives, in positives. */
    private static final int ROW = 8;

    /** Blocks that are not worth cutting further, in positives. */
    private static final long SMALLEST = 2_048;

    /** Blocks of about a {@code parts}-th of all work; the same for any number of threads. */
    static Blocks of(List<SparseMatrix> positives, int parts) {
        int rows = positives.get(0).rows();
        long all = 0;
        for (SparseMatrix behavior : positives) {
            all += behavior.size();
        }
        long share = Math.max(SMALLEST, (all + (long) ROW * rows) / parts);
        int[] bounds = new int[rows + 2];
        long[] work = new long[rows + 1];
        int blocks = 0;
        for (int row = 0; row < rows; row++) {
            long own = ROW;
            for (SparseMatrix behavior : positives) {
                own += behavior.end(row) - behavior.start(row);
            }
            if (work[blocks] > 0 && work[blocks] + own > share) {
                bounds[++blocks] = row;
            }
            work[blocks] += own;
        }
        bounds[++blocks] = rows;
        int[] order = IntStream.range(0, blocks)
                .boxed()
                .sorted((a, b) -> Long.compare(work[b], work[a]))
                .mapToInt(Integer::intValue)
                .toArray();
        return new Blocks(Arrays.copyOf(bounds, blocks + 1), order);
    }

    /** Blocks of as many rows each. */
    static Blocks even(int rows, int parts) {
        int size = Math.max(1, (rows + parts - 1) / parts);
        int blocks = Math.max(1, (rows + size - 1) / size);
        int[] bounds = IntStream.rangeClosed(0, blocks)
                .map(b -> Math.min(rows, b * size))
                .toArray();
        return new Blocks(bounds, IntStream.range(0, blocks).toArray());
    }

    int count() {
        return order.length;
    }
}
