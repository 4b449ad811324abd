package io.wholecart.ehcf;

import org.jspecify.annotations.Nullable;

/** Gram matrices of factors. */
final class Gram {

    /** Made in so many parts, whatever the number of threads, so that rounding is the same. */
    static final int PARTS = 16;

    private Gram() {}

    /**
     * Xᵀ diag(w) X.
     *
     * @param x rows × d, row after row
     * @param weights one for each row; null for ones
     * @return d × d, both halves
     */
    static float[] of(float[] x, int d, float @Nullable [] weights, Kernels kernels, Workers workers) {
        int rows = x.length / d;
        Blocks blocks = Blocks.even(rows, PARTS);
        double[][] parts = new double[blocks.count()][d * d];
        workers.forBlocks(blocks, () -> new OuterSum(kernels, d), (block, from, to, sum) -> {
            if (weights == null) {
                sum.addRows(x, from * d, to - from, parts[block]);
            }
            for (int row = from; weights != null && row < to; row++) {
                sum.add(x, row * d, weights[row], parts[block]);
            }
            sum.flush(parts[block]);
        });
        double[] total = total(parts);
        mirror(total, d);
        float[] gram = new float[d * d];
        for (int i = 0; i < gram.length; i++) {
            gram[i] = (float) total[i];
        }
        return gram;
    }

    /** Fills the half below the diagonal. */
    static void mirror(double[] matrix, int d) {
        for (int i = 0; i < d; i++) {
            for (int j = i + 1; j < d; j++) {
                matrix[j * d + i] = matrix[i * d + j];
            }
        }
    }

    /** The parts' sum, in their order. */
    static double[] total(double[][] parts) {
        double[] total = parts[0];
        for (int part = 1; part < parts.length; part++) {
            for (int i = 0; i < total.length; i++) {
                total[i] += parts[part][i];
            }
        }
        return total;
    }
}
