package io.wholecart.ehcf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.wholecart.interaction.Interactions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExactSolverTest {

    private static final Solver.Listener SILENT = listener(new ArrayList<>());

    private static Solver.Listener listener(List<Double> losses) {
        return new Solver.Listener() {
            @Override
            public void iteration(int done, double loss) {
                losses.add(loss);
            }

            @Override
            public boolean canceled() {
                return false;
            }
        };
    }

    private static Hyperparameters settings(int factors, int behaviors, float keep, int iterations) {
        List<Hyperparameters.Weight> weights = new ArrayList<>();
        for (int k = 0; k < behaviors; k++) {
            float lambda = behaviors == 1 ? 1 : k == 0 ? 0.5f : 0.5f / (behaviors - 1);
            weights.add(new Hyperparameters.Weight(lambda, 0.05f + 0.1f * k));
        }
        return settings(factors, weights, keep, iterations, 0, 0);
    }

    private static Hyperparameters settings(
            int factors,
            List<Hyperparameters.Weight> weights,
            float keep,
            int iterations,
            float exponent,
            float tolerance) {
        Hyperparameters.Adagrad adagrad = Hyperparameters.Adagrad.paper(weights.size());
        return new Hyperparameters(factors, iterations, keep, weights, exponent, tolerance, adagrad, 11);
    }

    private static void assertClose(float[] actual, int from, double[] expected) {
        double scale = 1e-4;
        for (double value : expected) {
            scale = Math.max(scale, Math.abs(value));
        }
        for (int f = 0; f < expected.length; f++) {
            assertThat((double) actual[from + f]).isCloseTo(expected[f], within(2e-3 * scale));
        }
    }

    @ParameterizedTest
    @CsvSource({"1,1,1", "2,5,0.5", "3,8,0.7", "2,19,0.9", "3,64,0.5"})
    void eachBlockSolvesTheNormalEquationsOfTheWholeMatrix(int behaviors, int factors, float keep) {
        Interactions data = DenseOracle.random(factors, 70, 55, behaviors, 0.15);
        Hyperparameters settings = settings(factors, behaviors, keep, 1);
        DenseOracle oracle = new DenseOracle(data, settings);
        try (Workers workers = new Workers(2, () -> false)) {
            ExactSolver.Sweeps sweeps = new ExactSolver.Sweeps(data, settings, null, workers);
            EhcfModel model = sweeps.model();
            for (int sweep = 0; sweep < 2; sweep++) {
                sweeps.users();
                for (int u = 0; u < data.users(); u += 9) {
                    assertClose(model.userFactors(), u * factors, oracle.bestRow(model, u, true));
                }
                sweeps.items();
                for (int v = 0; v < data.items(); v += 9) {
                    assertClose(model.itemFactors(), v * factors, oracle.bestRow(model, v, false));
                }
                EhcfModel before = copy(model);
                sweeps.heads();
                for (int k = 0; k < behaviors; k++) {
                    assertClose(model.heads()[k], 0, oracle.bestHead(before, k));
                }
            }
        }
    }

    private static EhcfModel copy(EhcfModel model) {
        float[][] heads = new float[model.heads().length][];
        for (int k = 0; k < heads.length; k++) {
            heads[k] = model.heads()[k].clone();
        }
        return new EhcfModel(
                model.factors(),
                model.userFactors().clone(),
                model.itemFactors().clone(),
                heads);
    }

    @ParameterizedTest
    @CsvSource({"1,1", "2,0.5", "3,0.8"})
    void theEfficientLossIsTheNaiveOne(int behaviors, float keep) {
        Interactions data = DenseOracle.random(behaviors, 60, 40, behaviors, 0.1);
        Hyperparameters settings = settings(12, behaviors, keep, 3);
        List<Double> losses = new ArrayList<>();
        EhcfModel model = new ExactSolver(2).solve(data, settings, null, listener(losses));
        double naive = new DenseOracle(data, settings).loss(model);
        assertThat(losses.get(2)).isCloseTo(naive, within(1e-4 * Math.abs(naive)));
    }

    @Test
    void theLossNeverRisesFromOneBlockToTheNext() {
        Interactions data = DenseOracle.random(5, 120, 90, 3, 0.08);
        Hyperparameters settings = settings(16, 3, 0.6f, 1);
        try (Workers workers = new Workers(2, () -> false)) {
            ExactSolver.Sweeps sweeps = new ExactSolver.Sweeps(data, settings, null, workers);
            double last = Double.POSITIVE_INFINITY;
            List<Runnable> blocks = List.of(sweeps::users, sweeps::items, sweeps::heads);
            for (int step = 0; step < 30; step++) {
                blocks.get(step % 3).run();
                double loss = sweeps.loss();
                assertThat(loss).isLessThanOrEqualTo(last + 1e-4 * Math.abs(loss));
                last = loss;
            }
        }
    }

    @Test
    void theNumberOfThreadsDoesNotMatter() {
        Interactions data = DenseOracle.random(3, 700, 300, 2, 0.02);
        Hyperparameters settings = settings(24, 2, 0.5f, 4);
        EhcfModel one = new ExactSolver(1).solve(data, settings, null, SILENT);
        for (int threads : new int[] {2, 7}) {
            EhcfModel many = new ExactSolver(threads).solve(data, settings, null, SILENT);
            for (int u = 0; u < 700; u += 13) {
                for (int v = 0; v < 300; v += 17) {
                    assertThat(many.score(u, v, 1)).isCloseTo(one.score(u, v, 1), within(1e-4f));
                }
            }
        }
    }

    @Test
    void usersAndItemsWithoutPositivesGetZeros() {
        Interactions data = DenseOracle.random(3, 40, 30, 1, 0.01);
        EhcfModel model = new ExactSolver(2).solve(data, settings(8, 1, 0.5f, 2), null, SILENT);
        for (int u = 0; u < 40; u++) {
            boolean any = data.byUser().get(0).end(u) > data.byUser().get(0).start(u);
            assertThat(model.knows(u)).isEqualTo(any);
        }
        for (int v = 0; v < 30; v++) {
            boolean any = data.byItem().get(0).end(v) > data.byItem().get(0).start(v);
            assertThat(model.score(userWithPositives(data), v, 0) != 0).isEqualTo(any);
        }
    }

    private static int userWithPositives(Interactions data) {
        int user = 0;
        while (data.byUser().get(0).end(user) == 0) {
            user++;
        }
        return user;
    }

    @ParameterizedTest
    @CsvSource({"1,1,64,1", "2,3,64,1", "5,4,128,0.5", "30,2,33,1"})
    void aTinyShopGivesFiniteNumbers(int users, int items, int factors, float keep) {
        Interactions data = DenseOracle.random(9, users, items, 2, 0.6);
        EhcfModel model = new ExactSolver(2).solve(data, settings(factors, 2, keep, 10), null, SILENT);
        assertThat(model.isFinite()).isTrue();
    }

    @Test
    void aCanceledSolveStops() {
        Interactions data = DenseOracle.random(3, 40, 30, 1, 0.1);
        Solver.Listener impatient = new Solver.Listener() {
            @Override
            public void iteration(int done, double loss) {}

            @Override
            public boolean canceled() {
                return true;
            }
        };
        assertThatThrownBy(() -> new ExactSolver(2).solve(data, settings(8, 1, 1, 100), null, impatient))
                .isInstanceOf(CancellationException.class);
    }
}
