package io.wholecart.ehcf;

/** Solves one symmetric positive definite system. */
final class Cholesky {

    /** A pivot this small beside its diagonal is rounding, not data. */
    private static final double LOST_PIVOT = 1e-10;

    private Cholesky() {}

    /**
     * Solves N x = b.
     *
     * <p>Where a shop is so small that N has no full rank, rounding can take a pivot to nothing; that coordinate is then
     * held at zero, which keeps the solution finite.
     *
     * @param matrix N, d × d; its half with j ≥ i is read and destroyed
     * @param x b, ends as the solution
     */
    static void solve(double[] matrix, double[] x) {
        int d = x.length;
        factorize(matrix, d);
        for (int i = 0; i < d; i++) {
            x[i] *= matrix[i * d + i];
            for (int j = i + 1; j < d; j++) {
                x[j] -= x[i] * matrix[i * d + j];
            }
        }
        for (int i = d - 1; i >= 0; i--) {
            for (int j = i + 1; j < d; j++) {
                x[i] -= matrix[i * d + j] * x[j];
            }
            x[i] *= matrix[i * d + i];
        }
    }

    /** N = UᵀU in place; the diagonal then holds 1/U_ii, or 0 for a lost pivot. */
    private static void factorize(double[] matrix, int d) {
        double[] diagonal = new double[d];
        for (int i = 0; i < d; i++) {
            diagonal[i] = matrix[i * d + i];
        }
        for (int k = 0; k < d; k++) {
            double pivot = matrix[k * d + k];
            double inverse = pivot > LOST_PIVOT * diagonal[k] ? 1 / Math.sqrt(pivot) : 0;
            matrix[k * d + k] = inverse;
            for (int j = k + 1; j < d; j++) {
                matrix[k * d + j] *= inverse;
            }
            for (int i = k + 1; i < d; i++) {
                double scale = matrix[k * d + i];
                for (int j = i; j < d; j++) {
                    matrix[i * d + j] -= scale * matrix[k * d + j];
                }
            }
        }
    }
}
