package io.wholecart.recommendation;

import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.doAnswer;
import static org.mockito.Mockito.mock;

import io.wholecart.catalog.Catalog;
import io.wholecart.ehcf.EhcfModel;
import io.wholecart.ehcf.Hyperparameters;
import io.wholecart.ehcf.LossWeights;
import io.wholecart.model.ModelArtifact;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.ObjIntConsumer;
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
import org.openjdk.jmh.annotations.Warmup;

/** One exact query, and what the machine takes to read as many bytes. Give -t 2 for two threads. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
public class QueryBenchmark {

    private static final int D = 64;
    private static final int USERS = 1_000;
    private static final int BASKET = 50;

    @Param({"40000", "1000000"})
    private int items;

    @Param({"false", "true"})
    private boolean bytes;

    private LiveIndex index;
    private long[] memory;

    @Setup
    public void draw() {
        Random random = new Random(1);
        EhcfModel model =
                new EhcfModel(D, gaussian(random, USERS), gaussian(random, items), new float[][] {gaussian(random, 1)});
        List<String> ids = IntStream.range(0, items).mapToObj(v -> "i" + v).toList();
        float[] ones = new float[items];
        Arrays.fill(ones, 1);
        LossWeights loss = new LossWeights(0.7f, List.of(new Hyperparameters.Weight(1, 0.01f)), ones);
        index = new LiveIndex(
                1,
                Instant.EPOCH,
                new ModelArtifact(
                        model,
                        List.of("purchase"),
                        IntStream.range(0, USERS).mapToObj(u -> "u" + u).toList(),
                        ids,
                        loss,
                        Map.of(),
                        null),
                numbering(items),
                bytes ? 0 : items);
        memory = new long[items * D / 2];
        Arrays.setAll(memory, i -> i);
    }

    private static float[] gaussian(Random random, int rows) {
        float[] values = new float[rows * D];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    private static Catalog numbering(int items) {
        Catalog catalog = mock(Catalog.class);
        doAnswer(call -> {
                    ObjIntConsumer<String> visitor = call.getArgument(0);
                    for (int v = 0; v < items; v++) {
                        visitor.accept("i" + v, v);
                    }
                    return null;
                })
                .when(catalog)
                .forEachNumber(any());
        return catalog;
    }

    /** The best ten of all. */
    @Benchmark
    public TopN.Ranked query() {
        int user = ThreadLocalRandom.current().nextInt(USERS);
        return index.best(index.userFactors(user), 0, row -> true, 10);
    }

    /** As many bytes as the items' factors have. */
    @Benchmark
    public long read() {
        long sum = 0;
        for (long value : memory) {
            sum ^= value;
        }
        return sum;
    }

    /** The factors of a user with fifty events. */
    @Benchmark
    public float[] foldIn() {
        int[] rows =
                ThreadLocalRandom.current().ints(BASKET, 0, items).distinct().toArray();
        return index.foldIn().vector(new int[][] {rows});
    }
}
