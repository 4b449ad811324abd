package io.wholecart.ehcf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.wholecart.interaction.Interactions;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.DoubleSupplier;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;

/** In float64: the efficient loss and all of its gradients against the loss over every pair. */
class BatchGradientTest {

    private static final int USERS = 13;
    private static final int ITEMS = 11;
    private static final int D = 5;
    private static final double STEP = 1e-5;

    /** Numbers that are the same in single precision. */
    private static double[] uniform(Random random, int length) {
        return random.doubles(length, -0.7, 0.7).map(value -> (float) value).toArray();
    }

    private static float[] floats(double[] values) {
        return ExactSolver.floats(values);
    }

    private static Hyperparameters settings(int behaviors, float exponent, TransferGraph transfer) {
        List<Hyperparameters.Weight> weights = new ArrayList<>();
        for (int k = 0; k < behaviors; k++) {
            weights.add(new Hyperparameters.Weight((k + 1f) / (behaviors * (behaviors + 1) / 2f), 0.04f + 0.1f * k));
        }
        Hyperparameters.Adagrad adagrad = new Hyperparameters.Adagrad(0.05f, 512, 0.3f, true, transfer);
        return new Hyperparameters(D, 1, 1, weights, exponent, 1, 0, adagrad, 5);
    }

    private static void assertSlope(double analytic, double[] parameter, int i, DoubleSupplier loss) {
        double value = parameter[i];
        parameter[i] = value + STEP;
        double above = loss.getAsDouble();
        parameter[i] = value - STEP;
        double below = loss.getAsDouble();
        parameter[i] = value;
        double numeric = (above - below) / (2 * STEP);
        assertThat(analytic).isCloseTo(numeric, within(1e-7 * Math.max(1, Math.abs(numeric))));
    }

    @ParameterizedTest
    @CsvSource({
        "1,0,chain",
        "1,0.5,chain",
        "2,0,chain",
        "2,0.7,chain",
        "2,0,none",
        "3,0,chain",
        "3,0.5,chain",
        "3,0.5,none",
        "3,0,backward"
    })
    void lossAndGradientsAreThoseOfEveryPair(int behaviors, float exponent, String graph) {
        TransferGraph transfer = switch (graph) {
            case "chain" -> TransferGraph.chain(behaviors);
            case "none" -> TransferGraph.none(behaviors);
            default -> new TransferGraph(List.of(List.of(2), List.of(0), List.of()));
        };
        Hyperparameters settings = settings(behaviors, exponent, transfer);
        Interactions data = DenseOracle.random(behaviors, USERS, ITEMS, behaviors, 0.25);
        DenseOracle oracle = new DenseOracle(data, settings);
        Random random = new Random(3);
        double[] x = uniform(random, USERS * D);
        double[] q = uniform(random, ITEMS * D);
        TransferChain chain = new TransferChain(D, settings.adagrad(), random);
        double[] shares = settings.behaviors().stream()
                .mapToDouble(Hyperparameters.Weight::lambda)
                .toArray();
        int[] all = IntStream.range(0, USERS).toArray();
        double[] weights = NegativeWeights.of(data, settings.popularityExponent());
        try (Workers workers = new Workers(2, SilentListener.INSTANCE);
                Nd4jEngine items = new Nd4jEngine(floats(q), D, weights, exponent != 0, DataType.DOUBLE)) {
            BatchGradient gradient = new BatchGradient(data, settings, weights, items, workers);
            double[][] heads = chain.heads();
            double loss = gradient.of(all, x, heads, shares);
            assertThat(loss).isCloseTo(oracle.loss(x, q, heads, 0), within(1e-10 * Math.abs(loss)));
            for (int i = 0; i < x.length; i++) {
                assertSlope(gradient.byUsers()[i], x, i, () -> oracle.loss(x, q, heads, 0));
            }
            double[] byItems = items.gradient(gradient.byEveryItem(), gradient.items(), gradient.byItemRows())
                    .rows(IntStream.range(0, ITEMS).toArray());
            for (int i = 0; i < q.length; i++) {
                assertSlope(byItems[i], q, i, () -> oracle.loss(x, q, heads, 0));
            }
            chain.backward(heads, gradient.byHeads());
            DoubleSupplier whole = () -> oracle.loss(x, q, chain.heads(), 0) + chain.penalty();
            for (TransferChain.Adagrad parameter : chain.parameters()) {
                for (int i = 0; i < parameter.values().length; i++) {
                    assertSlope(parameter.gradient()[i], parameter.values(), i, whole);
                }
            }
        }
    }

    /** Some of the users, one behavior: what is left out has no part in loss or gradients. */
    @ParameterizedTest
    @CsvSource({"0", "0.5"})
    void aBatchOfOneBehaviorIsItsOwnLoss(float exponent) {
        Hyperparameters settings = settings(3, exponent, TransferGraph.none(3));
        Interactions data = DenseOracle.random(8, USERS, ITEMS, 3, 0.25);
        DenseOracle oracle = new DenseOracle(data, settings);
        Random random = new Random(3);
        int[] batch = {2, 3, 7};
        double[] x = uniform(random, batch.length * D);
        double[] q = uniform(random, ITEMS * D);
        double[][] heads = {uniform(random, D), uniform(random, D), uniform(random, D)};
        double[] shares = {0, 1, 0};
        // Users outside the batch have factors of zero: their loss is the constant that is left out.
        double[] spread = new double[USERS * D];
        for (int b = 0; b < batch.length; b++) {
            System.arraycopy(x, b * D, spread, batch[b] * D, D);
        }
        double[] weights = NegativeWeights.of(data, settings.popularityExponent());
        try (Workers workers = new Workers(2, SilentListener.INSTANCE);
                Nd4jEngine items = new Nd4jEngine(floats(q), D, weights, exponent != 0, DataType.DOUBLE)) {
            BatchGradient gradient = new BatchGradient(data, settings, weights, items, workers);
            double loss = gradient.of(batch, x, heads, shares);
            assertThat(loss).isCloseTo(oracle.loss(spread, q, heads, shares, 0), within(1e-10));
            for (int i = 0; i < D; i++) {
                assertSlope(
                        gradient.byUsers()[D + i],
                        spread,
                        batch[1] * D + i,
                        () -> oracle.loss(spread, q, heads, shares, 0));
                assertThat(gradient.byHeads()[0][i]).isZero();
            }
        }
    }
}
