package io.wholecart.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.wholecart.ehcf.EhcfModel;
import io.wholecart.ehcf.Hyperparameters;
import io.wholecart.ehcf.LossWeights;
import io.wholecart.interaction.Snapshot;
import io.wholecart.interaction.SparseMatrix;
import io.wholecart.model.ModelArtifact;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class WarmStartTest {

    private static final List<Hyperparameters.Weight> WEIGHTS =
            List.of(new Hyperparameters.Weight(0.3f, 0.1f), new Hyperparameters.Weight(0.7f, 0.2f));

    /** Two items with one factor; what the users' vectors are is what they were served with. */
    private static ModelArtifact active(LossWeights loss) {
        EhcfModel model = new EhcfModel(1, new float[] {9, 9}, new float[] {1, 2}, new float[][] {{1}, {3}});
        return new ModelArtifact(
                model, List.of("view", "buy"), List.of("a", "b"), List.of("x", "y"), loss, Map.of(), null);
    }

    /** Item z is new, b is gone, c is new; a viewed x and c bought y. */
    private static Snapshot snapshot() {
        SparseMatrix views = new SparseMatrix(2, 3, new int[] {0, 1, 1}, new int[] {1});
        SparseMatrix purchases = new SparseMatrix(2, 3, new int[] {0, 0, 1}, new int[] {2});
        return new Snapshot(
                List.of("view", "buy"),
                List.of("a", "c"),
                List.of("z", "x", "y"),
                List.of(views, purchases),
                new long[] {1},
                Instant.EPOCH);
    }

    @Test
    void usersComeFromTheSnapshotsEventsAlone() {
        LossWeights loss = new LossWeights(0.5f, WEIGHTS, new float[] {1, 2});
        EhcfModel refit = WarmStart.refit(active(loss), snapshot(), () -> false);
        assertThat(refit.itemFactors()).containsExactly(0, 1, 2);
        double dense = (0.3 * 0.1 * 1 + 0.7 * 0.2 * 9) * (1 + 2 * 4);
        double viewed = 0.3 * 1 / ((dense + 0.3 * (1 - 0.1)) / 0.5);
        double bought = 0.7 * 6 / ((dense + 0.7 * (1 - 0.2 * 2) * 36) / 0.5);
        assertThat((double) refit.userFactors()[0]).isCloseTo(viewed, within(1e-4 * viewed));
        assertThat((double) refit.userFactors()[1]).isCloseTo(bought, within(1e-4 * bought));
    }

    @Test
    void aModelThatDoesNotTellHowKeepsItsUsers() {
        assertThat(WarmStart.refit(active(null), snapshot(), () -> false).userFactors())
                .containsExactly(9, 0);
    }
}
