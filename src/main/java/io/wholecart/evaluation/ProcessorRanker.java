package io.wholecart.evaluation;

import io.wholecart.ehcf.EhcfModel;
import io.wholecart.ehcf.ItemScores;
import io.wholecart.interaction.Snapshot;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;

/** Some users at a time pass over the items, and of each score nothing is kept but whether it is higher. */
final class ProcessorRanker implements Ranker {

    @Override
    public Ranks rank(EhcfModel model, Snapshot.Split split, int[] users, BooleanSupplier canceled) {
        int[] ranks = new int[users.length];
        int[] newRanks = new int[users.length];
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
                HeldOut row = new HeldOut(split, users[i]);
                int higher = ranking.higher(i - from);
                ranks[i] = higher - ranking.higher(i - from, row.targets());
                newRanks[i] = row.isNew() ? higher - ranking.higher(i - from, row.touched()) : -1;
            }
        });
        return new Ranks(ranks, newRanks);
    }
}
