package io.wholecart.ehcf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.wholecart.interaction.Interactions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AdagradSolverTest {

    private static Solver.Listener listener(List<Double> losses, boolean canceled) {
        return new Solver.Listener() {
            @Override
            public void iteration(int done, double loss) {
                losses.add(loss);
            }

            @Override
            public boolean canceled() {
                return canceled;
            }
        };
    }

    private static Hyperparameters settings(
            int behaviors, float keep, int epochs, boolean transfer, boolean multiTask) {
        List<Hyperparameters.Weight> weights = new ArrayList<>();
        for (int k = 0; k < behaviors; k++) {
            weights.add(new Hyperparameters.Weight(1f / behaviors, 0.05f));
        }
        TransferGraph graph = transfer ? TransferGraph.chain(behaviors) : TransferGraph.none(behaviors);
        Hyperparameters.Adagrad adagrad = new Hyperparameters.Adagrad(0.05f, 32, 1e-4f, multiTask, graph);
        return new Hyperparameters(8, epochs, keep, weights, 0, 1, 0, adagrad, 7);
    }

    private static EhcfModel solve(Interactions data, Hyperparameters settings, List<Double> losses) {
        return new AdagradSolver(2).solve(data, settings, null, listener(losses, false));
    }

    @ParameterizedTest
    @CsvSource({"1,true,true", "2,true,true", "3,true,true", "3,false,true", "3,true,false"})
    void theLossFalls(int behaviors, boolean transfer, boolean multiTask) {
        Interactions data = DenseOracle.random(5, 150, 60, behaviors, 0.1);
        List<Double> losses = new ArrayList<>();
        Hyperparameters settings = settings(behaviors, 0.8f, 60, transfer, multiTask);
        EhcfModel model = solve(data, settings, losses);
        assertThat(losses).hasSize(60);
        assertThat(model.isFinite()).isTrue();
        double without = new DenseOracle(data, settings).loss(model);
        assertThat(without)
                .as("the whole-data loss, whose value for no model is 0")
                .isLessThan(-20);
        assertThat(losses.get(59)).isLessThan(losses.get(0));
    }

    @Test
    void findsAboutWhatTheExactSolverFinds() {
        Interactions data = DenseOracle.random(5, 150, 60, 2, 0.1);
        Hyperparameters settings = settings(2, 1, 300, true, true);
        double stepped = new DenseOracle(data, settings).loss(solve(data, settings, new ArrayList<>()));
        EhcfModel best = new ExactSolver(2).solve(data, settings, null, listener(new ArrayList<>(), false));
        double exact = new DenseOracle(data, settings).loss(best);
        assertThat(stepped).isBetween(exact * 1.02, exact * 0.9);
    }

    @Test
    void theSameSeedGivesTheSameModel() {
        Interactions data = DenseOracle.random(5, 100, 50, 3, 0.1);
        EhcfModel one = solve(data, settings(3, 0.5f, 5, true, true), new ArrayList<>());
        EhcfModel two = solve(data, settings(3, 0.5f, 5, true, true), new ArrayList<>());
        assertThat(two.userFactors()).isEqualTo(one.userFactors());
        assertThat(two.itemFactors()).isEqualTo(one.itemFactors());
        assertThat(two.heads()).isDeepEqualTo(one.heads());
    }

    @Test
    void eachVariantIsAModelOfItsOwn() {
        Interactions data = DenseOracle.random(5, 100, 50, 3, 0.1);
        float[] whole =
                solve(data, settings(3, 1, 5, true, true), new ArrayList<>()).itemFactors();
        assertThat(solve(data, settings(3, 1, 5, false, true), new ArrayList<>())
                        .itemFactors())
                .isNotEqualTo(whole);
        assertThat(solve(data, settings(3, 1, 5, true, false), new ArrayList<>())
                        .itemFactors())
                .isNotEqualTo(whole);
        assertThat(solve(data, settings(3, 0.5f, 5, true, true), new ArrayList<>())
                        .itemFactors())
                .isNotEqualTo(whole);
    }

    @Test
    void usersWithoutPositivesGetZeros() {
        Interactions data = DenseOracle.random(3, 40, 30, 1, 0.01);
        EhcfModel model = solve(data, settings(1, 1, 2, true, true), new ArrayList<>());
        for (int u = 0; u < 40; u++) {
            boolean any = data.byUser().get(0).end(u) > data.byUser().get(0).start(u);
            assertThat(model.knows(u)).isEqualTo(any);
        }
    }

    @Test
    void oneUserAndOneItemGiveFiniteNumbers() {
        Interactions data = DenseOracle.random(3, 1, 1, 2, 1.1);
        assertThat(solve(data, settings(2, 0.5f, 30, true, true), new ArrayList<>())
                        .isFinite())
                .isTrue();
    }

    @Test
    void aCanceledSolveStopsAndNoModelIsGoneOnFrom() {
        Interactions data = DenseOracle.random(3, 40, 30, 1, 0.1);
        Hyperparameters settings = settings(1, 1, 3, true, true);
        assertThatThrownBy(() -> new AdagradSolver(2).solve(data, settings, null, listener(new ArrayList<>(), true)))
                .isInstanceOf(CancellationException.class);
        EhcfModel start = new EhcfModel(8, new float[40 * 8], new float[30 * 8], new float[1][8]);
        assertThatThrownBy(() -> new AdagradSolver(2).solve(data, settings, start, listener(new ArrayList<>(), false)))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
