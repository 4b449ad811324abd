package io.wholecart.ehcf;

import io.wholecart.interaction.Interactions;
import io.wholecart.interaction.SparseMatrix;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/**
 * Loss and gradients of a batch of 512 users, one behavior: over the whole batch × items matrix (equation 5) and
 * rearranged (equations 6, 8), for a growing catalog.
 */
public class LossBenchmark extends TwoThreads {

    private static final int BATCH = 512;
    private static final int D = 64;
    private static final int POSITIVES = 8;
    private static final float NEGATIVE = 0.01f;

    @Param({"5000", "10000", "20000", "39493"})
    private int items;

    private Interactions data;
    private FusedEngine engine;
    private BatchGradient gradient;
    private int[] users;
    private double[] x;
    private double[][] heads;
    private INDArray userFactors;
    private INDArray itemFactors;
    private INDArray scores;
    private float[] errors;
    private INDArray byUsers;
    private INDArray byItems;

    @Setup
    public void draw() {
        Random random = new Random(1);
        data = Interactions.of(List.of("purchase"), List.of(positives(random)));
        float[] q = new float[data.items() * D];
        for (int i = 0; i < q.length; i++) {
            q[i] = 0.1f * (float) random.nextGaussian();
        }
        users = IntStream.range(0, data.users()).toArray();
        x = random.doubles((long) users.length * D, -0.1, 0.1).toArray();
        heads = new double[][] {random.doubles(D, 0.5, 1).toArray()};
        engine = new FusedEngine(q.clone(), D, NegativeWeights.of(data, 0), false, Kernels.best(), workers);
        gradient = new BatchGradient(data, Settings.of(1, D, 1, 0, 1), NegativeWeights.of(data, 0), engine, workers);
        float[] queries = new float[x.length];
        for (int i = 0; i < x.length; i++) {
            queries[i] = (float) (x[i] * heads[0][i % D]);
        }
        userFactors = Nd4j.create(queries, new long[] {D, users.length}, 'f');
        itemFactors = Nd4j.create(q, new long[] {D, data.items()}, 'f');
        scores = Nd4j.create(DataType.FLOAT, new long[] {data.items(), users.length}, 'f');
        errors = new float[data.items() * users.length];
        byUsers = Nd4j.create(DataType.FLOAT, new long[] {D, users.length}, 'f');
        byItems = Nd4j.create(DataType.FLOAT, new long[] {D, data.items()}, 'f');
    }

    /** As many for each user as in the Taobao set, whatever the catalog. */
    private SparseMatrix positives(Random random) {
        int[] offsets = IntStream.rangeClosed(0, BATCH).map(u -> u * POSITIVES).toArray();
        int[] columns = IntStream.range(0, BATCH)
                .flatMap(u -> random.ints(0, items).distinct().limit(POSITIVES).sorted())
                .toArray();
        return new SparseMatrix(BATCH, items, offsets, columns);
    }

    /** With the step that brings the next Gram matrix, as in an epoch. */
    @Benchmark
    public double efficient() {
        double loss = gradient.of(users, x, heads, new double[] {1});
        engine.step(gradient.byEveryItem(), gradient.items(), gradient.byItemRows(), 1e-6f);
        return loss;
    }

    /** Scores, errors and both gradients of every pair, on ND4J's products. */
    @Benchmark
    public double naive() {
        Nd4j.gemm(itemFactors, userFactors, scores, true, false, 1, 0);
        double loss = 0;
        scores.data().asNioFloat().get(0, errors);
        for (int b = 0; b < users.length; b++) {
            int at = b * data.items();
            int next = data.byUser().get(0).start(users[b]);
            int end = data.byUser().get(0).end(users[b]);
            for (int v = 0; v < data.items(); v++) {
                boolean positive = next < end && data.byUser().get(0).columns()[next] == v;
                float error = errors[at + v] - (positive ? 1 : 0);
                next += positive ? 1 : 0;
                float weighted = (positive ? 1 : NEGATIVE) * error;
                loss += weighted * error;
                errors[at + v] = 2 * weighted;
            }
        }
        scores.data().asNioFloat().put(0, errors);
        Nd4j.gemm(itemFactors, scores, byUsers, false, false, 1, 0);
        Nd4j.gemm(userFactors, scores, byItems, false, true, 1, 0);
        return loss;
    }
}
