package io.wholecart.ehcf;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * The same on the Vector API. What does not fill a vector at the end is done one float after the other.
 *
 * <p>Sums across the lanes of a vector are made by shuffles and not by {@code reduceLanes}, which JDK 17 does lane after
 * lane; four sums share their first shuffles, and leave by memory, since taking out a lane is slow there, too.
 */
final class VectorKernels implements Kernels {

    private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;
    private static final int L = S.length();
    private static final VectorShuffle<Float> BY_HALF = swap(L / 2);
    private static final VectorShuffle<Float> BY_QUARTER = swap(L / 4);
    private static final VectorShuffle<Float> BY_TWO = swap(2);
    private static final VectorShuffle<Float> BY_ONE = swap(1);
    private static final VectorMask<Float> UPPER_HALVES = lanes(L / 2);
    private static final VectorMask<Float> UPPER_QUARTERS = lanes(L / 4);

    /** For the factory, which knows the class by name alone. */
    VectorKernels() {}

    /** Exchanges neighboring groups of so many lanes. */
    private static VectorShuffle<Float> swap(int lanes) {
        return VectorShuffle.fromOp(S, lane -> lane ^ lanes);
    }

    private static VectorMask<Float> lanes(int bit) {
        boolean[] set = new boolean[L];
        for (int lane = 0; lane < L; lane++) {
            set[lane] = (lane & bit) != 0;
        }
        return VectorMask.fromArray(S, set, 0);
    }

    private static FloatVector load(float[] from, int at) {
        return FloatVector.fromArray(S, from, at);
    }

    @Override
    public float dot(float[] a, int aAt, float[] b, int bAt, int d) {
        FloatVector sums = FloatVector.zero(S);
        int f = 0;
        for (; f <= d - L; f += L) {
            sums = load(a, aAt + f).fma(load(b, bAt + f), sums);
        }
        float sum = 0;
        if (f > 0) {
            sums = sums.add(sums.rearrange(BY_HALF));
            sums = sums.add(sums.rearrange(BY_QUARTER));
            if (L > 8) {
                sums = sums.add(sums.rearrange(BY_TWO));
            }
            if (L > 4) {
                sums = sums.add(sums.rearrange(BY_ONE));
            }
            sum = sums.lane(0);
        }
        for (; f < d; f++) {
            sum += a[aAt + f] * b[bAt + f];
        }
        return sum;
    }

    @Override
    public void multiply(float[] a, int aAt, float[] b, int bAt, float[] to, int toAt, int d) {
        int f = 0;
        for (; f <= d - L; f += L) {
            load(a, aAt + f).mul(load(b, bAt + f)).intoArray(to, toAt + f);
        }
        for (; f < d; f++) {
            to[toAt + f] = a[aAt + f] * b[bAt + f];
        }
    }

    @Override
    public void addProduct(float[] a, float[] b, float[] to, int d) {
        int f = 0;
        for (; f <= d - L; f += L) {
            load(a, f).fma(load(b, f), load(to, f)).intoArray(to, f);
        }
        for (; f < d; f++) {
            to[f] += a[f] * b[f];
        }
    }

    @Override
    public void addScaled(float scale, float[] x, int xAt, float[] to, int d) {
        FloatVector scales = FloatVector.broadcast(S, scale);
        int f = 0;
        for (; f <= d - L; f += L) {
            load(x, xAt + f).fma(scales, load(to, f)).intoArray(to, f);
        }
        for (; f < d; f++) {
            to[f] += scale * x[xAt + f];
        }
    }

    @Override
    public void addSquares(float scale, float[] x, int xAt, float[] to, int d) {
        FloatVector scales = FloatVector.broadcast(S, scale);
        int f = 0;
        for (; f <= d - L; f += L) {
            FloatVector values = load(x, xAt + f);
            values.mul(values).fma(scales, load(to, f)).intoArray(to, f);
        }
        for (; f < d; f++) {
            to[f] += scale * x[xAt + f] * x[xAt + f];
        }
    }

    @Override
    public void scaleAndAdd(float scale, float[] to, float[] x, int d) {
        FloatVector scales = FloatVector.broadcast(S, scale);
        int f = 0;
        for (; f <= d - L; f += L) {
            load(to, f).fma(scales, load(x, f)).intoArray(to, f);
        }
        for (; f < d; f++) {
            to[f] = x[f] + scale * to[f];
        }
    }

