package io.wholecart.evaluation;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * How well held-out items were ranked.
 *
 * @param users how many held-out items there were, one a user
 * @param hitRatio HR@N by N: the share that was among the first N
 * @param ndcg NDCG@N by N: 1/log2(rank + 2) for those, rank from 0
 */
public record RankingMetrics(int users, Map<Integer, Double> hitRatio, Map<Integer, Double> ndcg) {

    private static final List<Integer> CUTOFFS = List.of(10, 50, 100, 200);

    /** Averages over ranks, which count from 0. */
    static RankingMetrics of(int[] ranks) {
        Map<Integer, Double> hitRatio = new TreeMap<>();
        Map<Integer, Double> ndcg = new TreeMap<>();
        for (int n : CUTOFFS) {
            int hits = 0;
            double gain = 0;
            for (int rank : ranks) {
                if (rank < n) {
                    hits++;
                    gain += Math.log(2) / Math.log(rank + 2.0);
                }
            }
            hitRatio.put(n, ranks.length == 0 ? 0 : (double) hits / ranks.length);
            ndcg.put(n, ranks.length == 0 ? 0 : gain / ranks.length);
        }
        return new RankingMetrics(ranks.length, hitRatio, ndcg);
    }
}
