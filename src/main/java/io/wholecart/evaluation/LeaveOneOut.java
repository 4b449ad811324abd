package io.wholecart.evaluation;

import io.wholecart.ehcf.EhcfModel;
import io.wholecart.interaction.Snapshot;
import io.wholecart.interaction.SparseMatrix;
import java.util.Arrays;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Ranks each held-out item among all items but the user's training target items, exactly. A block of users times all
 * items is one dense product, so that the whole score matrix never exists.
 */
public final class LeaveOneOut {

    /** Scores that exist at one time: 64 MiB of floats. */
    private static final int MAX_SCORES = 16 << 20;

    private LeaveOneOut() {}

    /**
     * Hit ratio and NDCG over all users with a held-out item.
     *
     * @param canceled asked between blocks
     */
    public static RankingMetrics evaluate(EhcfModel model, Snapshot.Split split, BooleanSupplier canceled) {
        int[] users = IntStream.range(0, model.users())
                .filter(u -> split.testItems()[u] >= 0)
                .toArray();
        int[] ranks = new int[users.length];
        int block = Math.max(1, MAX_SCORES / Math.max(1, model.items()));
        int target = split.train().target();
        SparseMatrix seen = split.train().byUser().get(target);
        try (INDArray items = Nd4j.create(model.itemFactors(), new long[] {model.factors(), model.items()}, 'f')) {
            for (int from = 0; from < users.length; from += block) {
                if (canceled.getAsBoolean()) {
                    throw new CancellationException("The evaluation was canceled.");
                }
                int[] part = Arrays.copyOfRange(users, from, Math.min(users.length, from + block));
                float[] scores = scores(model, target, items, part);
                int first = from;
                IntStream.range(0, part.length).parallel().forEach(i -> {
                    int user = part[i];
                    ranks[first + i] = model.knows(user)
                            ? rank(scores, i * model.items(), model.items(), split.testItems()[user], seen, user)
                            : Integer.MAX_VALUE;
                });
            }
        }
        return RankingMetrics.of(ranks);
    }

    /** users × items, row after row. */
    private static float[] scores(EhcfModel model, int behavior, INDArray items, int[] users) {
        int d = model.factors();
        float[] queries = new float[users.length * d];
        for (int i = 0; i < users.length; i++) {
            System.arraycopy(model.query(users[i], behavior), 0, queries, i * d, d);
        }
        try (INDArray left = Nd4j.create(queries, new long[] {d, users.length}, 'f');
                INDArray product = Nd4j.create(DataType.FLOAT, new long[] {items.size(1), users.length}, 'f')) {
            Nd4j.gemm(items, left, product, true, false, 1.0, 0.0);
            return product.data().asFloat();
        }
    }

    /** How many candidates score strictly higher than the test item. */
    private static int rank(float[] scores, int at, int items, int test, SparseMatrix seen, int user) {
        float score = scores[at + test];
        int rank = 0;
        for (int v = 0; v < items; v++) {
            rank += scores[at + v] > score ? 1 : 0;
        }
        for (int i = seen.start(user); i < seen.end(user); i++) {
            rank -= scores[at + seen.columns()[i]] > score ? 1 : 0;
        }
        return rank;
    }
}
