package io.wholecart.training;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.wholecart.cuda.Engine;
import io.wholecart.ehcf.EhcfModel;
import io.wholecart.ehcf.ExactSolver;
import io.wholecart.ehcf.Hyperparameters;
import io.wholecart.ehcf.Solver;
import io.wholecart.evaluation.Ranker;
import io.wholecart.experiment.ParameterCheck;
import io.wholecart.experiment.TrainingParameters;
import io.wholecart.experiment.Trial;
import io.wholecart.interaction.Interactions;
import io.wholecart.interaction.Snapshot;
import io.wholecart.model.ModelStore;
import io.wholecart.support.SmallShop;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mockito.Mockito;
import tools.jackson.databind.json.JsonMapper;

class TrainingPipelineTest {

    /** What the solver was given, search and final training in turn. */
    private final List<Interactions> learned = new ArrayList<>();

    private final Solver spying = new Solver() {
        private final Solver exact = new ExactSolver(2);

        @Override
        public String name() {
            return "exact";
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

    /** Tuning never sees a test item; without a holdout the final training sees everything, the search still does not. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void tuningNeverLooksAtTheTestItems(boolean holdout) {
        SmallShop shop = new SmallShop(150, 4);
        TrainingParameters parameters =
                SmallShop.parameters(6, 4, holdout, new TrainingParameters.Tuning(1, "hitRatio@10", List.of(6)));
        ModelStore nothingServed = Mockito.mock(ModelStore.class);
        TrainingProperties properties = new TrainingProperties(
                "-", "-", 0, true, 1, 1, Engine.Choice.CPU, new TrainingProperties.Gate("meanHitRatio@100", 0.05));
        TrainingPipeline pipeline = new TrainingPipeline(
                shop,
                ParameterCheck.of(List.of(spying), SmallShop.BEHAVIORS),
                nothingServed,
                new PromotionGate(nothingServed, Ranker.PROCESSOR, properties),
                Ranker.PROCESSOR,
                new JsonMapper(),
                new SimpleMeterRegistry());
        List<Trial> trials = new ArrayList<>();
        TrainingPipeline.Outcome outcome = pipeline.run(parameters, new RunProgress(4, trials::add));
        Snapshot whole = Snapshot.take(shop, SmallShop.BEHAVIORS);
        Snapshot.Split test = whole.leaveOneOut();
        assertThat(learned).hasSizeGreaterThan(trials.size());
        for (Interactions data : learned.subList(0, learned.size() - 1)) {
            for (int u : test.testUsers()) {
                assertThat(data.byUser().get(2).contains(u, test.testItems()[u]))
                        .isFalse();
            }
        }
        Interactions last = learned.get(learned.size() - 1);
        assertThat(last.byUser().get(2).size())
                .isEqualTo(
                        holdout
                                ? test.rest().byUser().get(2).size()
                                : whole.byUser().get(2).size());
        assertThat(outcome.artifact().metrics() == null).isNotEqualTo(holdout);
        assertThat(outcome.winner().behaviors())
                .isEqualTo(trials.stream()
                        .max(Comparator.comparingDouble(Trial::value))
                        .orElseThrow()
                        .parameters()
                        .behaviors());
    }
}