    /** Four vectors of the result at once, each from even and odd columns: eight sums that do not wait for each other. */
    @Override
    public void symmetricTimes(float[] matrix, float scale, float[] x, float[] to, int d) {
        int f = 0;
        for (; f <= d - 4 * L; f += 4 * L) {
            FloatVector a0 = FloatVector.zero(S);
            FloatVector a1 = FloatVector.zero(S);
            FloatVector a2 = FloatVector.zero(S);
            FloatVector a3 = FloatVector.zero(S);
            FloatVector b0 = FloatVector.zero(S);
            FloatVector b1 = FloatVector.zero(S);
            FloatVector b2 = FloatVector.zero(S);
            FloatVector b3 = FloatVector.zero(S);
            int j = 0;
            for (int at = f; j <= d - 2; j += 2, at += 2 * d) {
                FloatVector even = FloatVector.broadcast(S, x[j]);
                a0 = load(matrix, at).fma(even, a0);
                a1 = load(matrix, at + L).fma(even, a1);
                a2 = load(matrix, at + 2 * L).fma(even, a2);
                a3 = load(matrix, at + 3 * L).fma(even, a3);
                FloatVector odd = FloatVector.broadcast(S, x[j + 1]);
                b0 = load(matrix, at + d).fma(odd, b0);
                b1 = load(matrix, at + d + L).fma(odd, b1);
                b2 = load(matrix, at + d + 2 * L).fma(odd, b2);
                b3 = load(matrix, at + d + 3 * L).fma(odd, b3);
            }
            a0.add(b0).mul(scale).intoArray(to, f);
            a1.add(b1).mul(scale).intoArray(to, f + L);
            a2.add(b2).mul(scale).intoArray(to, f + 2 * L);
            a3.add(b3).mul(scale).intoArray(to, f + 3 * L);
            for (; j < d; j++) {
                for (int g = f; g < f + 4 * L; g++) {
                    to[g] += scale * x[j] * matrix[j * d + g];
                }
            }
        }
        for (; f <= d - L; f += L) {
            FloatVector sums = FloatVector.zero(S);
            for (int j = 0; j < d; j++) {
                sums = load(matrix, j * d + f).fma(FloatVector.broadcast(S, x[j]), sums);
            }
            sums.mul(scale).intoArray(to, f);
        }
        for (; f < d; f++) {
            to[f] = scale * dot(matrix, f * d, x, 0, d);
        }
    }

    @Override
    public void addProjections(float[] z, int rows, float[] weights, float[] x, float[] to, float[] scratch, int d) {
        for (int r = 0; r < rows; r += 4) {
            multiplyFour(z, r * d, x, scratch, d);
            float s0 = weights[r] * scratch[0];
            float s1 = weights[r + 1] * scratch[L / 2];
            float s2 = weights[r + 2] * scratch[L / 4];
            float s3 = weights[r + 3] * scratch[L / 2 + L / 4];
            addFour(z, r * d, s0, s1, s2, s3, to, d);
        }
    }

    /** The products of four vectors with x, into the first places of a vector's first, third, second and last quarter. */
    private static void multiplyFour(float[] z, int at, float[] x, float[] products, int d) {
        FloatVector a = FloatVector.zero(S);
        FloatVector b = FloatVector.zero(S);
        FloatVector c = FloatVector.zero(S);
        FloatVector e = FloatVector.zero(S);
        int f = 0;
        for (; f <= d - L; f += L) {
            FloatVector values = load(x, f);
            a = load(z, at + f).fma(values, a);
            b = load(z, at + d + f).fma(values, b);
            c = load(z, at + 2 * d + f).fma(values, c);
            e = load(z, at + 3 * d + f).fma(values, e);
        }
        FloatVector ab = a.blend(b.rearrange(BY_HALF), UPPER_HALVES)
                .add(a.rearrange(BY_HALF).blend(b, UPPER_HALVES));
        FloatVector ce = c.blend(e.rearrange(BY_HALF), UPPER_HALVES)
                .add(c.rearrange(BY_HALF).blend(e, UPPER_HALVES));
        FloatVector sums = ab.blend(ce.rearrange(BY_QUARTER), UPPER_QUARTERS)
                .add(ab.rearrange(BY_QUARTER).blend(ce, UPPER_QUARTERS));
        if (L > 8) {
            sums = sums.add(sums.rearrange(BY_TWO));
        }
        if (L > 4) {
            sums = sums.add(sums.rearrange(BY_ONE));
        }
        sums.intoArray(products, 0);
        for (; f < d; f++) {
            products[0] += z[at + f] * x[f];
            products[L / 2] += z[at + d + f] * x[f];
            products[L / 4] += z[at + 2 * d + f] * x[f];
            products[L / 2 + L / 4] += z[at + 3 * d + f] * x[f];
        }
    }

