package io.wholecart.evaluation;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntPredicate;

/**
 * Averages over some ranks; over none there are none.
 *
 * @param users how many ranks
 * @param hitRatio HR@N by N: the share that was among the first N
 * @param ndcg NDCG@N by N: 1/log2(rank + 2) for those, rank from 0
 */
record RankingMetrics(int users, Map<Integer, Double> hitRatio, Map<Integer, Double> ndcg) {

    static final List<Integer> CUTOFFS = List.of(10, 50, 100, 200);

    /** Of those ranks, which count from 0, whose index is chosen. */
    static RankingMetrics over(int[] ranks, IntPredicate chosen) {
        int users = 0;
        int[] hits = new int[CUTOFFS.size()];
        double[] gains = new double[CUTOFFS.size()];
        for (int i = 0; i < ranks.length; i++) {
            if (chosen.test(i)) {
                users++;
                for (int c = 0; c < hits.length; c++) {
                    if (ranks[i] < CUTOFFS.get(c)) {
                        hits[c]++;
                        gains[c] += Math.log(2) / Math.log(ranks[i] + 2.0);
                    }
                }
            }
        }
        Map<Integer, Double> hitRatio = new TreeMap<>();
        Map<Integer, Double> ndcg = new TreeMap<>();
        for (int c = 0; users > 0 && c < hits.length; c++) {
            hitRatio.put(CUTOFFS.get(c), (double) hits[c] / users);
            ndcg.put(CUTOFFS.get(c), gains[c] / users);
        }
        return new RankingMetrics(users, hitRatio, ndcg);
    }
}
