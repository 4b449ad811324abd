package io.wholecart.ehcf;

import java.util.Arrays;

/**
 * One small symmetric system N x = b: built by rank-one updates, solved by Cholesky. Only the upper triangle of N is
 * kept up, row after row, so that every inner loop runs over neighboring floats.
 */
final class NormalEquations {

    /** A pivot this small beside its diagonal is rounding, not data. */
    private static final float LOST_PIVOT = 1e-6f;

    private final int d;
    private final float[] matrix;
    private final float[] right;
    private final float[] diagonal;
    private final float[] features;
    private int pending;
    private final float[] weights = new float[4];

    NormalEquations(int d) {
        this.d = d;
        this.matrix = new float[d * d];
        this.right = new float[d];
        this.diagonal = new float[d];
        this.features = new float[4 * d];
    }

    /** Starts anew with N = scale·base and b = 0. */
    void reset(float[] base, float scale) {
        for (int i = 0; i < matrix.length; i++) {
            matrix[i] = scale * base[i];
        }
        Arrays.fill(right, 0);
        pending = 0;
    }

    /** Starts anew with N = 0 and b = 0. */
    void clear() {
        Arrays.fill(matrix, 0);
        Arrays.fill(right, 0);
        pending = 0;
    }

    /** Adds weight·z zᵀ to N and share·z to b, with z = x ∘ y. */
    void add(float[] x, int xAt, float[] y, int yAt, float weight, float share) {
        int at = pending * d;
        for (int f = 0; f < d; f++) {
            float z = x[xAt + f] * y[yAt + f];
            features[at + f] = z;
            right[f] += share * z;
        }
        weights[pending++] = weight;
        if (pending == 4) {
            addFour();
        }
    }

    /** Four rank-one updates in one pass, so that N is loaded and stored once for the four. */
    private void addFour() {
        for (int i = 0; i < d; i++) {
            float a0 = weights[0] * features[i];
            float a1 = weights[1] * features[d + i];
            float a2 = weights[2] * features[2 * d + i];
            float a3 = weights[3] * features[3 * d + i];
            int row = i * d;
            for (int j = i; j < d; j++) {
                matrix[row + j] +=
                        a0 * features[j] + a1 * features[d + j] + a2 * features[2 * d + j] + a3 * features[3 * d + j];
            }
        }
        pending = 0;
    }

    private void addPending() {
        for (int p = 0; p < pending; p++) {
            int at = p * d;
            for (int i = 0; i < d; i++) {
                float a = weights[p] * features[at + i];
                int row = i * d;
                for (int j = i; j < d; j++) {
                    matrix[row + j] += a * features[at + j];
                }
            }
        }
        pending = 0;
    }

    /** Adds N and b to double sums; for systems that several threads build together. */
    void addTo(double[] matrixSum, double[] rightSum) {
        addPending();
        for (int i = 0; i < matrix.length; i++) {
            matrixSum[i] += matrix[i];
        }
        for (int f = 0; f < d; f++) {
            rightSum[f] += right[f];
        }
    }

    /** Takes N and b from double sums. */
    void load(double[] matrixSum, double[] rightSum) {
        pending = 0;
        for (int i = 0; i < matrix.length; i++) {
            matrix[i] = (float) matrixSum[i];
        }
        for (int f = 0; f < d; f++) {
            right[f] = (float) rightSum[f];
        }
    }

    /**
     * Solves (N + penalty·diag N + ridge·I) x = b and leaves N and b destroyed.
     *
     * <p>Where a shop is so small that N has no full rank, float rounding can take a pivot to nothing; that
     * coordinate is then held at zero, which keeps the solution finite.
     */
    void solve(float penalty, float ridge, float[] x, int xAt) {
        addPending();
        factorize(penalty, ridge);
        for (int i = 0; i < d; i++) {
            int row = i * d;
            float y = right[i] * matrix[row + i];
            right[i] = y;
            for (int j = i + 1; j < d; j++) {
                right[j] -= y * matrix[row + j];
            }
        }
        for (int i = d - 1; i >= 0; i--) {
            int row = i * d;
            float sum = right[i];
            for (int j = i + 1; j < d; j++) {
                sum -= matrix[row + j] * right[j];
            }
            right[i] = sum * matrix[row + i];
        }
        System.arraycopy(right, 0, x, xAt, d);
    }

    /** N = UᵀU in place; the diagonal then holds 1/U_ii, or 0 for a lost pivot. */
    private void factorize(float penalty, float ridge) {
        for (int i = 0; i < d; i++) {
            matrix[i * d + i] += penalty * matrix[i * d + i] + ridge;
            diagonal[i] = matrix[i * d + i];
        }
        for (int k = 0; k < d; k++) {
            int pivotRow = k * d;
            float pivot = matrix[pivotRow + k];
            float inverse = pivot > LOST_PIVOT * diagonal[k] ? (float) (1 / Math.sqrt(pivot)) : 0;
            matrix[pivotRow + k] = inverse;
            for (int j = k + 1; j < d; j++) {
                matrix[pivotRow + j] *= inverse;
            }
            for (int i = k + 1; i < d; i++) {
                float a = matrix[pivotRow + i];
                int row = i * d;
                for (int j = i; j < d; j++) {
                    matrix[row + j] -= a * matrix[pivotRow + j];
                }
            }
        }
    }
}
