package io.wholecart.ehcf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;

/** Both kinds of item factors are the same to the solver; ND4J's gradient is held against finite differences elsewhere. */
class DenseEngineTest {

    private static final int ITEMS = 517;

    private final Random random = new Random(8);

    private double[] gaussians(int length) {
        return random.doubles(length, -0.5, 0.5).toArray();
    }

    @ParameterizedTest
    @CsvSource({"5,false", "16,true", "64,false", "64,true", "70,true"})
    void stepsAndGramMatricesAreAlike(int d, boolean weighted) {
        float[] start = ExactSolver.floats(gaussians(ITEMS * d));
        double[] weights =
                random.doubles(ITEMS, 0.1, 2).map(w -> weighted ? w : 1).toArray();
        List<DenseEngine> kinds = new ArrayList<>();
        try (Workers workers = new Workers(2, SilentListener.INSTANCE)) {
            kinds.add(new Nd4jEngine(start.clone(), d, weights, weighted, DataType.FLOAT));
            for (Kernels kernels : List.of(new PlainKernels(), Kernels.best())) {
                kinds.add(new FusedEngine(start.clone(), d, weights, weighted, kernels, workers));
            }
            for (int step = 0; step < 3; step++) {
                double[] half = gaussians(d * d);
                double[] dense = new double[d * d];
                for (int i = 0; i < d; i++) {
                    for (int j = 0; j < d; j++) {
                        dense[i * d + j] = half[i * d + j] + half[j * d + i];
                    }
                }
                int[] items = random.ints(0, ITEMS).distinct().limit(40).toArray();
                double[] rows = gaussians(items.length * d);
                for (DenseEngine kind : kinds) {
                    kind.itemGram();
                    kind.step(dense, items, rows, 0.05f);
                }
                for (DenseEngine kind : kinds) {
                    assertClose(kind.itemGram(), gram(kind.values(), d, weights), 1e-3);
                }
            }
            // Where a slope is next to nothing, its rounding is what the first step is made of.
            float[] expected = kinds.get(0).values();
            for (DenseEngine other : kinds.subList(1, kinds.size())) {
                double[] differences = IntStream.range(0, start.length)
                        .mapToDouble(i -> Math.abs(other.values()[i] - expected[i]))
                        .toArray();
                assertThat(DoubleStream.of(differences).max().orElseThrow()).isLessThan(3e-3);
            }
            assertThat(kinds.get(0).values()).isNotEqualTo(start);
        } finally {
            kinds.forEach(DenseEngine::close);
        }
    }

    private static void assertClose(double[] actual, double[] expected, double tolerance) {
        assertThat(actual).hasSameSizeAs(expected);
        for (int i = 0; i < actual.length; i++) {
            assertThat(actual[i]).isCloseTo(expected[i], within(tolerance));
        }
    }

    private static double[] gram(float[] values, int d, double[] weights) {
        double[] gram = new double[d * d];
        for (int v = 0; v < weights.length; v++) {
            for (int i = 0; i < d; i++) {
                for (int j = 0; j < d; j++) {
                    gram[i * d + j] += weights[v] * values[v * d + i] * values[v * d + j];
                }
            }
        }
        return gram;
    }
}
