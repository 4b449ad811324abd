package io.wholecart.ehcf;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** Products of matrices on the Vector API, in tiles that stay in registers. */
final class VectorTiles {

    private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;
    private static final int L = S.length();

    private VectorTiles() {}

    private static FloatVector load(float[] from, int at) {
        return FloatVector.fromArray(S, from, at);
    }

    /** In tiles of four rows by two vectors that stay in registers over all outer products. */
    static void addOuterProducts(float[] a, float[] b, int first, int rows, float[] to, int d) {
        int whole = d / L * L;
        int i = 0;
        for (; i <= d - 4; i += 4) {
            int j = i / L * L;
            for (; j <= whole - 2 * L; j += 2 * L) {
                addWideTile(a, b, first, rows, to, d, i, j);
            }
            for (; j < whole; j += L) {
                addTile(a, b, first, rows, to, d, i, j);
            }
        }
        for (; i < d; i++) {
            for (int j = i / L * L; j < whole; j += L) {
                FloatVector sums = load(to, i * d + j);
                for (int r = 0, at = first; r < rows; r++, at += d) {
                    sums = load(b, at + j).fma(FloatVector.broadcast(S, a[at + i]), sums);
                }
                sums.intoArray(to, i * d + j);
            }
        }
        for (int r = 0, at = first; whole < d && r < rows; r++, at += d) {
            for (int row = 0; row < d; row++) {
                for (int j = Math.max(row, whole); j < d; j++) {
                    to[row * d + j] += a[at + row] * b[at + j];
                }
            }
        }
    }

    private static void addWideTile(float[] a, float[] b, int first, int rows, float[] to, int d, int i, int j) {
        FloatVector c00 = FloatVector.zero(S);
        FloatVector c01 = FloatVector.zero(S);
        FloatVector c10 = FloatVector.zero(S);
        FloatVector c11 = FloatVector.zero(S);
        FloatVector c20 = FloatVector.zero(S);
        FloatVector c21 = FloatVector.zero(S);
        FloatVector c30 = FloatVector.zero(S);
        FloatVector c31 = FloatVector.zero(S);
        for (int r = 0, at = first; r < rows; r++, at += d) {
            FloatVector b0 = load(b, at + j);
            FloatVector b1 = load(b, at + j + L);
            FloatVector scale = FloatVector.broadcast(S, a[at + i]);
            c00 = b0.fma(scale, c00);
            c01 = b1.fma(scale, c01);
            scale = FloatVector.broadcast(S, a[at + i + 1]);
            c10 = b0.fma(scale, c10);
            c11 = b1.fma(scale, c11);
            scale = FloatVector.broadcast(S, a[at + i + 2]);
            c20 = b0.fma(scale, c20);
            c21 = b1.fma(scale, c21);
            scale = FloatVector.broadcast(S, a[at + i + 3]);
            c30 = b0.fma(scale, c30);
            c31 = b1.fma(scale, c31);
        }
        int at = i * d + j;
        add(c00, to, at);
        add(c01, to, at + L);
        add(c10, to, at + d);
        add(c11, to, at + d + L);
        add(c20, to, at + 2 * d);
        add(c21, to, at + 2 * d + L);
        add(c30, to, at + 3 * d);
        add(c31, to, at + 3 * d + L);
    }

    private static void addTile(float[] a, float[] b, int first, int rows, float[] to, int d, int i, int j) {
        FloatVector c0 = FloatVector.zero(S);
        FloatVector c1 = FloatVector.zero(S);
        FloatVector c2 = FloatVector.zero(S);
        FloatVector c3 = FloatVector.zero(S);
        for (int r = 0, at = first; r < rows; r++, at += d) {
            FloatVector values = load(b, at + j);
            c0 = values.fma(FloatVector.broadcast(S, a[at + i]), c0);
            c1 = values.fma(FloatVector.broadcast(S, a[at + i + 1]), c1);
            c2 = values.fma(FloatVector.broadcast(S, a[at + i + 2]), c2);
            c3 = values.fma(FloatVector.broadcast(S, a[at + i + 3]), c3);
        }
        int at = i * d + j;
        add(c0, to, at);
        add(c1, to, at + d);
        add(c2, to, at + 2 * d);
        add(c3, to, at + 3 * d);
    }

    private static void add(FloatVector values, float[] to, int at) {
        load(to, at).add(values).intoArray(to, at);
    }

