package io.wholecart.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.Assertions.within;

import io.wholecart.ehcf.EhcfModel;
import io.wholecart.interaction.Snapshot;
import io.wholecart.interaction.SparseMatrix;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.stream.IntStream;
import net.jqwik.api.Assume;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class LeaveOneOutTest {

    /** One factor: an item's score is its factor. */
    private static EhcfModel model(int users, float... items) {
        float[] p = new float[users];
        Arrays.fill(p, 1);
        return new EhcfModel(1, p, items, new float[][] {{1}, {1}});
    }

    private static float[] descending(int items) {
        float[] scores = new float[items];
        for (int v = 0; v < items; v++) {
            scores[v] = items - v;
        }
        return scores;
    }

    private static Snapshot.Split split(List<SparseMatrix> train, int... testItems) {
        List<String> names = List.of("view", "cart", "purchase").subList(3 - train.size(), 3);
        Snapshot rest = new Snapshot(names, List.of(), List.of(), train, new long[0], Instant.EPOCH);
        return new Snapshot.Split(rest, rest.all(), testItems);
    }

    private static Evaluation evaluate(EhcfModel model, Snapshot.Split split) {
        return LeaveOneOut.evaluate(model, split, Ranker.PROCESSOR, () -> false);
    }

    @Test
    void ranksAmongAllItemsButTheUsersOwn() {
        SparseMatrix train = new SparseMatrix(3, 300, new int[] {0, 2, 2, 2}, new int[] {0, 1});
        // User 0: rank 11 among all, 9 without the two own ones; user 1: rank 60; user 2 has nothing held out.
        Evaluation metrics = evaluate(model(3, descending(300)), split(List.of(train), 11, 60, -1));
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
    void newItemsAreRankedAmongThoseThatTheUserTouchedInNoBehavior() {
        // Both users put items 0 to 4 into the cart and bought item 4; user 1 also had the held-out item 12 in the
        // cart.
        SparseMatrix cart =
                new SparseMatrix(2, 100, new int[] {0, 5, 11}, new int[] {0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 12});
        SparseMatrix purchase = new SparseMatrix(2, 100, new int[] {0, 1, 2}, new int[] {4, 4});
        Evaluation metrics = evaluate(model(2, descending(100)), split(List.of(cart, purchase), 12, 12));
        // Rank 12 − 1 bought = 11 over all; 12 − 5 touched, one of them in both behaviors, = 7 for the new one.
        assertThat(metrics.users()).isEqualTo(2);
        assertThat(metrics.hitRatio()).containsEntry(10, 0.0).containsEntry(50, 1.0);
        assertThat(metrics.newUsers()).isEqualTo(1);
        assertThat(metrics.newHitRatio()).containsEntry(10, 1.0);
        assertThat(metrics.newNdcg().get(10)).isCloseTo(Math.log(2) / Math.log(9), within(1e-9));
    }

    @Test
    void usersAreGroupedByTheirTargetEventsTheHeldOutOneCounted() {
        int[] bought = {1, 4, 7, 8, 16, 19, 20};
        int[] offsets = new int[bought.length + 1];
        for (int u = 0; u < bought.length; u++) {
            offsets[u + 1] = offsets[u] + bought[u];
        }
        int[] columns = new int[offsets[bought.length]];
        for (int u = 0; u < bought.length; u++) {
            for (int i = 0; i < bought[u]; i++) {
                columns[offsets[u] + i] = i;
            }
        }
        SparseMatrix train = new SparseMatrix(bought.length, 90, offsets, columns);
        int[] tests = {60, 60, 60, 60, 60, 60, 60};
        Evaluation metrics = evaluate(model(bought.length, descending(90)), split(List.of(train), tests));
        assertThat(metrics.activity())
                .extracting(Evaluation.Activity::targetEvents, Evaluation.Activity::users)
                .containsExactly(
                        tuple("1-4", 1), tuple("5-8", 2), tuple("9-12", 1), tuple("17-20", 2), tuple(">20", 1));
        assertThat(metrics.activity().get(4).hitRatio()).containsEntry(50, 1.0).containsEntry(10, 0.0);
    }

    @Test
    void aTieDoesNotCountAgainstTheTestItem() {
        SparseMatrix none = new SparseMatrix(1, 40, new int[] {0, 0}, new int[0]);
        float[] equal = new float[40];
        Arrays.fill(equal, 3);
        assertThat(evaluate(model(1, equal), split(List.of(none), 39)).ndcg()).containsEntry(10, 1.0);
    }

    @Test
    void aUserOfWhomNothingWasLearnedIsAMiss() {
        SparseMatrix none = new SparseMatrix(1, 40, new int[] {0, 0}, new int[0]);
        EhcfModel model = new EhcfModel(1, new float[1], descending(40), new float[][] {{1}});
        Evaluation metrics = evaluate(model, split(List.of(none), 0));
        assertThat(metrics.hitRatio()).containsEntry(200, 0.0);
        assertThat(metrics.newHitRatio()).containsEntry(200, 0.0);
    }

    @Test
    void numbersThatAreNotFiniteRankNothing() {
        SparseMatrix none = new SparseMatrix(1, 3, new int[] {0, 0}, new int[0]);
        EhcfModel model = model(1, 1, Float.NaN, 2);
        assertThatThrownBy(() -> evaluate(model, split(List.of(none), 1))).hasMessageContaining("not finite");
    }

    @Test
    void aCanceledEvaluationStops() {
        SparseMatrix none = new SparseMatrix(1, 3, new int[] {0, 0}, new int[0]);
        assertThatThrownBy(() ->
                        LeaveOneOut.evaluate(model(1, 1, 2, 3), split(List.of(none), 1), Ranker.PROCESSOR, () -> true))
                .isInstanceOf(CancellationException.class);
    }

    /** Any integer scores, many of them equal, against sorting them. */
    @Property(tries = 200)
    void ranksAreThoseOfAFullSort(
            @ForAll @Size(value = 30) List<@IntRange(min = -4, max = 4) Integer> scores,
            @ForAll @IntRange(max = 29) int test,
            @ForAll Set<@IntRange(max = 29) Integer> carted,
            @ForAll Set<@IntRange(max = 29) Integer> purchased) {
        purchased.remove(test);
        float[] items = new float[30];
        for (int v = 0; v < 30; v++) {
            items[v] = scores.get(v);
        }
        Evaluation metrics = evaluate(model(1, items), split(List.of(row(carted), row(purchased)), test));
        assertThat(metrics.ndcg().get(50)).isCloseTo(gain(scores, test, purchased), within(1e-9));
        Set<Integer> touched = new HashSet<>(carted);
        touched.addAll(purchased);
        assertThat(metrics.newUsers()).isEqualTo(touched.contains(test) ? 0 : 1);
        if (!touched.contains(test)) {
            assertThat(metrics.newNdcg().get(50)).isCloseTo(gain(scores, test, touched), within(1e-9));
        }
    }

    /** More users and items than are passed over at once; whole numbers, so that every sum is exact and many are equal. */
    @Test
    void manyUsersAndItemsAreRankedAsOneByOne() {
        int users = 150;
        int items = 3_001;
        int d = 24;
        Random random = new Random(5);
        float[] p = new float[users * d];
        float[] q = new float[items * d];
        for (float[] factors : List.of(p, q)) {
            for (int i = 0; i < factors.length; i++) {
                factors[i] = random.nextInt(5) - 2;
            }
        }
        float[] head = new float[d];
        Arrays.fill(head, 1);
        EhcfModel model = new EhcfModel(d, p, q, new float[][] {head});
        int[] offsets = IntStream.rangeClosed(0, users).map(u -> 20 * u).toArray();
        int[] columns = IntStream.range(0, users)
                .flatMap(u -> random.ints(0, items - 1).distinct().limit(20).sorted())
                .toArray();
        int[] tests = new int[users];
        Arrays.fill(tests, items - 1);
        double gain = 0;
        int hits = 0;
        for (int u = 0; u < users; u++) {
            int rank = 0;
            for (int v = 0; v < items; v++) {
                boolean bought = Arrays.binarySearch(columns, offsets[u], offsets[u + 1], v) >= 0;
                rank += !bought && model.score(u, v, 0) > model.score(u, items - 1, 0) ? 1 : 0;
            }
            hits += rank < 200 ? 1 : 0;
            gain += rank < 200 ? Math.log(2) / Math.log(rank + 2.0) : 0;
        }
        SparseMatrix bought = new SparseMatrix(users, items, offsets, columns);
        Evaluation metrics = evaluate(model, split(List.of(bought), tests));
        assertThat(hits).isBetween(1, users - 1);
        assertThat(metrics.hitRatio().get(200)).isCloseTo((double) hits / users, within(1e-12));
        assertThat(metrics.ndcg().get(200)).isCloseTo(gain / users, within(1e-9));
    }

    private static SparseMatrix row(Set<Integer> columns) {
        int[] sorted = columns.stream().mapToInt(Integer::intValue).sorted().toArray();
        return new SparseMatrix(1, 30, new int[] {0, sorted.length}, sorted);
    }

    /** 1/log2(rank + 2) of the test item where candidates are sorted by score, the test item first among equals. */
    private static double gain(List<Integer> scores, int test, Set<Integer> left) {
        List<Integer> order = new ArrayList<>();
        for (int v = 0; v < 30; v++) {
            if (!left.contains(v)) {
                order.add(v);
            }
        }
        order.sort(Comparator.<Integer>comparingInt(v -> -scores.get(v)).thenComparing(v -> v == test ? 0 : 1));
        return Math.log(2) / Math.log(order.indexOf(test) + 2);
    }

    @Test
    void ofNoRanksThereIsNoAverage() {
        assertThat(RankingMetrics.over(new int[] {3, 5}, i -> false))
                .isEqualTo(new RankingMetrics(0, Map.of(), Map.of()));
    }

    @Property
    void moreNeverHitsLess(@ForAll int @Size(max = 50) [] raw) {
        Assume.that(raw.length > 0);
        int[] ranks = IntStream.of(raw).map(rank -> rank & 0xfff).toArray();
        RankingMetrics metrics = RankingMetrics.over(ranks, i -> true);
        double hits = 0;
        double gain = 0;
        for (int n : RankingMetrics.CUTOFFS) {
            assertThat(metrics.hitRatio().get(n)).isBetween(hits, 1.0);
            assertThat(metrics.ndcg().get(n)).isBetween(gain, metrics.hitRatio().get(n));
            hits = metrics.hitRatio().get(n);
            gain = metrics.ndcg().get(n);
        }
    }

    @Test
    void metricsAreNamed() {
        Evaluation evaluation =
                new Evaluation(2, Map.of(100, 0.4), Map.of(10, 0.3), 1, Map.of(100, 0.2), Map.of(10, 0.1), List.of());
        assertThat(Metric.parse("hitRatio@100").of(evaluation)).isEqualTo(0.4);
        assertThat(Metric.parse("newHitRatio@100").of(evaluation)).isEqualTo(0.2);
        assertThat(Metric.parse(Metric.DEFAULT).of(evaluation)).isCloseTo(0.3, within(1e-12));
        assertThat(Metric.parse("ndcg@10").of(evaluation)).isEqualTo(0.3);
        assertThat(Metric.parse("newNdcg@10").of(evaluation)).isEqualTo(0.1);
        assertThat(Metric.parse("meanNdcg@10").of(evaluation)).isCloseTo(0.2, within(1e-12));
        Evaluation nothingNew =
                new Evaluation(2, Map.of(100, 0.4), Map.of(10, 0.3), 0, Map.of(100, 0.0), Map.of(10, 0.0), List.of());
        assertThat(Metric.parse(Metric.DEFAULT).of(nothingNew)).isEqualTo(0.4);
        for (String wrong : List.of("hitRatio", "hitRatio@5", "HitRatio@10", "recall@10", "")) {
            assertThatThrownBy(() -> Metric.parse(wrong)).hasMessageContaining("@10, @50, @100 or @200");
        }
    }
}
