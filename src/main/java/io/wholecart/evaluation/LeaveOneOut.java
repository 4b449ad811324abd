package io.wholecart.evaluation;

import io.wholecart.ehcf.EhcfModel;
import io.wholecart.ehcf.ItemScores;
import io.wholecart.interaction.Snapshot;
import io.wholecart.interaction.SparseMatrix;
import java.util.Arrays;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;

/**
 * Ranks each held-out item among all items but the user's training target items, exactly. Some users at a
 * time pass over the items, and of each score nothing is kept but whether it is higher.
 */
public final class LeaveOneOut {

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
        SparseMatrix bought = split.train().byUser().get(split.train().target());
        ItemScores scores = new ItemScores(model, split.train().target());
        int blocks = (users.length + ItemScores.USERS - 1) / ItemScores.USERS;
        IntStream.range(0, blocks).parallel().forEach(block -> {
            if (canceled.getAsBoolean()) {
                throw new CancellationException("The evaluation was canceled.");
            }
            int from = block * ItemScores.USERS;
            int to = Math.min(users.length, from + ItemScores.USERS);
            ItemScores.Ranking ranking = scores.new Ranking();
            ranking.rank(users, from, to, user -> split.testItems()[user]);
            for (int i = from; i < to; i++) {
                Row row = new Row(split, users[i], ranking, i - from);
                boolean known = model.knows(users[i]);
                ranks[i] = known ? row.rank() : Integer.MAX_VALUE;
                newRanks[i] = !row.isNew() ? -1 : known ? row.newRank() : Integer.MAX_VALUE;
                events[i] = bought.end(users[i]) - bought.start(users[i]) + 1;
            }
        });
        return Evaluation.of(ranks, newRanks, events);
    }

    /** One user's held-out item among the others. A tie does not count against it. */
    private record Row(Snapshot.Split split, int user, ItemScores.Ranking ranking, int place) {

        private int behaviors() {
            return split.train().byUser().size();
        }

        /** Among all items but the user's own target items. */
        int rank() {
            return ranking.higher(place) - higherTouched(behaviors() - 1);
        }

        boolean isNew() {
            return split.train().byUser().stream()
                    .noneMatch(behavior -> behavior.contains(user, split.testItems()[user]));
        }

        /** Among the items that the user touched in no behavior. */
        int newRank() {
            return ranking.higher(place) - higherTouched(0);
        }

        /** Higher items that the user touched in this behavior or a later one; each counts once. */
        private int higherTouched(int firstBehavior) {
            int[] touched = IntStream.range(firstBehavior, behaviors())
                    .mapToObj(k -> split.train().byUser().get(k))
                    .flatMapToInt(
                            behavior -> Arrays.stream(behavior.columns(), behavior.start(user), behavior.end(user)))
                    .distinct()
                    .toArray();
            return ranking.higher(place, touched);
        }
    }
}
