package io.wholecart.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.wholecart.ehcf.AdagradSolver;
import io.wholecart.ehcf.Descent;
import io.wholecart.ehcf.EhcfModel;
import io.wholecart.ehcf.ExactSolver;
import io.wholecart.ehcf.ExactStart;
import io.wholecart.ehcf.FoldIn;
import io.wholecart.ehcf.Hyperparameters;
import io.wholecart.ehcf.LossWeights;
import io.wholecart.ehcf.Solver;
import io.wholecart.ehcf.TransferGraph;
import io.wholecart.evaluation.Evaluation;
import io.wholecart.evaluation.LeaveOneOut;
import io.wholecart.evaluation.Ranker;
import io.wholecart.interaction.Interactions;
import io.wholecart.interaction.Snapshot;
import io.wholecart.interaction.SparseMatrix;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The card's solvers and ranking against the processor's. */
class CudaSolverTest {

    private final List<String> begun = new ArrayList<>();
    private final List<String> events = new ArrayList<>();
    private Card card;

    @BeforeEach
    void open() {
        card = TestCard.shared();
    }

    private Engine engine(Engine.Choice choice) {
        return new Engine(choice, 2, watch(), limit -> card, Long.MAX_VALUE);
    }

    private Engine.Watch watch() {
        return new Engine.Watch() {
            @Override
            public void begins(String work, String engine, String description) {
                begun.add(work + " on " + engine);
            }

            @Override
            public void solved(String work, String engine) {
                events.add(work + " on " + engine);
            }

            @Override
            public void fallsBack(String work, CardException why) {
                events.add(work + " not on cuda: " + why.reason());
            }
        };
    }

