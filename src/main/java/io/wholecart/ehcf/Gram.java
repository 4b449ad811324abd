package io.wholecart.ehcf;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Gram matrices, the one dense product of a sweep: on ND4J, so on its backend. */
final class Gram {

    /** Rows a product takes at once: the copy stays small and a cancel is seen between two. */
    private static final int BLOCK = 65_536;

    private Gram() {}

    /**
     * XᵀX.
     *
     * @param x rows × d, row after row
     * @return d × d, symmetric
     */
    static float[] of(float[] x, int d) {
        return of(x, d, null);
    }

    /**
     * Xᵀ diag(w) X.
     *
     * @param weights one for each row, not negative; null for ones
     */
    static float[] of(float[] x, int d, float @Nullable [] weights) {
        int rows = x.length / d;
        INDArray sum = Nd4j.create(DataType.FLOAT, new long[] {d, d}, 'f');
        for (int from = 0; from < rows; from += BLOCK) {
            int count = Math.min(BLOCK, rows - from);
            float[] part = count == rows && weights == null ? x : Arrays.copyOfRange(x, from * d, (from + count) * d);
            if (weights != null) {
                scale(part, d, weights, from);
            }
            // Row-major rows × d is column-major d × rows, which is what BLAS likes: XᵀX = A Aᵀ.
            try (INDArray a = Nd4j.create(part, new long[] {d, count}, 'f')) {
                Nd4j.gemm(a, a, sum, false, true, 1.0, from == 0 ? 0.0 : 1.0);
            }
        }
        float[] gram = sum.data().asFloat();
        sum.close();
        return gram;
    }

    /** By the roots of the weights, as each row is in the product twice. */
    private static void scale(float[] part, int d, float[] weights, int from) {
        for (int row = 0; row < part.length / d; row++) {
            float root = (float) Math.sqrt(weights[from + row]);
            for (int f = row * d; f < (row + 1) * d; f++) {
                part[f] *= root;
            }
        }
    }
}
