package io.wholecart.ehcf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.wholecart.interaction.Interactions;
import io.wholecart.interaction.SparseMatrix;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FoldInTest {

    private static final int BEHAVIORS = 3;

    private static Hyperparameters asked(int factors, float keep, float exponent) {
        List<Hyperparameters.Weight> weights = List.of(
                new Hyperparameters.Weight(0.2f, 0.05f),
                new Hyperparameters.Weight(0.3f, 0.15f),
                new Hyperparameters.Weight(0.5f, 0.25f));
        return new Hyperparameters(
                factors, 4, keep, weights, exponent, 1, 0, Hyperparameters.Adagrad.paper(BEHAVIORS), 11);
    }

    /** A model, the data, and the equation that its users are folded in by. */
    private record Trained(Interactions data, Hyperparameters settings, EhcfModel model, FoldIn foldIn) {

        static Trained of(int factors, float keep, float exponent, double density) {
            Interactions data = DenseOracle.random(factors, 70, 55, BEHAVIORS, density);
            Hyperparameters settings = asked(factors, keep, exponent);
            EhcfModel model = new ExactSolver(2).solve(data, settings, null, SilentListener.INSTANCE);
            return new Trained(data, settings, model, new FoldIn(model, LossWeights.of(data, settings), 2));
        }

        int[][] positives(int user) {
            return data.byUser().stream()
                    .map(matrix -> Arrays.copyOfRange(matrix.columns(), matrix.start(user), matrix.end(user)))
                    .toArray(int[][]::new);
        }
    }

    private static void assertSame(float[] actual, double[] expected, double tolerance) {
        double scale = 1e-6;
        for (double value : expected) {
            scale = Math.max(scale, Math.abs(value));
        }
        for (int f = 0; f < expected.length; f++) {
            assertThat((double) actual[f]).isCloseTo(expected[f], within(tolerance * scale));
        }
    }

    @ParameterizedTest
    @CsvSource({"1,1,0", "5,0.5,0.5", "8,0.7,0", "19,0.9,1", "64,0.5,0", "16,0.5,0.7", "64,0.7,0.5"})
    void aUserIsTheSolutionOfTheUsersEquation(int factors, float keep, float exponent) {
        Trained trained = Trained.of(factors, keep, exponent, 0.15);
        DenseOracle oracle = new DenseOracle(trained.data(), trained.settings());
        float[] all = trained.foldIn().users(trained.data().byUser(), () -> false);
        for (int u = 0; u < trained.data().users(); u++) {
            float[] own = trained.foldIn().vector(trained.positives(u));
            assertSame(own, oracle.bestRow(trained.model(), u, true), 1e-3);
            double[] together = new double[factors];
            for (int f = 0; f < factors; f++) {
                together[f] = all[u * factors + f];
            }
            assertSame(own, together, 1e-3);
        }
    }

    /** More than fit into the solver's room for features at one time. */
    @Test
    void aUserWithVeryManyEventsIsFoldedInToo() {
        Trained trained = Trained.of(16, 0.7f, 0.5f, 0.9);
        DenseOracle oracle = new DenseOracle(trained.data(), trained.settings());
        assertThat(trained.positives(0)[0].length + trained.positives(0)[1].length + trained.positives(0)[2].length)
                .isGreaterThan(128);
        assertSame(trained.foldIn().vector(trained.positives(0)), oracle.bestRow(trained.model(), 0, true), 1e-3);
    }

    @ParameterizedTest
    @CsvSource({"5,0.5,0.5", "64,0.7,0", "32,1,0.5"})
    void theTermsOfAnExplanationSumToTheScore(int factors, float keep, float exponent) {
        Trained trained = Trained.of(factors, keep, exponent, 0.2);
        float[] users = trained.foldIn().users(trained.data().byUser(), () -> false);
        EhcfModel model = trained.model();
        EhcfModel folded = new EhcfModel(factors, users, model.itemFactors(), model.heads());
        for (int u = 0; u < trained.data().users(); u += 7) {
            int[][] positives = trained.positives(u);
            for (int v = 0; v < trained.data().items(); v += 9) {
                for (int k = 0; k < BEHAVIORS; k++) {
                    double[][] terms = trained.foldIn().terms(positives, v, k);
                    double sum =
                            Arrays.stream(terms).flatMapToDouble(Arrays::stream).sum();
                    assertThat(sum).isCloseTo(folded.score(u, v, k), within(1e-4));
                }
            }
        }
    }

    @Test
    void withoutEventsThereIsNoVector() {
        Trained trained = Trained.of(8, 0.7f, 0, 0.2);
        int[][] nothing = new int[BEHAVIORS][0];
        assertThat(trained.foldIn().vector(nothing)).containsOnly(0);
        assertThat(trained.foldIn().terms(nothing, 3, 2)).isEqualTo(new double[BEHAVIORS][0]);
    }

    @Test
    void threadsFoldInSideBySide() {
        Trained trained = Trained.of(16, 0.7f, 0.5f, 0.2);
        List<float[]> alone = IntStream.range(0, 70)
                .mapToObj(u -> trained.foldIn().vector(trained.positives(u)))
                .toList();
        IntStream.range(0, 7_000)
                .parallel()
                .forEach(i -> assertThat(trained.foldIn().vector(trained.positives(i % 70)))
                        .isEqualTo(alone.get(i % 70)));
    }

    @Test
    void weightsOfAnotherModelAreRefused() {
        Trained trained = Trained.of(8, 0.7f, 0, 0.2);
        Interactions other = Interactions.of(
                trained.data().behaviors(),
                trained.data().byUser().stream()
                        .map(matrix -> new SparseMatrix(70, 60, matrix.offsets(), matrix.columns()))
                        .toList());
        LossWeights weights = LossWeights.of(other, trained.settings());
        assertThatIllegalArgumentException().isThrownBy(() -> new FoldIn(trained.model(), weights, 1));
    }
}
