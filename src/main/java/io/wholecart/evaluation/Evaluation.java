package io.wholecart.evaluation;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * How well the held-out items were ranked: over all of them, over the <em>new</em> ones alone, which their users had
 * touched in no behavior and which are ranked among items that they touched in none, and by how active the users are.
 *
 * @param users how many held-out items there were, one a user
 * @param hitRatio HR@N by N
 * @param ndcg NDCG@N by N
 * @param newUsers how many of the held-out items were new
 * @param newHitRatio HR@N of those
 * @param newNdcg NDCG@N of those
 * @param activity all again, by the user's number of target events; only groups that have users
 */
public record Evaluation(
        int users,
        Map<Integer, Double> hitRatio,
        Map<Integer, Double> ndcg,
        int newUsers,
        Map<Integer, Double> newHitRatio,
        Map<Integer, Double> newNdcg,
        List<Activity> activity) {

    /** Groups of Figure 4 of the paper, by the first number of events in each, and one below for smaller shops. */
    private static final int[] GROUPS = {1, 5, 9, 13, 17, 21};

    /**
     * A group of users.
     *
     * @param targetEvents how many distinct target events its users have, the held-out one counted, as "5-8"
     */
    public record Activity(String targetEvents, int users, Map<Integer, Double> hitRatio, Map<Integer, Double> ndcg) {}

    /**
     * Averages.
     *
     * @param ranks of the held-out items, from 0
     * @param newRanks of the new ones, from 0; −1 for one that is not new
     * @param events target events of each user
     */
    static Evaluation of(int[] ranks, int[] newRanks, int[] events) {
        RankingMetrics all = RankingMetrics.over(ranks, i -> true);
        RankingMetrics fresh = RankingMetrics.over(newRanks, i -> newRanks[i] >= 0);
        List<Activity> activity = new ArrayList<>();
        for (int g = 0; g < GROUPS.length; g++) {
            int from = GROUPS[g];
            int to = g + 1 < GROUPS.length ? GROUPS[g + 1] - 1 : Integer.MAX_VALUE;
            RankingMetrics group = RankingMetrics.over(ranks, i -> events[i] >= from && events[i] <= to);
            if (group.users() > 0) {
                String name = to == Integer.MAX_VALUE ? ">" + (from - 1) : from + "-" + to;
                activity.add(new Activity(name, group.users(), group.hitRatio(), group.ndcg()));
            }
        }
        return new Evaluation(
                all.users(), all.hitRatio(), all.ndcg(), fresh.users(), fresh.hitRatio(), fresh.ndcg(), activity);
    }
}
