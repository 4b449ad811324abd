package io.wholecart.evaluation;

import io.wholecart.ehcf.EhcfModel;
import io.wholecart.interaction.Snapshot;
import io.wholecart.interaction.SparseMatrix;
import java.nio.FloatBuffer;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.concurrency.AffinityManager;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Ranks each held-out item among all items but the user's training target items, exactly. A block of users times all
 * items is one dense product, so that the whole score matrix never exists.
 */
public final class LeaveOneOut {

    /** Scores that exist at one time: 8 MiB of floats, about what stays in a cache. */
    private static final int MAX_SCORES = 2 << 20;

    private LeaveOneOut() {}

    /**
     * Ranks the held-out items of all users that have one.
     *
     * @param canceled asked between blocks
     */
    public static Evaluation evaluate(EhcfModel model, Snapshot.Split split, BooleanSupplier canceled) {
        return evaluate(model, split, split.testUsers(), canceled);
    }

    /**
     * Ranks the held-out items of some users.
     *
     * @param users each with a held-out item
     * @throws CancellationException when canceled
     */
    public static Evaluation evaluate(EhcfModel model, Snapshot.Split split, int[] users, BooleanSupplier canceled) {
        if (!model.isFinite()) {
            throw new IllegalArgumentException("a model with numbers that are not finite ranks nothing");
        }
        int[] ranks = new int[users.length];
        int[] newRanks = new int[users.length];
        int[] events = new int[users.length];
        if (users.length == 0) {
            return Evaluation.of(ranks, newRanks, events);
        }
        int block = Math.min(users.length, Math.max(1, MAX_SCORES / model.items()));
        int target = split.train().target();
        SparseMatrix bought = split.train().byUser().get(target);
        try (Scores scores = new Scores(model, target, block)) {
            for (int from = 0; from < users.length; from += block) {
                if (canceled.getAsBoolean()) {
                    throw new CancellationException("The evaluation was canceled.");
                }
                int first = from;
                float[] values = scores.of(users, from, Math.min(users.length, from + block));
                IntStream.range(from, Math.min(users.length, from + block))
                        .parallel()
                        .forEach(i -> {
                            Row row = new Row(split, users[i], values, (i - first) * model.items());
                            boolean known = model.knows(users[i]);
                            ranks[i] = known ? row.rank() : Integer.MAX_VALUE;
                            newRanks[i] = !row.isNew() ? -1 : known ? row.newRank() : Integer.MAX_VALUE;
                            events[i] = bought.end(users[i]) - bought.start(users[i]) + 1;
                        });
            }
        }
        return Evaluation.of(ranks, newRanks, events);
    }

    /** Scores of a block of users for all items, in memory that serves one block after the other. */
    private static final class Scores implements AutoCloseable {

        private final EhcfModel model;
        private final int behavior;
        private final INDArray items;
        private final INDArray product;
        private final FloatBuffer scored;
        private final float[] queries;
        private final float[] values;

        Scores(EhcfModel model, int behavior, int block) {
            this.model = model;
            this.behavior = behavior;
            this.items = Nd4j.create(model.itemFactors(), new long[] {model.factors(), model.items()}, 'f');
            this.product = Nd4j.create(DataType.FLOAT, new long[] {model.items(), block}, 'f');
            this.scored = product.data().asNioFloat();
            this.queries = new float[block * model.factors()];
            this.values = new float[block * model.items()];
        }

        /** users × items, row after row; what a shorter last block leaves over is not to be read. */
        float[] of(int[] users, int from, int to) {
            int d = model.factors();
            for (int i = from; i < to; i++) {
                System.arraycopy(model.query(users[i], behavior), 0, queries, (i - from) * d, d);
            }
            try (INDArray left = Nd4j.create(queries, new long[] {d, queries.length / d}, 'f')) {
                Nd4j.gemm(items, left, product, true, false, 1.0, 0.0);
            }
            Nd4j.getAffinityManager().ensureLocation(product, AffinityManager.Location.HOST);
            scored.get(0, values, 0, (to - from) * model.items());
            return values;
        }

        @Override
        public void close() {
            items.close();
            product.close();
        }
    }

    /** One user's scores and held-out item. A tie does not count against the item. */
    private record Row(Snapshot.Split split, int user, float[] scores, int at) {

        private int test() {
            return split.testItems()[user];
        }

        private boolean higher(int item) {
            return scores[at + item] > scores[at + test()];
        }

        private int behaviors() {
            return split.train().byUser().size();
        }

        /** How many of all items score higher than the held-out one. */
        private int higher() {
            int items = split.train().items();
            float score = scores[at + test()];
            int higher = 0;
            for (int v = at; v < at + items; v++) {
                higher += scores[v] > score ? 1 : 0;
            }
            return higher;
        }

        /** Among all items but the user's own target items. */
        int rank() {
            return higher() - touched(behaviors() - 1);
        }

        boolean isNew() {
            return split.train().byUser().stream().noneMatch(behavior -> behavior.contains(user, test()));
        }

        /** Among the items that the user touched in no behavior. */
        int newRank() {
            return higher() - touched(0);
        }

        /** Higher items that the user touched in this behavior or a later one; each counts once. */
        private int touched(int firstBehavior) {
            int count = 0;
            for (int k = firstBehavior; k < behaviors(); k++) {
                SparseMatrix behavior = split.train().byUser().get(k);
                for (int i = behavior.start(user); i < behavior.end(user); i++) {
                    int v = behavior.columns()[i];
                    if (higher(v) && !touchedBefore(v, firstBehavior, k)) {
                        count++;
                    }
                }
            }
            return count;
        }

        private boolean touchedBefore(int item, int from, int to) {
            for (int k = from; k < to; k++) {
                if (split.train().byUser().get(k).contains(user, item)) {
                    return true;
                }
            }
            return false;
        }
    }
}
