package io.wholecart.interaction;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * A binary sparse matrix in compressed rows: row {@code r} has ones at {@code columns[offsets[r] … offsets[r+1])},
 * ascending. The arrays are shared, not copied: read them, do not write them.
 *
 * @param rows number of rows
 * @param width number of columns
 * @param offsets {@code rows + 1} positions in {@code columns}
 */
public record SparseMatrix(int rows, int width, int[] offsets, int[] columns) {

    /** Ones that are worth several cores. */
    private static final int PARALLEL_SIZE = 1 << 18;

    /** Number of ones. */
    public int size() {
        return offsets[rows];
    }

    public int start(int row) {
        return offsets[row];
    }

    public int end(int row) {
        return offsets[row + 1];
    }

    /** Whether there is a one at this place. */
    public boolean contains(int row, int column) {
        return Arrays.binarySearch(columns, offsets[row], offsets[row + 1], column) >= 0;
    }

    /**
     * The same ones with rows and columns exchanged; a counting sort, linear in the size. Every core takes a range of the
     * columns and passes over all ones for it.
     */
    public SparseMatrix transposed() {
        int[] transposedOffsets = new int[width + 1];
        int[] transposedColumns = new int[size()];
        int parts = size() < PARALLEL_SIZE
                ? 1
                : Math.min(width, Runtime.getRuntime().availableProcessors());
        forParts(parts, (from, to) -> {
            for (int i = 0; i < size(); i++) {
                int column = columns[i];
                if (column >= from && column < to) {
                    transposedOffsets[column + 1]++;
                }
            }
        });
        for (int c = 0; c < width; c++) {
            transposedOffsets[c + 1] += transposedOffsets[c];
        }
        forParts(parts, (from, to) -> {
            int[] at = Arrays.copyOfRange(transposedOffsets, from, to);
            for (int r = 0; r < rows; r++) {
                for (int i = offsets[r]; i < offsets[r + 1]; i++) {
                    int column = columns[i];
                    if (column >= from && column < to) {
                        transposedColumns[at[column - from]++] = r;
                    }
                }
            }
        });
        return new SparseMatrix(width, rows, transposedOffsets, transposedColumns);
    }

    private interface Part {
        void columns(int from, int to);
    }

    private void forParts(int parts, Part part) {
        IntStream.range(0, parts)
                .parallel()
                .forEach(p -> part.columns((int) ((long) width * p / parts), (int) ((long) width * (p + 1) / parts)));
    }
}
