package io.wholecart.ehcf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.wholecart.interaction.Interactions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExactSolverTest {

    private static final Solver.Listener SILENT = SilentListener.INSTANCE;

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
        Hyperparameters.Adagrad adagrad = Hyperparameters.Adagrad.paper(behaviors);
        return new Hyperparameters(factors, iterations, keep, weights, 0, 1, 0, adagrad, 11);
    }

    private static Hyperparameters weighted(Hyperparameters same, float exponent, float tolerance) {
        return new Hyperparameters(
                same.factors(),
                same.iterations(),
                same.keep(),
                same.behaviors(),
                exponent,
                same.relaxation(),
                tolerance,
                same.adagrad(),
                same.seed());
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
    @CsvSource({"1,1,1,0", "2,5,0.5,0.5", "3,8,0.7,0", "2,19,0.9,1", "3,64,0.5,0", "3,16,0.5,0.7", "2,64,0.8,0.5"})
    void eachBlockSolvesTheNormalEquationsOfTheWholeMatrix(int behaviors, int factors, float keep, float exponent) {
        Interactions data = DenseOracle.random(factors, 70, 55, behaviors, 0.15);
        Hyperparameters settings = weighted(settings(factors, behaviors, keep, 1), exponent, 0);
        DenseOracle oracle = new DenseOracle(data, settings);
        try (Workers workers = new Workers(2, SILENT)) {
            ExactSolver.Sweeps sweeps =
                    new ExactSolver.Sweeps(data, settings, null, workers, Kernels.best(), share -> {});
            EhcfModel model = sweeps.model();
            for (int sweep = 0; sweep < 2; sweep++) {
                sweeps.users(share -> {});
                for (int u = 0; u < data.users(); u += 9) {
                    assertClose(model.userFactors(), u * factors, oracle.bestRow(model, u, true));
                }
                sweeps.items(share -> {});
                for (int v = 0; v < data.items(); v += 9) {
                    assertClose(model.itemFactors(), v * factors, oracle.bestRow(model, v, false));
                }
                EhcfModel before = copy(model);
                sweeps.heads(share -> {});
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
    @CsvSource({"1,1,0", "1,1,0.5", "2,0.5,0", "2,0.5,0.8", "3,0.8,0", "3,0.8,0.3"})
    void theEfficientLossIsTheNaiveOne(int behaviors, float keep, float exponent) {
        Interactions data = DenseOracle.random(behaviors, 60, 40, behaviors, 0.1);
        Hyperparameters settings = weighted(settings(12, behaviors, keep, 3), exponent, 0);
        List<Double> losses = new ArrayList<>();
        EhcfModel model = new ExactSolver(2).solve(data, settings, null, listener(losses));
        double naive = new DenseOracle(data, settings).loss(model);
        assertThat(losses.get(2)).isCloseTo(naive, within(1e-4 * Math.abs(naive)));
    }

    @ParameterizedTest
    @CsvSource({"0,1,0", "0.5,1,0", "0.5,1.7,0", "0.5,1.7,0.1"})
    void theLossNeverRisesFromOneBlockToTheNext(float exponent, float relaxation, float reduction) {
        Interactions data = DenseOracle.random(5, 120, 90, 3, 0.08);
        Hyperparameters settings = weighted(settings(16, 3, 0.6f, 1), exponent, 0);
        try (Workers workers = new Workers(2, SILENT)) {
            ExactSolver.Sweeps sweeps =
                    new ExactSolver.Sweeps(data, settings, null, workers, Kernels.best(), share -> {});
            double last = Double.POSITIVE_INFINITY;
            sweeps.pace(relaxation, reduction);
            List<Runnable> blocks = List.of(
                    () -> sweeps.users(share -> {}), () -> sweeps.items(share -> {}), () -> sweeps.heads(share -> {}));
            DenseOracle oracle = new DenseOracle(data, settings);
            for (int step = 0; step < 30; step++) {
                blocks.get(step % 3).run();
                double loss = oracle.loss(sweeps.model());
                assertThat(loss).isLessThanOrEqualTo(last + 2e-6 * Math.abs(loss));
                last = loss;
            }
        }
    }

    /** 20,000 masks, the same for all behaviors: their average is within four standard errors of what is solved for. */
    @Test
    void theMarginalisedDropoutIsTheAverageOverSampledMasks() {
        Interactions data = DenseOracle.random(21, 8, 7, 2, 0.3);
        Hyperparameters settings = weighted(settings(4, 2, 0.6f, 1), 0.5f, 0);
        DenseOracle oracle = new DenseOracle(data, settings);
        Random random = new Random(4);
        double[] p = random.doubles(8 * 4, -1, 1).toArray();
        double[] q = random.doubles(7 * 4, -1, 1).toArray();
        double[][] heads = {
            random.doubles(4, 0, 1).toArray(), random.doubles(4, 0, 1).toArray()
        };
        int masks = 20_000;
        double sum = 0;
        double squares = 0;
        for (int m = 0; m < masks; m++) {
            double[] dropped = p.clone();
            for (int i = 0; i < p.length; i++) {
                dropped[i] *= random.nextDouble() < settings.keep() ? 1 / settings.keep() : 0;
            }
            double loss = oracle.loss(dropped, q, heads, 0);
            sum += loss;
            squares += loss * loss;
        }
        double mean = sum / masks;
        double error = Math.sqrt((squares / masks - mean * mean) / masks);
        double expected = oracle.loss(p, q, heads, (1 / settings.keep() - 1));
        assertThat(mean).isCloseTo(expected, within(4 * error));
        assertThat(Math.abs(expected - oracle.loss(p, q, heads, 0)))
                .as("what dropout adds is far more than the sampling error")
                .isGreaterThan(20 * error);
    }

    @Test
    void goingOnFromAModelIsTheSameAsNotHavingStopped() {
        Interactions data = DenseOracle.random(6, 80, 60, 2, 0.1);
        EhcfModel whole = sweeps(data, null, 5);
        EhcfModel half = sweeps(data, null, 2);
        float[] before = half.userFactors().clone();
        EhcfModel rest = sweeps(data, half, 3);
        assertThat(half.userFactors()).as("what it starts from stays").isEqualTo(before);
        for (int i = 0; i < whole.userFactors().length; i++) {
            assertThat(rest.userFactors()[i]).isCloseTo(whole.userFactors()[i], within(1e-4f));
        }
    }

    /** Sweeps that all solve to the end. */
    private static EhcfModel sweeps(Interactions data, @Nullable EhcfModel start, int count) {
        try (Workers workers = new Workers(2, SILENT)) {
            ExactSolver.Sweeps sweeps =
                    new ExactSolver.Sweeps(data, settings(10, 2, 0.5f, 1), start, workers, Kernels.best(), share -> {});
            for (int i = 0; i < count; i++) {
                sweeps.users(share -> {});
                sweeps.items(share -> {});
                sweeps.heads(share -> {});
            }
            return sweeps.model();
        }
    }

    @Test
    void aWarmStartBeatsAColdOneAndNewRowsStartAfresh() {
        Interactions data = DenseOracle.random(6, 300, 200, 2, 0.05);
        EhcfModel trained = new ExactSolver(2).solve(data, settings(10, 2, 0.5f, 12), null, SILENT);
        Arrays.fill(trained.userFactors(), 0, 5 * 10, 0);
        Arrays.fill(trained.itemFactors(), 0, 5 * 10, 0);
        trained.heads()[0] = new float[10];
        List<Double> warm = new ArrayList<>();
        List<Double> cold = new ArrayList<>();
        EhcfModel again = new ExactSolver(2).solve(data, settings(10, 2, 0.5f, 2), trained, listener(warm));
        new ExactSolver(2).solve(data, settings(10, 2, 0.5f, 2), null, listener(cold));
        assertThat(warm.get(1)).isLessThan(cold.get(1));
        for (int u = 0; u < 5; u++) {
            assertThat(again.knows(u)).isTrue();
        }
        assertThat(again.isFinite()).isTrue();
    }

    @Test
    void aModelOfAnotherShapeIsNoStart() {
        Interactions data = DenseOracle.random(6, 30, 20, 1, 0.2);
        EhcfModel other = new EhcfModel(4, new float[29 * 4], new float[20 * 4], new float[1][4]);
        assertThatThrownBy(() -> new ExactSolver(1).solve(data, settings(4, 1, 1, 1), other, SILENT))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void stopsWhenASweepNoLongerHelps() {
        Interactions data = DenseOracle.random(6, 200, 100, 2, 0.05);
        List<Double> losses = new ArrayList<>();
        new ExactSolver(2).solve(data, weighted(settings(8, 2, 0.5f, 200), 0, 1e-3f), null, listener(losses));
        int settled = losses.size() - 2;
        assertThat(settled).isBetween(2, 100);
        assertThat(fall(losses, settled)).isLessThan(1e-3);
        assertThat(fall(losses, settled - 1)).isGreaterThanOrEqualTo(1e-3);
        assertThat(losses.get(settled + 1)).as("one more sweep, to the end").isLessThanOrEqualTo(losses.get(settled));
        List<Double> all = new ArrayList<>();
        new ExactSolver(2).solve(data, settings(8, 2, 0.5f, 150), null, listener(all));
        assertThat(all).as("without a tolerance all sweeps are made").hasSize(150);
    }

    private static double fall(List<Double> losses, int sweep) {
        return (losses.get(sweep - 1) - losses.get(sweep)) / Math.abs(losses.get(sweep - 1));
    }

    @Test
    void relaxationTakesFewerSweepsToTheSameLoss() {
        Interactions data = DenseOracle.random(6, 300, 200, 2, 0.05);
        Hyperparameters plain = settings(16, 2, 0.5f, 40);
        Hyperparameters relaxed =
                new Hyperparameters(16, 40, 0.5f, plain.behaviors(), 0, 1.6f, 0, plain.adagrad(), plain.seed());
        List<Double> usual = new ArrayList<>();
        List<Double> faster = new ArrayList<>();
        new ExactSolver(2).solve(data, plain, null, listener(usual));
        new ExactSolver(2).solve(data, relaxed, null, listener(faster));
        assertThat(faster.get(19)).isLessThan(usual.get(39));
        assertThat(faster.get(1)).as("the first sweeps are plain").isEqualTo(usual.get(1));
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

    /** Who has positives only of behaviors without a share in the loss has learned nothing. */
    @Test
    void aBehaviorWithoutAShareTeachesNothing() {
        Interactions data = DenseOracle.random(3, 60, 40, 2, 0.03);
        Hyperparameters same = settings(8, 2, 0.5f, 5);
        List<Hyperparameters.Weight> shares =
                List.of(new Hyperparameters.Weight(0, 0.1f), new Hyperparameters.Weight(1, 0.1f));
        EhcfModel model = new ExactSolver(2)
                .solve(data, new Hyperparameters(8, 5, 0.5f, shares, 0, 1, 0, same.adagrad(), 1), null, SILENT);
        int strangers = 0;
        for (int u = 0; u < 60; u++) {
            boolean any = data.byUser().get(1).end(u) > data.byUser().get(1).start(u);
            assertThat(model.knows(u)).isEqualTo(any);
            strangers += any ? 0 : 1;
        }
        assertThat(strangers).isPositive();
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

    /** Rows with more positives than are at hand at one time, and blocks of a single row. */
    @ParameterizedTest
    @CsvSource({"3,0", "16,0.5", "24,0"})
    void longRowsAreSolvedAsShortOnes(int factors, float exponent) {
        Interactions data = DenseOracle.random(8, 9, 700, 2, 0.6);
        Hyperparameters settings = weighted(settings(factors, 2, 0.7f, 2), exponent, 0);
        DenseOracle oracle = new DenseOracle(data, settings);
        try (Workers workers = new Workers(2, SILENT)) {
            ExactSolver.Sweeps sweeps =
                    new ExactSolver.Sweeps(data, settings, null, workers, Kernels.best(), share -> {});
            sweeps.users(share -> {});
            for (int u = 0; u < data.users(); u++) {
                assertClose(sweeps.model().userFactors(), u * factors, oracle.bestRow(sweeps.model(), u, true));
            }
        }
    }

    @Test
    void theProgressNeverGoesBack() {
        Interactions data = DenseOracle.random(3, 300, 200, 2, 0.05);
        List<Double> seen = new ArrayList<>();
        new ExactSolver(1).solve(data, settings(8, 2, 1, 3), null, new Solver.Listener() {
            @Override
            public void iteration(int done, double loss) {
                seen.add((double) done);
            }

            @Override
            public void progress(double iterations) {
                seen.add(iterations);
            }

            @Override
            public boolean canceled() {
                return false;
            }
        });
        assertThat(seen).isSorted().hasSizeGreaterThan(12).endsWith(3.0);
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