    private static void addFour(float[] z, int at, float s0, float s1, float s2, float s3, float[] to, int d) {
        FloatVector w0 = FloatVector.broadcast(S, s0);
        FloatVector w1 = FloatVector.broadcast(S, s1);
        FloatVector w2 = FloatVector.broadcast(S, s2);
        FloatVector w3 = FloatVector.broadcast(S, s3);
        int f = 0;
        for (; f <= d - L; f += L) {
            FloatVector result = load(z, at + f).fma(w0, load(to, f));
            result = load(z, at + d + f).fma(w1, result);
            result = load(z, at + 2 * d + f).fma(w2, result);
            load(z, at + 3 * d + f).fma(w3, result).intoArray(to, f);
        }
        for (; f < d; f++) {
            to[f] += s0 * z[at + f] + s1 * z[at + d + f] + s2 * z[at + 2 * d + f] + s3 * z[at + 3 * d + f];
        }
    }

    /** In tiles of four rows by two vectors that stay in registers over all outer products. */
    @Override
    public void addOuterProducts(float[] a, float[] b, int first, int rows, float[] to, int d) {
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
    @Override
    public void rowsTimes(float[] x, int at, int rows, float[] matrix, float[] to, int d) {
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
                    to[row + f] = dot(x, at + row, matrix, f * d, d);
                }
            }
        }
        for (; r < rows; r++) {
            for (int f = 0; f < d; f++) {
                to[r * d + f] = dot(x, at + r * d, matrix, f * d, d);
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

    @Override
    public void adagrad(float[] x, float[] squares, int at, float[] gradient, float rate, int count) {
        int i = 0;
        for (; i <= count - L; i += L) {
            FloatVector slopes = load(gradient, i);
            FloatVector sums = slopes.fma(slopes, load(squares, at + i));
            sums.intoArray(squares, at + i);
            load(x, at + i)
                    .sub(slopes.mul(rate).div(sums.lanewise(VectorOperators.SQRT)))
                    .intoArray(x, at + i);
        }
        for (; i < count; i++) {
            squares[at + i] += gradient[i] * gradient[i];
            x[at + i] -= rate * gradient[i] / (float) Math.sqrt(squares[at + i]);
        }
    }

    @Override
    public void scores(float[] panel, int panelAt, float[] queries, float[] scores, int d) {
        for (int q = 0; q < QUERIES; q++) {
            for (int v = 0; v < PANEL; v += L) {
                FloatVector sums = FloatVector.zero(S);
                for (int f = 0; f < d; f++) {
                    sums = load(panel, panelAt + f * PANEL + v).fma(FloatVector.broadcast(S, queries[q * d + f]), sums);
                }
                sums.intoArray(scores, q * PANEL + v);
            }
        }
    }

    @Override
    public void countHigher(float[] panels, int from, int to, float[] queries, float[] than, int[] counts, int d) {
        for (int p = from; p < to; p++) {
            for (int v = 0; v < PANEL; v += L) {
                countHigher(panels, p * PANEL * d + v, queries, than, counts, d);
            }
        }
    }

    /** Eight sums that do not wait for each other, in one vector of items. */
    private static void countHigher(float[] panel, int panelAt, float[] queries, float[] than, int[] counts, int d) {
        FloatVector s0 = FloatVector.zero(S);
        FloatVector s1 = FloatVector.zero(S);
        FloatVector s2 = FloatVector.zero(S);
        FloatVector s3 = FloatVector.zero(S);
        FloatVector s4 = FloatVector.zero(S);
        FloatVector s5 = FloatVector.zero(S);
        FloatVector s6 = FloatVector.zero(S);
        FloatVector s7 = FloatVector.zero(S);
        for (int f = 0; f < d; f++) {
            FloatVector items = load(panel, panelAt + f * PANEL);
            s0 = items.fma(FloatVector.broadcast(S, queries[f]), s0);
            s1 = items.fma(FloatVector.broadcast(S, queries[d + f]), s1);
            s2 = items.fma(FloatVector.broadcast(S, queries[2 * d + f]), s2);
            s3 = items.fma(FloatVector.broadcast(S, queries[3 * d + f]), s3);
            s4 = items.fma(FloatVector.broadcast(S, queries[4 * d + f]), s4);
            s5 = items.fma(FloatVector.broadcast(S, queries[5 * d + f]), s5);
            s6 = items.fma(FloatVector.broadcast(S, queries[6 * d + f]), s6);
            s7 = items.fma(FloatVector.broadcast(S, queries[7 * d + f]), s7);
        }
        counts[0] += s0.compare(VectorOperators.GT, than[0]).trueCount();
        counts[1] += s1.compare(VectorOperators.GT, than[1]).trueCount();
        counts[2] += s2.compare(VectorOperators.GT, than[2]).trueCount();
        counts[3] += s3.compare(VectorOperators.GT, than[3]).trueCount();
        counts[4] += s4.compare(VectorOperators.GT, than[4]).trueCount();
        counts[5] += s5.compare(VectorOperators.GT, than[5]).trueCount();
        counts[6] += s6.compare(VectorOperators.GT, than[6]).trueCount();
        counts[7] += s7.compare(VectorOperators.GT, than[7]).trueCount();
    }
}
