package io.wholecart.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.wholecart.ehcf.AdagradSolver;
import io.wholecart.ehcf.EhcfModel;
import io.wholecart.ehcf.ExactSolver;
import io.wholecart.ehcf.Hyperparameters;
import io.wholecart.ehcf.Solver;
import io.wholecart.evaluation.LeaveOneOut;
import io.wholecart.evaluation.Ranker;
import io.wholecart.interaction.Interactions;
import io.wholecart.interaction.Snapshot;
import io.wholecart.support.SmallShop;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.function.BiFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TunerTest {

    private static final Snapshot SHOP = Snapshot.take(new SmallShop(240, 5), SmallShop.BEHAVIORS);
    private static final Snapshot KNOWN = SHOP.leaveOneOut().rest();
    private static final Snapshot.Split VALIDATION = KNOWN.leaveOneOut();

    @BeforeAll
    static void loadWhatTakesSeconds() {
        LeaveOneOut.evaluate(
                new EhcfModel(1, new float[240], new float[60], new float[3][1]),
                VALIDATION,
                Ranker.PROCESSOR,
                () -> false);
    }

    private static TrainingParameters base(int seconds, List<Integer> factors) {
        return SmallShop.parameters(8, 9, true, new TrainingParameters.Tuning(seconds, "hitRatio@10", factors));
    }

    private static Tuner.Listener listener(List<Trial> trials, int cancelAfter) {
        return new Tuner.Listener() {
            @Override
            public void trial(Trial trial) {
                trials.add(trial);
            }

            @Override
            public boolean canceled() {
                return trials.size() >= cancelAfter;
            }
        };
    }

    @Test
    void findsAtLeastWhatItStartedFrom() {
        List<Trial> trials = new ArrayList<>();
        TrainingParameters winner = Tuner.search(
                new ExactSolver(2), Ranker.PROCESSOR, KNOWN, base(3, List.of()), listener(trials, Integer.MAX_VALUE));
        assertThat(trials.get(0).parameters().behaviors())
                .isEqualTo(base(3, List.of()).behaviors());
        double best = trials.stream().mapToDouble(Trial::value).max().orElseThrow();
        assertThat(trials)
                .anySatisfy(trial -> {
                    assertThat(trial.parameters().iterating(winner.iterations()))
                            .isEqualTo(winner);
                    assertThat(trial.value()).isEqualTo(best);
                })
                .extracting(trial -> trial.parameters().factors())
                .allMatch(factors -> factors == 8 || factors == 16);
        ParameterCheck check =
                ParameterCheck.of(List.of(new ExactSolver(1), new AdagradSolver(1)), SmallShop.BEHAVIORS);
        assertThat(trials).allSatisfy(trial -> {
            assertThat(check.errors(trial.parameters())).isEmpty();
            assertThat(trial.parameters().tune()).isFalse();
            assertThat(trial.metrics()).isNotNull();
        });
    }

    @Test
    void aRoundTriesNineBrieflyThreeLongerAndOneInFull() {
        List<Trial> trials = new ArrayList<>();
        assertThatThrownBy(() -> Tuner.search(
                        new ExactSolver(2), Ranker.PROCESSOR, KNOWN, base(60, List.of(8)), listener(trials, 13)))
                .isInstanceOf(CancellationException.class);
        assertThat(trials.stream().map(trial -> trial.parameters().iterations()))
                .containsExactly(2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 3, 3, 9);
        assertThat(trials.stream().map(trial -> trial.parameters().factors())).containsOnly(8);
        double third = trials.subList(0, 9).stream()
                .mapToDouble(Trial::value)
                .map(value -> -value)
                .sorted()
                .map(value -> -value)
                .toArray()[2];
        for (Trial promoted : trials.subList(9, 12)) {
            assertThat(trials.subList(0, 9)).anySatisfy(first -> {
                assertThat(first.parameters().behaviors())
                        .isEqualTo(promoted.parameters().behaviors());
                assertThat(first.value()).isGreaterThanOrEqualTo(third);
            });
        }
    }

    @Test
    void withoutUsersToMeasureOnThereIsNoSearch() {
        Snapshot few = Snapshot.take(new SmallShop(30, 1), SmallShop.BEHAVIORS);
        assertThatThrownBy(() -> Tuner.search(
                        new ExactSolver(1), Ranker.PROCESSOR, few, base(5, List.of()), listener(new ArrayList<>(), 99)))
                .isInstanceOf(UnfitDataException.class)
                .hasMessageContaining("three target events");
    }

    /** A solver that does what it is told here. */
    private record Scripted(BiFunction<Interactions, Solver.Listener, EhcfModel> script) implements Solver {

        @Override
        public String name() {
            return "scripted";
        }

        @Override
        public boolean continues() {
            return false;
        }

        @Override
        public EhcfModel solve(
                Interactions data, Hyperparameters settings, @Nullable EhcfModel start, Listener listener) {
            return script.apply(data, listener);
        }
    }

    @Test
    void theBudgetEndsATrialThatTakesTooLong() {
        List<Trial> trials = new ArrayList<>();
        Solver slow = new Scripted((data, listener) -> {
            while (!trials.isEmpty() && !listener.canceled()) {
                Thread.onSpinWait();
            }
            if (!trials.isEmpty()) {
                throw new CancellationException("over");
            }
            return new EhcfModel(1, new float[data.users()], new float[data.items()], new float[3][1]);
        });
        TrainingParameters winner =
                Tuner.search(slow, Ranker.PROCESSOR, KNOWN, base(1, List.of()), listener(trials, Integer.MAX_VALUE));
        assertThat(trials).as("the first, the base, is always ended").hasSize(1);
        assertThat(winner.behaviors()).isEqualTo(base(1, List.of()).behaviors());
    }

    @Test
    void numbersThatAreNotFiniteNeverWin() {
        int[] calls = {0};
        List<Trial> trials = new ArrayList<>();
        Solver broken = new Scripted((data, listener) -> {
            float[] items = new float[data.items()];
            Arrays.fill(items, calls[0]++ == 1 ? 1 : Float.NaN);
            float[] users = new float[data.users()];
            Arrays.fill(users, 1);
            return new EhcfModel(1, users, items, new float[][] {{1}, {1}, {1}});
        });
        TrainingParameters winner =
                Tuner.search(broken, Ranker.PROCESSOR, KNOWN, base(1, List.of()), listener(trials, Integer.MAX_VALUE));
        assertThat(trials.get(0).value()).isNull();
        assertThat(trials.get(1).value()).isNotNull();
        assertThat(winner.behaviors()).isEqualTo(trials.get(1).parameters().behaviors());
    }

    /** Where more iterations make models worse, the winner stays short; where they make them better, it does not. */
    @ParameterizedTest
    @CsvSource({"true,2", "false,9"})
    void aWinnerStaysShortOnlyWhereLongerIsWorse(boolean longerIsWorse, int iterations) {
        List<Trial> trials = new ArrayList<>();
        Solver solver = new Solver() {
            @Override
            public String name() {
                return "scripted";
            }

            @Override
            public boolean continues() {
                return false;
            }

            @Override
            public EhcfModel solve(
                    Interactions data, Hyperparameters settings, @Nullable EhcfModel start, Listener listener) {
                // Equal scores rank every held-out item first, different ones do not.
                boolean good = settings.iterations() == (longerIsWorse ? 2 : 9);
                float[] items = new float[data.items()];
                for (int v = 0; v < items.length; v++) {
                    items[v] = good ? 1 : v;
                }
                float[] users = new float[data.users()];
                Arrays.fill(users, 1);
                return new EhcfModel(1, users, items, new float[][] {{1}, {1}, {1}});
            }
        };
        TrainingParameters winner =
                Tuner.search(solver, Ranker.PROCESSOR, KNOWN, base(4, List.of()), listener(trials, Integer.MAX_VALUE));
        assertThat(trials).as("round after round").hasSizeGreaterThan(26);
        assertThat(winner.iterations()).isEqualTo(iterations);
    }

    /** Neither the test items nor the validation items are among what a trial learns from. */
    @Test
    void noHeldOutItemIsLearnedFrom() {
        Snapshot.Split test = SHOP.leaveOneOut();
        List<Interactions> learned = new ArrayList<>();
        ExactSolver exact = new ExactSolver(2);
        Solver spying = new Solver() {
            @Override
            public String name() {
                return "spying";
            }

            @Override
            public boolean continues() {
                return true;
            }

            @Override
            public EhcfModel solve(
                    Interactions data, Hyperparameters settings, @Nullable EhcfModel start, Listener listener) {
                learned.add(data);
                return exact.solve(data, settings, start, listener);
            }
        };
        List<Trial> trials = new ArrayList<>();
        Tuner.search(spying, Ranker.PROCESSOR, test.rest(), base(1, List.of()), listener(trials, Integer.MAX_VALUE));
        assertThat(learned).isNotEmpty();
        for (Interactions data : learned) {
            assertThat(IntStream.range(0, data.users()))
                    .noneMatch(u -> data.byUser().get(2).contains(u, test.testItems()[u]));
            assertThat(IntStream.range(0, data.users()))
                    .noneMatch(u -> data.byUser().get(2).contains(u, VALIDATION.testItems()[u]));
        }
        assertThat(trials.get(0).metrics().users()).isEqualTo(VALIDATION.testUsers().length);
    }
}
