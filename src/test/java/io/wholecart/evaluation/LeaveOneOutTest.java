package io.wholecart.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.wholecart.ehcf.EhcfModel;
import io.wholecart.interaction.Interactions;
import io.wholecart.interaction.Snapshot;
import io.wholecart.interaction.SparseMatrix;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class LeaveOneOutTest {

    /** One factor: an item's score is its factor. */
    private static EhcfModel model(int users, float... items) {
        float[] p = new float[users];
        Arrays.fill(p, 1);
        return new EhcfModel(1, p, items, new float[][] {{1}});
    }

    private static float[] descending(int items) {
        float[] scores = new float[items];
        for (int v = 0; v < items; v++) {
            scores[v] = items - v;
        }
        return scores;
    }

    @Test
    void ranksAmongAllItemsButTheUsersOwn() {
        SparseMatrix train = new SparseMatrix(3, 300, new int[] {0, 2, 2, 2}, new int[] {0, 1});
        Interactions data = Interactions.of(List.of("purchase"), List.of(train));
        // User 0: rank 11 among all, 9 without the two own ones; user 1: rank 60; user 2 has nothing held out.
        RankingMetrics metrics = LeaveOneOut.evaluate(
                model(3, descending(300)), new Snapshot.Split(data, new int[] {11, 60, -1}), () -> false);
        assertThat(metrics.users()).isEqualTo(2);
        assertThat(metrics.hitRatio())
                .containsEntry(10, 0.5)
                .containsEntry(50, 0.5)
                .containsEntry(100, 1.0);
        double log2 = Math.log(2);
        assertThat(metrics.ndcg().get(10)).isCloseTo(log2 / Math.log(11) / 2, within(1e-9));
        assertThat(metrics.ndcg().get(200)).isCloseTo((log2 / Math.log(11) + log2 / Math.log(62)) / 2, within(1e-9));
    }

    @Test
    void aTieDoesNotCountAgainstTheTestItem() {
        SparseMatrix none = new SparseMatrix(1, 40, new int[] {0, 0}, new int[0]);
        Interactions data = Interactions.of(List.of("purchase"), List.of(none));
        float[] equal = new float[40];
        Arrays.fill(equal, 3);
        RankingMetrics metrics =
                LeaveOneOut.evaluate(model(1, equal), new Snapshot.Split(data, new int[] {39}), () -> false);
        assertThat(metrics.ndcg()).containsEntry(10, 1.0);
    }

    @Test
    void aUserOfWhomNothingWasLearnedIsAMiss() {
        SparseMatrix none = new SparseMatrix(1, 40, new int[] {0, 0}, new int[0]);
        Interactions data = Interactions.of(List.of("purchase"), List.of(none));
        EhcfModel model = new EhcfModel(1, new float[1], descending(40), new float[][] {{1}});
        RankingMetrics metrics = LeaveOneOut.evaluate(model, new Snapshot.Split(data, new int[] {0}), () -> false);
        assertThat(metrics.hitRatio()).containsEntry(200, 0.0);
    }
}
