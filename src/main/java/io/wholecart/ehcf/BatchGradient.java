package io.wholecart.ehcf;

import io.wholecart.interaction.Interactions;
import java.util.Arrays;

/**
 * The whole-data loss of a batch of users and its gradients by all that is learned (equations 6, 8, 9). What touches
 * every item is the {@link DenseEngine}'s work; here the batch's positives are gone through one by one, first by user, then
 * by item.
 */
final class BatchGradient {

    /** Blocks of users or items, of which a thread takes one after the other. */
    private static final int PARTS = 16;

    private final Hyperparameters settings;
    private final double[] itemWeights;
    private final int d;
    private final DenseEngine engine;
    private final BatchPositives positives;
    private final Workers workers;

    private double[] itemRows = new double[0];
    /** h_k ∘ x_u by behavior and user. */
    private double[] queries = new double[0];
    /** ∂L/∂(h_k ∘ x_u) of the positives, by behavior and user. */
    private double[] pulls = new double[0];
    /** ∂L/∂score of a positive. */
    private double[] byScores = new double[0];

    private double[] byItemRows = new double[0];
    private double[] byEveryItem = new double[0];
    private double[] byUsers = new double[0];
    private double[][] byHeads = new double[0][];

    /**
     * Works on the engine's item factors from batch to batch.
     *
     * @param itemWeights g
     */
    BatchGradient(
            Interactions data, Hyperparameters settings, double[] itemWeights, DenseEngine engine, Workers workers) {
        this.positives = new BatchPositives(data);
        this.workers = workers;
        this.settings = settings;
        this.d = settings.factors();
        this.engine = engine;
        this.itemWeights = itemWeights;
    }

    /** D in ∂L/∂q_v = 2 g_v D q_v + what {@link #byItemRows} has for the items of the last batch. */
    double[] byEveryItem() {
        return byEveryItem;
    }

    /** The items that are positive in the last batch, each once. */
    int[] items() {
        return positives.items();
    }

    double[] byItemRows() {
        return byItemRows;
    }

    /** ∂L/∂X of the last batch, users × d. */
    double[] byUsers() {
        return byUsers;
    }

    /** ∂L/∂h_k of the last batch, as if every h_k were free. */
    double[][] byHeads() {
        return byHeads;
    }

    /**
     * The loss, and the gradients as a side effect.
     *
     * @param users the batch
     * @param x their factors after dropout, users × d
     * @param heads h_k
     * @param shares λ_k
     */
    double of(int[] users, double[] x, double[][] heads, double[] shares) {
        byHeads = new double[heads.length][d];
        double loss = dense(x, heads, shares);
        positives.load(users, shares);
        return loss + positives(x, heads, shares);
    }

    /** Every item counts as negative: Σ_k λ_k c_k Σ_ij h_ki h_kj (G_P)_ij (G_Q)_ij. */
    private double dense(double[] x, double[][] heads, double[] shares) {
        double[] gramP = engine.gram(x);
        double[] gramQ = engine.itemGram();
        double[] outer = new double[d * d];
        double loss = 0;
        for (int k = 0; k < heads.length; k++) {
            double negative = shares[k] * settings.behaviors().get(k).negativeWeight();
            for (int i = 0; i < d; i++) {
                double product = 0;
                for (int j = 0; j < d; j++) {
                    outer[i * d + j] += negative * heads[k][i] * heads[k][j];
                    product += gramP[i * d + j] * gramQ[i * d + j] * heads[k][j];
                }
                byHeads[k][i] += 2 * negative * product;
                loss += negative * heads[k][i] * product;
            }
        }
        double[] matrix = product(outer, gramQ);
        for (int i = 0; i < matrix.length; i++) {
            matrix[i] *= 2;
        }
        byUsers = engine.times(x, matrix);
        byEveryItem = product(outer, gramP);
        return loss;
    }

    private static double[] product(double[] a, double[] b) {
        double[] product = new double[a.length];
        for (int i = 0; i < a.length; i++) {
            product[i] = a[i] * b[i];
        }
        return product;
    }
    /** Σ_k λ_k Σ_R_k [(1 − c_kv) score² − 2 score], and its gradients. */
    private double positives(double[] x, double[][] heads, double[] shares) {
        int users = x.length / d;
        itemRows = engine.rows(positives.items());
        queries = new double[heads.length * x.length];
        pulls = new double[queries.length];
        byScores = new double[positives.size()];
        byItemRows = new double[itemRows.length];
        double[] losses = new double[users];
        workers.forBlocks(Blocks.even(users, PARTS), () -> shares, (block, from, to, scratch) -> {
            for (int k = 0; k < heads.length; k++) {
                for (int b = from; b < to; b++) {
                    losses[b] += user(k, k * users + b, x, b * d, heads[k], shares[k]);
                }
            }
        });
        workers.forBlocks(Blocks.even(positives.items().length, PARTS), () -> shares, (block, from, to, scratch) -> {
            for (int place = from; place < to; place++) {
                item(place);
            }
        });
        byHeads(x);
        return Arrays.stream(losses).sum();
    }

    /** What a user's positives of one behavior add to the loss. */
    private double user(int k, int row, double[] x, int user, double[] head, double share) {
        int start = positives.start(row);
        int end = positives.end(row);
        if (start == end) {
            return 0;
        }
        double negative = settings.behaviors().get(k).negativeWeight();
        int query = row * d;
        for (int f = 0; f < d; f++) {
            queries[query + f] = head[f] * x[user + f];
        }
        double loss = 0;
        for (int i = start; i < end; i++) {
            int item = positives.place(i) * d;
            double score = 0;
            for (int f = 0; f < d; f++) {
                score += queries[query + f] * itemRows[item + f];
            }
            double square = 1 - negative * itemWeights[positives.items()[positives.place(i)]];
            loss += square * score * score - 2 * score;
            double byScore = 2 * share * (square * score - 1);
            byScores[i] = byScore;
            for (int f = 0; f < d; f++) {
                pulls[query + f] += byScore * itemRows[item + f];
            }
        }
        for (int f = 0; f < d; f++) {
            byUsers[user + f] += head[f] * pulls[query + f];
        }
        return share * loss;
    }

    private void item(int place) {
        int item = place * d;
        for (int at = positives.placeStart(place); at < positives.placeEnd(place); at++) {
            int positive = positives.byPlace(at);
            int query = positives.row(positive) * d;
            for (int f = 0; f < d; f++) {
                byItemRows[item + f] += byScores[positive] * queries[query + f];
            }
        }
    }

    private void byHeads(double[] x) {
        for (int k = 0; k < byHeads.length; k++) {
            for (int at = 0; at < x.length; at += d) {
                for (int f = 0; f < d; f++) {
                    byHeads[k][f] += x[at + f] * pulls[k * x.length + at + f];
                }
            }
        }
    }
}
