package io.wholecart.ehcf;

import io.wholecart.interaction.Interactions;
import io.wholecart.interaction.SparseMatrix;
import java.util.Arrays;

/**
 * The whole-data loss of a batch of users and its gradients by all that is learned (equations 6, 8, 9). What touches
 * every item is the {@link DenseEngine}'s work; here the batch's positives are gone through one by one.
 */
final class BatchGradient {

    private final Interactions data;
    private final Hyperparameters settings;
    private final double[] itemWeights;
    private final int d;
    private final DenseEngine engine;
    /** Place of an item among the batch's, or −1. */
    private final int[] place;

    /** Room for {@link #items}. */
    private final int[] found;

    private int[] items = new int[0];
    private double[] itemRows = new double[0];
    private double[] byItemRows = new double[0];
    private double[] byEveryItem = new double[0];
    private double[] byUsers = new double[0];
    private double[][] byHeads = new double[0][];

    /**
     * Works on the engine's item factors from batch to batch.
     *
     * @param itemWeights g
     */
    BatchGradient(Interactions data, Hyperparameters settings, double[] itemWeights, DenseEngine engine) {
        this.data = data;
        this.settings = settings;
        this.d = settings.factors();
        this.engine = engine;
        this.itemWeights = itemWeights;
        this.place = new int[data.items()];
        this.found = new int[data.items()];
        Arrays.fill(place, -1);
    }

    /** D in ∂L/∂q_v = 2 g_v D q_v + what {@link #byItemRows} has for the items of the last batch. */
    double[] byEveryItem() {
        return byEveryItem;
    }

    /** The items that are positive in the last batch, each once. */
    int[] items() {
        return items;
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
        findItems(users, shares);
        itemRows = engine.rows(items);
        byItemRows = new double[itemRows.length];
        for (int k = 0; k < heads.length; k++) {
            if (shares[k] != 0) {
                loss += shares[k] * positives(k, users, x, heads[k], shares[k]);
            }
        }
        return loss;
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

    /** Σ_R_k [(1 − c_kv) score² − 2 score]. */
    private double positives(int k, int[] users, double[] x, double[] head, double share) {
        SparseMatrix positives = data.byUser().get(k);
        double negative = settings.behaviors().get(k).negativeWeight();
        double loss = 0;
        double[] query = new double[d];
        double[] pulled = new double[d];
        for (int b = 0; b < users.length; b++) {
            int start = positives.start(users[b]);
            int end = positives.end(users[b]);
            if (start == end) {
                continue;
            }
            int user = b * d;
            for (int f = 0; f < d; f++) {
                query[f] = head[f] * x[user + f];
                pulled[f] = 0;
            }
            for (int i = start; i < end; i++) {
                int v = positives.columns()[i];
                int item = place[v] * d;
                double score = 0;
                for (int f = 0; f < d; f++) {
                    score += query[f] * itemRows[item + f];
                }
                double square = 1 - negative * itemWeights[v];
                loss += square * score * score - 2 * score;
                double byScore = 2 * share * (square * score - 1);
                for (int f = 0; f < d; f++) {
                    pulled[f] += byScore * itemRows[item + f];
                }
                for (int f = 0; f < d; f++) {
                    byItemRows[item + f] += byScore * query[f];
                }
            }
            for (int f = 0; f < d; f++) {
                byUsers[user + f] += head[f] * pulled[f];
                byHeads[k][f] += x[user + f] * pulled[f];
            }
        }
        return loss;
    }

    /** The items that are positive in the batch, each once. */
    private void findItems(int[] users, double[] shares) {
        for (int item : items) {
            place[item] = -1;
        }
        int count = 0;
        for (int k = 0; k < shares.length; k++) {
            SparseMatrix positives = data.byUser().get(k);
            for (int u : users) {
                for (int i = positives.start(u); shares[k] != 0 && i < positives.end(u); i++) {
                    int v = positives.columns()[i];
                    if (place[v] < 0) {
                        place[v] = count;
                        found[count++] = v;
                    }
                }
            }
        }
        items = Arrays.copyOf(found, count);
    }
}