    /** In tiles of four rows by four vectors that stay in registers over a pass through the matrix. */
    static void rowsTimes(float[] x, int at, int rows, float[] matrix, float[] to, int d) {
        int r = 0;
        for (; r <= rows - 4; r += 4) {
            int f = 0;
            for (; f <= d - 4 * L; f += 4 * L) {
                wideTile(x, at + r * d, matrix, to, r * d, d, f);
            }
            for (; f <= d - L; f += L) {
                tile(x, at + r * d, matrix, to, r * d, d, f);
            }
            for (; f < d; f++) {
                for (int row = r * d; row < (r + 4) * d; row += d) {
                    to[row + f] = VectorKernels.product(x, at + row, matrix, f * d, d);
                }
            }
        }
        for (; r < rows; r++) {
            for (int f = 0; f < d; f++) {
                to[r * d + f] = VectorKernels.product(x, at + r * d, matrix, f * d, d);
            }
        }
    }

    private static void wideTile(float[] x, int at, float[] matrix, float[] to, int toAt, int d, int f) {
        FloatVector c00 = FloatVector.zero(S);
        FloatVector c01 = FloatVector.zero(S);
        FloatVector c02 = FloatVector.zero(S);
        FloatVector c03 = FloatVector.zero(S);
        FloatVector c10 = FloatVector.zero(S);
        FloatVector c11 = FloatVector.zero(S);
        FloatVector c12 = FloatVector.zero(S);
        FloatVector c13 = FloatVector.zero(S);
        FloatVector c20 = FloatVector.zero(S);
        FloatVector c21 = FloatVector.zero(S);
        FloatVector c22 = FloatVector.zero(S);
        FloatVector c23 = FloatVector.zero(S);
        FloatVector c30 = FloatVector.zero(S);
        FloatVector c31 = FloatVector.zero(S);
        FloatVector c32 = FloatVector.zero(S);
        FloatVector c33 = FloatVector.zero(S);
        for (int j = 0, m = f; j < d; j++, m += d) {
            FloatVector m0 = load(matrix, m);
            FloatVector m1 = load(matrix, m + L);
            FloatVector m2 = load(matrix, m + 2 * L);
            FloatVector m3 = load(matrix, m + 3 * L);
            FloatVector scale = FloatVector.broadcast(S, x[at + j]);
            c00 = m0.fma(scale, c00);
            c01 = m1.fma(scale, c01);
            c02 = m2.fma(scale, c02);
            c03 = m3.fma(scale, c03);
            scale = FloatVector.broadcast(S, x[at + d + j]);
            c10 = m0.fma(scale, c10);
            c11 = m1.fma(scale, c11);
            c12 = m2.fma(scale, c12);
            c13 = m3.fma(scale, c13);
            scale = FloatVector.broadcast(S, x[at + 2 * d + j]);
            c20 = m0.fma(scale, c20);
            c21 = m1.fma(scale, c21);
            c22 = m2.fma(scale, c22);
            c23 = m3.fma(scale, c23);
            scale = FloatVector.broadcast(S, x[at + 3 * d + j]);
            c30 = m0.fma(scale, c30);
            c31 = m1.fma(scale, c31);
            c32 = m2.fma(scale, c32);
            c33 = m3.fma(scale, c33);
        }
        int row = toAt + f;
        store(c00, c01, c02, c03, to, row);
        store(c10, c11, c12, c13, to, row + d);
        store(c20, c21, c22, c23, to, row + 2 * d);
        store(c30, c31, c32, c33, to, row + 3 * d);
    }

    private static void store(FloatVector a, FloatVector b, FloatVector c, FloatVector e, float[] to, int at) {
        a.intoArray(to, at);
        b.intoArray(to, at + L);
        c.intoArray(to, at + 2 * L);
        e.intoArray(to, at + 3 * L);
    }

    private static void tile(float[] x, int at, float[] matrix, float[] to, int toAt, int d, int f) {
        FloatVector c0 = FloatVector.zero(S);
        FloatVector c1 = FloatVector.zero(S);
        FloatVector c2 = FloatVector.zero(S);
        FloatVector c3 = FloatVector.zero(S);
        for (int j = 0, m = f; j < d; j++, m += d) {
            FloatVector values = load(matrix, m);
            c0 = values.fma(FloatVector.broadcast(S, x[at + j]), c0);
            c1 = values.fma(FloatVector.broadcast(S, x[at + d + j]), c1);
            c2 = values.fma(FloatVector.broadcast(S, x[at + 2 * d + j]), c2);
            c3 = values.fma(FloatVector.broadcast(S, x[at + 3 * d + j]), c3);
        }
        c0.intoArray(to, toAt + f);
        c1.intoArray(to, toAt + d + f);
        c2.intoArray(to, toAt + 2 * d + f);
        c3.intoArray(to, toAt + 3 * d + f);
    }
}
