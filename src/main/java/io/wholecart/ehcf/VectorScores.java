package io.wholecart.ehcf;

import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/** Scores of items in panels on the Vector API. */
final class VectorScores {

    private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;
    private static final int L = S.length();
    /** As many bytes as a vector has floats; the shortest there is has eight. */
    private static final VectorSpecies<Byte> B =
            VectorSpecies.of(byte.class, VectorShape.forBitSize(Math.max(L, 8) * Byte.SIZE));

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

    static void scan(byte[] panels, int from, int to, float[] query, float[] scores, int d) {
        if (L < 8) {
            // There are no vectors of so few bytes.
            new PlainKernels().scan(panels, from, to, query, scores, d);
            return;
        }
        for (int p = from; p < to; p++) {
            for (int v = 0; v < Kernels.PANEL; v += L) {
                scan(panels, p * Kernels.PANEL * d + v, query, scores, (p - from) * Kernels.PANEL + v, d);
            }
        }
    }

    private static void scan(byte[] panels, int at, float[] query, float[] scores, int out, int d) {
        FloatVector s0 = FloatVector.zero(S);
        FloatVector s1 = FloatVector.zero(S);
        int f = 0;
        for (; f <= d - 2; f += 2) {
            int here = at + f * Kernels.PANEL;
            s0 = floats(panels, here).fma(FloatVector.broadcast(S, query[f]), s0);
            s1 = floats(panels, here + Kernels.PANEL).fma(FloatVector.broadcast(S, query[f + 1]), s1);
        }
        if (f < d) {
            s0 = floats(panels, at + f * Kernels.PANEL).fma(FloatVector.broadcast(S, query[f]), s0);
        }
        s0.add(s1).intoArray(scores, out);
    }

    private static FloatVector floats(byte[] bytes, int at) {
        return (FloatVector) ByteVector.fromArray(B, bytes, at).convertShape(VectorOperators.B2F, S, 0);
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
