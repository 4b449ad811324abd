package io.wholecart.ehcf;

import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/** Scores of items in panels on the Vector API. */
final class VectorScores {

    private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;
    private static final int L = S.length();
    private static final VectorSpecies<Short> S16 = ShortVector.SPECIES_PREFERRED;
    private static final int LS = S16.length();
    /** As many bytes as a vector has shorts. */
    private static final VectorSpecies<Byte> B = VectorSpecies.of(byte.class, VectorShape.forBitSize(LS * Byte.SIZE));

    private VectorScores() {}

    private static FloatVector load(float[] from, int at) {
        return FloatVector.fromArray(S, from, at);
    }

    static void scores(float[] panel, int panelAt, float[] queries, float[] scores, int d) {
        for (int q = 0; q < Kernels.QUERIES; q++) {
            for (int v = 0; v < Kernels.PANEL; v += L) {
                FloatVector sums = FloatVector.zero(S);
                for (int f = 0; f < d; f++) {
                    sums = load(panel, panelAt + f * Kernels.PANEL + v)
                            .fma(FloatVector.broadcast(S, queries[q * d + f]), sums);
                }
                sums.intoArray(scores, q * Kernels.PANEL + v);
            }
        }
    }

    static void scan(float[] panels, int from, int to, float[] query, float[] scores, int d) {
        for (int p = from; p < to; p++) {
            for (int v = 0; v < Kernels.PANEL; v += L) {
                scan(panels, p * Kernels.PANEL * d + v, query, scores, (p - from) * Kernels.PANEL + v, d);
            }
        }
    }

    /** Memory in its order, and sums that do not wait for each other. */
    private static void scan(float[] panels, int at, float[] query, float[] scores, int out, int d) {
        FloatVector s0 = FloatVector.zero(S);
        FloatVector s1 = FloatVector.zero(S);
        int f = 0;
        for (; f <= d - 2; f += 2) {
            int here = at + f * Kernels.PANEL;
            s0 = load(panels, here).fma(FloatVector.broadcast(S, query[f]), s0);
            s1 = load(panels, here + Kernels.PANEL).fma(FloatVector.broadcast(S, query[f + 1]), s1);
        }
        if (f < d) {
            s0 = load(panels, at + f * Kernels.PANEL).fma(FloatVector.broadcast(S, query[f]), s0);
        }
        s0.add(s1).intoArray(scores, out);
    }

    static int reach(
            byte[] panels, int from, int to, short[] query, short threshold, short[] sums, int[] found, int d) {
        int count = 0;
        for (int p = from; p < to; p++) {
            boolean any = false;
            for (int v = 0; v < Kernels.BYTE_PANEL; v += 4 * LS) {
                any |= reach(panels, p * Kernels.BYTE_PANEL * d + v, query, threshold, sums, v, d);
            }
            if (any) {
                count = Kernels.collect(sums, threshold, (p - from) * Kernels.BYTE_PANEL, found, count);
            }
        }
        return count;
    }

    /** Four sums for each factor that is spread over a vector. */
    private static boolean reach(byte[] panels, int at, short[] query, short threshold, short[] sums, int out, int d) {
        ShortVector s0 = ShortVector.zero(S16);
        ShortVector s1 = ShortVector.zero(S16);
        ShortVector s2 = ShortVector.zero(S16);
        ShortVector s3 = ShortVector.zero(S16);
        for (int f = 0; f < d; f++) {
            int here = at + f * Kernels.BYTE_PANEL;
            ShortVector factor = ShortVector.broadcast(S16, query[f]);
            s0 = shorts(panels, here).mul(factor).add(s0);
            s1 = shorts(panels, here + LS).mul(factor).add(s1);
            s2 = shorts(panels, here + 2 * LS).mul(factor).add(s2);
            s3 = shorts(panels, here + 3 * LS).mul(factor).add(s3);
        }
        s0.intoArray(sums, out);
        s1.intoArray(sums, out + LS);
        s2.intoArray(sums, out + 2 * LS);
        s3.intoArray(sums, out + 3 * LS);
        return s0.max(s1).max(s2.max(s3)).compare(VectorOperators.GE, threshold).anyTrue();
    }

    private static ShortVector shorts(byte[] bytes, int at) {
        return (ShortVector) ByteVector.fromArray(B, bytes, at).convertShape(VectorOperators.B2S, S16, 0);
    }

    static void countHigher(float[] panels, int from, int to, float[] queries, float[] than, int[] counts, int d) {
        for (int p = from; p < to; p++) {
            for (int v = 0; v < Kernels.PANEL; v += L) {
                countHigher(panels, p * Kernels.PANEL * d + v, queries, than, counts, d);
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
            FloatVector items = load(panel, panelAt + f * Kernels.PANEL);
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