    private Solver onCard(String name) {
        return engine(Engine.Choice.CUDA).solvers().stream()
                .filter(solver -> solver.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    /** Popular items and busy users: the first rows are long. */
    static Interactions data(long seed, int users, int items, int behaviors, double density) {
        Random random = new Random(seed);
        List<SparseMatrix> matrices = new ArrayList<>();
        for (int k = 0; k < behaviors; k++) {
            int[] offsets = new int[users + 1];
            List<Integer> columns = new ArrayList<>();
            for (int u = 0; u < users; u++) {
                double busy = u == 0 ? 1 : density * (0.2 + random.nextDouble());
                for (int v = 0; v < items; v++) {
                    if (u % 7 != 3 && v % 11 != 5 && random.nextDouble() < busy * (v == 0 ? 3 : 1)) {
                        columns.add(v);
                    }
                }
                offsets[u + 1] = columns.size();
            }
            matrices.add(new SparseMatrix(
                    users,
                    items,
                    offsets,
                    columns.stream().mapToInt(Integer::intValue).toArray()));
        }
        List<String> names =
                IntStream.range(0, behaviors).mapToObj(k -> "b" + k).toList();
        return Interactions.of(names, matrices);
    }

    private static Hyperparameters settings(
            int factors, int behaviors, float keep, int iterations, float exponent, Hyperparameters.Adagrad adagrad) {
        List<Hyperparameters.Weight> weights = new ArrayList<>();
        for (int k = 0; k < behaviors; k++) {
            weights.add(new Hyperparameters.Weight(2f * (k + 1) / (behaviors * (behaviors + 1)), 0.02f + 0.01f * k));
        }
        return new Hyperparameters(factors, iterations, keep, weights, exponent, 1.5f, 0, adagrad, 7);
    }

    private static Hyperparameters settings(int factors, int behaviors, float keep, int iterations, float exponent) {
        return settings(factors, behaviors, keep, iterations, exponent, Hyperparameters.Adagrad.paper(behaviors));
    }

    private static EhcfModel solve(
            Solver solver,
            Interactions data,
            Hyperparameters settings,
            @Nullable EhcfModel start,
            List<Double> losses) {
        return solver.solve(data, settings, start, new Solver.Listener() {
            @Override
            public void iteration(int done, double loss) {
                losses.add(loss);
            }

            @Override
            public boolean canceled() {
                return false;
            }
        });
    }

    private static void assertSame(List<Double> actual, List<Double> expected, double share) {
        assertThat(actual).hasSameSizeAs(expected);
        for (int i = 0; i < actual.size(); i++) {
            assertThat(actual.get(i))
                    .as("loss after " + (i + 1))
                    .isCloseTo(expected.get(i), within(share * Math.abs(expected.get(i))));
        }
    }

    private static void assertClose(float[] actual, float[] expected, double share) {
        double difference = 0;
        double length = 0;
        for (int i = 0; i < expected.length; i++) {
            difference += Math.pow(actual[i] - expected[i], 2);
            length += Math.pow(expected[i], 2);
        }
        assertThat(Math.sqrt(difference / length)).as("relative distance").isLessThan(share);
    }

    /** Scores, as factors are hardly determined where there are more of them than items. */
    private static void assertSameScores(EhcfModel actual, EhcfModel expected) {
        for (int k = 0; k < expected.heads().length; k++) {
            assertClose(scores(actual, k), scores(expected, k), 0.02);
        }
    }

    private static float[] scores(EhcfModel model, int behavior) {
        float[] scores = new float[model.users() * model.items()];
        for (int i = 0; i < scores.length; i++) {
            scores[i] = model.score(i / model.items(), i % model.items(), behavior);
        }
        return scores;
    }

    @ParameterizedTest
    @CsvSource({
        "1,1,1,0",
        "2,8,0.5,0",
        "3,17,0.7,0.5",
        "2,64,0.5,0",
        "1,100,0.7,0.5",
        "3,33,0.7,0",
        "2,128,0.5,0.5",
        "2,256,0.5,0"
    })
    void exactComesToTheSameModel(int behaviors, int factors, float keep, float exponent) {
        int users = factors > 100 ? 24 : 90;
        Interactions data = data(3, users, 70, behaviors, 0.08);
        Hyperparameters settings = settings(factors, behaviors, keep, factors > 100 ? 2 : 4, exponent);
        List<Double> expected = new ArrayList<>();
        List<Double> actual = new ArrayList<>();
        EhcfModel cpu = solve(new ExactSolver(2), data, settings, null, expected);
        EhcfModel gpu = solve(onCard("exact"), data, settings, null, actual);
        assertSame(actual, expected, 1e-3);
        assertSameScores(gpu, cpu);
        for (int u = 0; u < users; u++) {
            assertThat(gpu.knows(u)).isEqualTo(cpu.knows(u));
        }
        assertThat(events).containsExactly("exact on cuda");
    }

    @ParameterizedTest
    @CsvSource({"2,8,0", "1,17,0.5", "2,65,0"})
    void longRowsAreCutAndSolvedAsOthers(int behaviors, int factors, float exponent) {
        Interactions data = data(5, 1_800, 6, behaviors, 0.5);
        assertThat(data.byItem().get(0).end(0)).as("a long row").isGreaterThan(1_024);
        Hyperparameters settings = settings(factors, behaviors, 0.5f, 2, exponent);
        List<Double> expected = new ArrayList<>();
        List<Double> actual = new ArrayList<>();
        EhcfModel cpu = solve(new ExactSolver(2), data, settings, null, expected);
        EhcfModel gpu = solve(onCard("exact"), data, settings, null, actual);
        assertSame(actual, expected, 1e-3);
        assertClose(gpu.itemFactors(), cpu.itemFactors(), 0.02);
    }

    @Test
    void dataBeyondTheCardsMemoryComesInBlocksOfRows() {
        Interactions data = data(5, 3_000, 40, 2, 0.3);
        Hyperparameters settings = settings(8, 2, 0.5f, 3, 0.5f);
        List<Double> expected = new ArrayList<>();
        List<Double> actual = new ArrayList<>();
        solve(new ExactSolver(2), data, settings, null, expected);
        Solver.Listener listener = new Solver.Listener() {
            @Override
            public void iteration(int done, double loss) {
                actual.add(loss);
            }

            @Override
            public boolean canceled() {
                return false;
            }
        };
        try (Card small = TestCard.open(700_000)) {
            EhcfModel start = ExactStart.of(data, settings, null, listener);
            try (ExactOnCard sweeps = new ExactOnCard(small, data, settings, start, listener)) {
                assertThat(sweeps.blocks(true)).isGreaterThan(1);
                assertThat(sweeps.blocks(false)).isGreaterThan(1);
                Descent.run(sweeps, settings, false, listener);
            }
        }
        assertSame(actual, expected, 1e-3);
    }

    @Test
    void aWarmStartGoesOnAndToleranceStops() {
        Interactions data = data(3, 90, 70, 2, 0.08);
        List<Double> all = new ArrayList<>();
        EhcfModel reached = solve(onCard("exact"), data, settings(8, 2, 0.5f, 6, 0), null, all);
        List<Double> more = new ArrayList<>();
        List<Double> expected = new ArrayList<>();
        solve(onCard("exact"), data, settings(8, 2, 0.5f, 2, 0), reached, more);
        solve(new ExactSolver(2), data, settings(8, 2, 0.5f, 2, 0), reached, expected);
        assertSame(more, expected, 1e-3);
        assertThat(more.get(0)).isLessThan(all.get(5) + 1e-3 * Math.abs(all.get(5)));
        Hyperparameters patient = settings(8, 2, 0.5f, 200, 0);
        List<Double> stopped = new ArrayList<>();
        solve(
                onCard("exact"),
                data,
                new Hyperparameters(8, 200, 0.5f, patient.behaviors(), 0, 1.5f, 1e-3f, patient.adagrad(), 7),
                null,
                stopped);
        assertThat(stopped.size()).isBetween(3, 60);
    }

    @Test
    void aUserFoldedInGetsTheTrainedVectorBack() {
        Interactions data = data(3, 60, 50, 2, 0.1);
        Hyperparameters settings = settings(16, 2, 0.5f, 6, 0.5f);
        EhcfModel model = solve(onCard("exact"), data, settings, null, new ArrayList<>());
        // One more sweep's users, by the card and by the equation.
        EhcfModel next = solve(onCard("exact"), data, settings(16, 2, 0.5f, 1, 0.5f), model, new ArrayList<>());
        float[] folded = new FoldIn(model, LossWeights.of(data, settings), 2).users(data.byUser(), () -> false);
        assertClose(next.userFactors(), folded, 1e-3);
    }

    @ParameterizedTest
    @CsvSource({
        "1,8,true,true,0",
        "2,8,true,true,0.5",
        "3,17,true,true,0",
        "3,8,false,true,0",
        "3,8,true,false,0.5",
        "2,64,true,true,0",
        "2,100,true,true,0"
    })
    void adagradGoesTheSameWayWithoutDropout(
            int behaviors, int factors, boolean transfer, boolean multiTask, float exponent) {
        Interactions data = data(3, 90, 70, behaviors, 0.08);
        TransferGraph graph = transfer ? TransferGraph.chain(behaviors) : TransferGraph.none(behaviors);
        Hyperparameters.Adagrad adagrad = new Hyperparameters.Adagrad(0.05f, 32, 1e-4f, multiTask, graph);
        Hyperparameters settings = settings(factors, behaviors, 1, 4, exponent, adagrad);
        List<Double> expected = new ArrayList<>();
        List<Double> actual = new ArrayList<>();
        EhcfModel cpu = solve(new AdagradSolver(2), data, settings, null, expected);
        EhcfModel gpu = solve(onCard("adagrad"), data, settings, null, actual);
        assertSame(actual, expected, 1e-3);
        assertClose(gpu.userFactors(), cpu.userFactors(), 0.02);
        assertClose(gpu.itemFactors(), cpu.itemFactors(), 0.02);
        assertThat(events).containsExactly("adagrad on cuda");
    }

    /** Other masks than the processor's, so another way to about the same loss. */
    @Test
    void adagradWithDropoutComesToAboutTheSameLoss() {
        Interactions data = data(3, 150, 60, 2, 0.1);
        Hyperparameters.Adagrad adagrad = new Hyperparameters.Adagrad(0.05f, 32, 1e-4f, true, TransferGraph.chain(2));
        Hyperparameters settings = settings(8, 2, 0.7f, 40, 0, adagrad);
        List<Double> expected = new ArrayList<>();
        List<Double> actual = new ArrayList<>();
        solve(new AdagradSolver(2), data, settings, null, expected);
        EhcfModel gpu = solve(onCard("adagrad"), data, settings, null, actual);
        assertThat(gpu.isFinite()).isTrue();
        double cpuEnd =
                expected.subList(30, 40).stream().mapToDouble(x -> x).average().orElseThrow();
        double gpuEnd =
                actual.subList(30, 40).stream().mapToDouble(x -> x).average().orElseThrow();
        assertThat(gpuEnd).isCloseTo(cpuEnd, within(0.05 * Math.abs(cpuEnd)));
        assertThat(gpuEnd).isLessThan(actual.get(0));
    }

    @ParameterizedTest
    @CsvSource({"1", "17", "64", "130"})
    void itemsAreRankedAsOnTheProcessor(int d) {
        int users = 150;
        int items = 301;
        Random random = new Random(d);
        float[] p = new float[users * d];
        float[] q = new float[items * d];
        // Whole numbers, so that many scores are equal and every sum is exact.
        for (float[] factors : List.of(p, q)) {
            for (int i = 0; i < factors.length; i++) {
                factors[i] = random.nextInt(5) - 2;
            }
        }
        Arrays.fill(p, 0, d, 0);
        float[][] heads = {new float[d], new float[d]};
        Arrays.fill(heads[1], 1);
        Interactions train = data(9, users, items, 2, 0.05);
        int[] tests = IntStream.range(0, users)
                .map(u -> u % 5 == 0 ? -1 : train.byUser().get(1).contains(u, 2 * u) ? -1 : 2 * u)
                .toArray();
        Snapshot rest =
                new Snapshot(train.behaviors(), List.of(), List.of(), train.byUser(), new long[0], Instant.EPOCH);
        Snapshot.Split split = new Snapshot.Split(rest, rest.all(), tests);
        EhcfModel model = new EhcfModel(d, p, q, heads);
        Ranker ranker = engine(Engine.Choice.AUTO).ranker();
        Evaluation expected = LeaveOneOut.evaluate(model, split, Ranker.PROCESSOR, () -> false);
        assertThat(expected.newUsers()).isBetween(10, expected.users() - 1);
        assertThat(LeaveOneOut.evaluate(model, split, ranker, () -> false)).isEqualTo(expected);
        assertThat(ranker.rank(model, split, split.testUsers(), () -> false).ranks())
                .isEqualTo(Ranker.PROCESSOR
                        .rank(model, split, split.testUsers(), () -> false)
                        .ranks());
        assertThatThrownBy(() -> LeaveOneOut.evaluate(model, split, ranker, () -> true))
                .isInstanceOf(CancellationException.class);
        assertThat(events).isEmpty();
    }

    @Test
    void aFailureOnTheWayFallsBackAndTheRunIsNotLost() {
        Interactions data = data(3, 90, 70, 2, 0.08);
        Hyperparameters settings = settings(8, 2, 0.5f, 3, 0);
        List<Double> expected = new ArrayList<>();
        EhcfModel cpu = solve(new ExactSolver(2), data, settings, null, expected);
        try (Card small = TestCard.open(10_000)) {
            for (Solver solver : new Engine(Engine.Choice.AUTO, 2, watch(), limit -> small, 0).solvers()) {
                List<Double> losses = new ArrayList<>();
                EhcfModel model = solve(solver, data, settings, null, losses);
                assertThat(losses).hasSize(3);
                if (solver.name().equals("exact")) {
                    assertThat(model.itemFactors()).isEqualTo(cpu.itemFactors());
                }
            }
            assertThat(small.room()).as("what was allocated is free again").isEqualTo(10_000);
        }
        assertThat(begun).containsExactly("exact on cuda", "exact on cpu", "adagrad on cuda", "adagrad on cpu");
        assertThat(events)
                .containsExactly(
                        "exact not on cuda: MEMORY", "exact on cpu", "adagrad not on cuda: MEMORY", "adagrad on cpu");
    }

    /** What the JVM has no memory for outside of its heap, it has none for on the card's way. */
    @Test
    void aLackOfTheHostsMemoryFallsBackAndFreesTheCard() {
        Interactions data = data(3, 60, 40, 2, 0.1);
        long before = card.room();
        boolean[] failed = new boolean[1];
        EhcfModel model = onCard("exact").solve(data, settings(8, 2, 0.5f, 2, 0), null, new Solver.Listener() {
            @Override
            public void iteration(int done, double loss) {
                if (!failed[0]) {
                    failed[0] = true;
                    throw new OutOfMemoryError("as JavaCPP throws it");
                }
            }

            @Override
            public boolean canceled() {
                return false;
            }
        });
        assertThat(model.isFinite()).isTrue();
        assertThat(card.room()).isEqualTo(before);
        assertThat(events).containsExactly("exact not on cuda: MEMORY", "exact on cpu");
    }

    @Test
    void theEngineIsToldAgainOnlyWhenItIsAnother() {
        Solver solver = onCard("exact");
        for (int i = 0; i < 3; i++) {
            solve(solver, data(3, 20, 20, 1, 0.2), settings(8, 1, 0.5f, 1, 0), null, new ArrayList<>());
        }
        assertThat(begun).containsExactly("exact on cuda");
        assertThat(events).hasSize(3);
    }

    @Test
    void moreFactorsThanTheKernelsHoldAreTheProcessors() {
        Interactions data = data(3, 20, 20, 1, 0.2);
        solve(onCard("exact"), data, settings(257, 1, 0.5f, 1, 0), null, new ArrayList<>());
        assertThat(events).containsExactly("exact not on cuda: UNSUITABLE", "exact on cpu");
    }

    @ParameterizedTest
    @EnumSource(Engine.Choice.class)
    void withoutACardTheProcessorSolves(Engine.Choice choice) {
        Interactions data = data(3, 40, 30, 1, 0.1);
        Engine engine = new Engine(
                choice,
                2,
                watch(),
                limit -> {
                    throw new CardException(CardException.Reason.ABSENT, "none");
                },
                0);
        for (int i = 0; i < 2; i++) {
            solve(engine.solvers().get(0), data, settings(4, 1, 0.5f, 2, 0), null, new ArrayList<>());
        }
        List<String> told = choice == Engine.Choice.CPU ? List.of() : List.of("exact not on cuda: ABSENT");
        List<String> all = new ArrayList<>(told);
        all.addAll(List.of("exact on cpu", "exact on cpu"));
        assertThat(events).isEqualTo(all);
    }

    @ParameterizedTest
    @CsvSource({"exact", "adagrad"})
    void aCanceledSolveStopsAndFreesTheCard(String name) {
        Interactions data = data(3, 60, 40, 2, 0.1);
        long before = card.room();
        int[] asked = new int[1];
        assertThatThrownBy(() -> onCard(name).solve(data, settings(8, 2, 0.5f, 50, 0), null, new Solver.Listener() {
                    @Override
                    public void iteration(int done, double loss) {
                        asked[0] = done;
                    }

                    @Override
                    public boolean canceled() {
                        return asked[0] >= 2;
                    }
                }))
                .isInstanceOf(CancellationException.class);
        assertThat(asked[0]).isEqualTo(2);
        assertThat(card.room()).isEqualTo(before);
        assertThat(begun).containsExactly(name + " on cuda");
        assertThat(events).as("nothing was solved").isEmpty();
    }

    @Test
    void aModelToGoOnFromIsNotForAdagrad() {
        Interactions data = data(3, 20, 20, 1, 0.2);
        EhcfModel start = new EhcfModel(4, new float[80], new float[80], new float[1][4]);
        assertThatThrownBy(() -> solve(onCard("adagrad"), data, settings(4, 1, 1, 1, 0), start, new ArrayList<>()))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
