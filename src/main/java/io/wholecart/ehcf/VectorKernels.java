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
 * lane; four sums share their first shuffles, and leave by memory, since taking out several lanes is slow there, too.
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
    VectorKernels() {
        if (L < 4 || L > PANEL) {
            throw new IllegalStateException("vectors of " + L + " floats");
        }
    }

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
        return product(a, aAt, b, bAt, d);
    }

    /** aᵀb. */
    static float product(float[] a, int aAt, float[] b, int bAt, int d) {
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
    public void multiplyRows(
            float[] a, int aAt, float[] rows, int[] columns, int from, int count, float[] to, int toAt, int d) {
        for (int i = 0; i < count; i++) {
            multiply(a, aAt, rows, columns[from + i] * d, to, toAt + i * d, d);
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
            to[f] = scale * product(matrix, f * d, x, 0, d);
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

    @Override
    public void addOuterProducts(float[] a, float[] b, int first, int rows, float[] to, int d) {
        VectorTiles.addOuterProducts(a, b, first, rows, to, d);
    }

    @Override
    public void rowsTimes(float[] x, int at, int rows, float[] matrix, float[] to, int d) {
        VectorTiles.rowsTimes(x, at, rows, matrix, to, d);
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
        VectorScores.scores(panel, panelAt, queries, scores, d);
    }

    @Override
    public void scan(float[] panels, int from, int to, float[] query, float[] scores, int d) {
        VectorScores.scan(panels, from, to, query, scores, d);
    }

    @Override
    public int reach(
            byte[] panels, int from, int to, short[] query, short threshold, short[] sums, int[] found, int d) {
        return VectorScores.reach(panels, from, to, query, threshold, sums, found, d);
    }

    @Override
    public void countHigher(float[] panels, int from, int to, float[] queries, float[] than, int[] counts, int d) {
        VectorScores.countHigher(panels, from, to, queries, than, counts, d);
    }
}
