package io.wholecart.interaction;

import java.util.Arrays;

/**
 * A binary sparse matrix in compressed rows: row {@code r} has ones at {@code columns[offsets[r] … offsets[r+1])},
 * ascending. The arrays are shared, not copied: read them, do not write them.
 *
 * @param rows number of rows
 * @param width number of columns
 * @param offsets {@code rows + 1} positions in {@code columns}
 */
public record SparseMatrix(int rows, int width, int[] offsets, int[] columns) {

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

    /** The same ones with rows and columns exchanged; a counting sort, linear in the size. */
    public SparseMatrix transposed() {
        int[] at = new int[width + 1];
        for (int i = 0; i < size(); i++) {
            at[columns[i] + 1]++;
        }
        for (int c = 0; c < width; c++) {
            at[c + 1] += at[c];
        }
        int[] transposedOffsets = at.clone();
        int[] transposedColumns = new int[size()];
        for (int r = 0; r < rows; r++) {
            for (int i = offsets[r]; i < offsets[r + 1]; i++) {
                transposedColumns[at[columns[i]]++] = r;
            }
        }
        return new SparseMatrix(width, rows, transposedOffsets, transposedColumns);
    }
}
