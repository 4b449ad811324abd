package io.wholecart.training;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.wholecart.cuda.Engine;
import io.wholecart.ehcf.Hyperparameters;
import io.wholecart.ehcf.Solver;
import io.wholecart.interaction.Interactions;
import io.wholecart.interaction.SparseMatrix;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class EngineWatchTest {

    /** The real way, to the libraries that this machine does not have. */
    @ParameterizedTest
    @EnumSource(Engine.Choice.class)
    void withoutACardTheRunIsTheProcessorsAndTheMetricsSaySo(Engine.Choice choice) {
        Assumptions.assumeFalse(Files.exists(Path.of("/dev/nvidia0")), "this machine has a card");
        SimpleMeterRegistry meters = new SimpleMeterRegistry();
        Engine engine = new Engine(choice, 1, new EngineWatch(meters, choice));
        Interactions data = Interactions.of(
                List.of("purchase"), List.of(new SparseMatrix(2, 2, new int[] {0, 1, 2}, new int[] {0, 1})));
        Hyperparameters settings = new Hyperparameters(
                2, 1, 1, List.of(new Hyperparameters.Weight(1, 0.1f)), 0, 1, 0, Hyperparameters.Adagrad.paper(1), 1);
        for (Solver solver : engine.solvers()) {
            assertThat(solver.solve(data, settings, null, SILENT).isFinite()).isTrue();
        }
        double fallbacks = meters.find("wholecart.training.engine.fallback").tag("reason", "absent").counters().stream()
                .mapToDouble(counter -> counter.count())
                .sum();
        assertThat(fallbacks).isEqualTo(choice == Engine.Choice.CPU ? 0 : 1);
        assertThat(meters.get("wholecart.training.engine.solves")
                        .tags("engine", "cpu", "solver", "exact")
                        .counter()
                        .count())
                .isEqualTo(1);
    }

    private static final Solver.Listener SILENT = new Solver.Listener() {
        @Override
        public void iteration(int done, double loss) {}

        @Override
        public boolean canceled() {
            return false;
        }
    };
}
