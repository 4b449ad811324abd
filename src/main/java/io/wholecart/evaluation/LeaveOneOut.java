package io.wholecart.evaluation;

import io.wholecart.ehcf.EhcfModel;
import io.wholecart.interaction.Snapshot;
import io.wholecart.interaction.SparseMatrix;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;

/** Ranks each held-out item among all items but the user's training target items, exactly. */
public final class LeaveOneOut {

    private LeaveOneOut() {}

    /**
     * Ranks the held-out items of all users that have one.
     *
     * @param canceled asked between blocks
     */
    public static Evaluation evaluate(EhcfModel model, Snapshot.Split split, Ranker ranker, BooleanSupplier canceled) {
        return evaluate(model, split, split.testUsers(), ranker, canceled);
    }

    /**
     * Ranks the held-out items of some users.
     *
     * @param users each with a held-out item
     * @throws CancellationException when canceled
     */
    public static Evaluation evaluate(
            EhcfModel model, Snapshot.Split split, int[] users, Ranker ranker, BooleanSupplier canceled) {
        if (!model.isFinite()) {
            throw new IllegalArgumentException("a model with numbers that are not finite ranks nothing");
        }
        SparseMatrix bought = split.train().byUser().get(split.train().target());
        Ranker.Ranks ranks = ranker.rank(model, split, users, canceled);
        int[] events = new int[users.length];
        for (int i = 0; i < users.length; i++) {
            events[i] = bought.end(users[i]) - bought.start(users[i]) + 1;
            if (!model.knows(users[i])) {
                ranks.ranks()[i] = Integer.MAX_VALUE;
                ranks.newRanks()[i] = ranks.newRanks()[i] < 0 ? -1 : Integer.MAX_VALUE;
            }
        }
        return Evaluation.of(ranks.ranks(), ranks.newRanks(), events);
    }
}
