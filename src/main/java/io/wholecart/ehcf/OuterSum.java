package io.wholecart.ehcf;

import java.util.Arrays;

/**
 * Σ w z zᵀ over many vectors: some vectors at once, summed in floats for a while and then in doubles, so that rounding
 * does not grow with their number. Only the half with j ≥ i is made.
 */
final class OuterSum {

    /** Vectors that are multiplied at once: two buffers of 64 × d floats stay in the first cache for usual d. */
    private static final int BUFFER = 64;
    /** Terms that are summed in floats. */
    private static final int FLOAT_TERMS = 512;

    private final Kernels kernels;
    private final int d;
    private final float[] vectors;
    private final float[] weighted;
    private final float[] floats;
    private int pending;
    private int terms;

    OuterSum(Kernels kernels, int d) {
        this.kernels = kernels;
        this.d = d;
        this.vectors = new float[BUFFER * d];
        this.weighted = new float[BUFFER * d];
        this.floats = new float[d * d];
    }

    /**
     * Adds w z zᵀ with z = x ∘ rows[column] for some columns.
     *
     * @param weights w = 1 − negative · weights[column]
     */
    void addProducts(
            float[] x,
            int xAt,
            float[] rows,
            int[] columns,
            int from,
            int to,
            float negative,
            float[] weights,
            double[] sum) {
        for (int next = from; next < to; ) {
            int some = Math.min(to - next, BUFFER - pending);
            kernels.multiplyRows(x, xAt, rows, columns, next, some, vectors, pending * d, d);
            for (int i = 0; i < some; i++) {
                added(1 - negative * weights[columns[next + i]], sum);
            }
            next += some;
        }
    }

    /** Adds weight · x xᵀ. */
    void add(float[] x, int xAt, float weight, double[] sum) {
        System.arraycopy(x, xAt, vectors, pending * d, d);
        added(weight, sum);
    }

    /** Adds x xᵀ for some rows that follow each other, as they lie. */
    void addRows(float[] x, int at, int rows, double[] sum) {
        for (int r = 0; r < rows; r += FLOAT_TERMS) {
            int some = Math.min(FLOAT_TERMS, rows - r);
            kernels.addOuterProducts(x, x, at + r * d, some, floats, d);
            terms += some;
            if (terms >= FLOAT_TERMS) {
                flush(sum);
            }
        }
    }

    private void added(float weight, double[] sum) {
        int at = pending * d;
        for (int f = at; f < at + d; f++) {
            weighted[f] = weight * vectors[f];
        }
        if (++pending == BUFFER) {
            multiply();
            if (terms >= FLOAT_TERMS) {
                flush(sum);
            }
        }
    }

    private void multiply() {
        kernels.addOuterProducts(weighted, vectors, 0, pending, floats, d);
        terms += pending;
        pending = 0;
    }

    /** Brings all that was added into {@code sum}, d × d. */
    void flush(double[] sum) {
        multiply();
        for (int i = 0; i < d; i++) {
            for (int j = i * d + i; j < (i + 1) * d; j++) {
                sum[j] += floats[j];
            }
        }
        Arrays.fill(floats, 0);
        terms = 0;
    }
}
