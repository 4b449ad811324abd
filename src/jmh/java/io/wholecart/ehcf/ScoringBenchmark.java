package io.wholecart.ehcf;

import java.util.Random;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/** Ranks one item each of some users among all: 2 · users · items · d operations. */
public class ScoringBenchmark extends TwoThreads {

    private static final int D = 64;

    @Param({"39493", "200000"})
    private int items;

    private final int[] users = IntStream.range(0, ItemScores.USERS).toArray();
    private ItemScores.Ranking ranking;

    @Setup
    public void draw() {
        Random random = new Random(1);
        float[] p = new float[users.length * D];
        float[] q = new float[items * D];
        float[][] heads = new float[1][D];
        for (float[] factors : new float[][] {p, q, heads[0]}) {
            for (int i = 0; i < factors.length; i++) {
                factors[i] = (float) random.nextGaussian();
            }
        }
        ranking = new ItemScores(new EhcfModel(D, p, q, heads), 0).new Ranking();
    }

    /** One thread. */
    @Benchmark
    public int rank() {
        ranking.rank(users, 0, users.length, user -> user);
        return ranking.higher(0);
    }
}
