package io.wholecart.ehcf;

import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** Ranks one item each of some users among all: 2 · users · items · d operations. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 5, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
public class ScoringBenchmark {

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

    @TearDown
    public void stop() {
        ranking = null;
    }

    /** One thread. */
    @Benchmark
    public int rank() {
        ranking.rank(users, 0, users.length, user -> user);
        return ranking.higher(0);
    }
}
