package io.wholecart.ehcf;

import io.wholecart.interaction.Interactions;
import io.wholecart.interaction.SparseMatrix;
import java.util.Arrays;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The whole-data loss of a batch of users and its gradients by all that is learned (equations 6, 8, 9). What touches
 * every item is two products on ND4J, one for all behaviors; only the batch's positives are gone through one by one.
 */
final class BatchGradient implements AutoCloseable {

    private final Interactions data;
    private final Hyperparameters settings;
    private final double[] itemWeights;
    private final boolean weighted;
    private final int d;
    private final DataType type;
    private final FactorMatrix itemFactors;
    private final FactorMatrix byItems;
    private final INDArray weights;
    private final INDArray weightedFactors;
    /** Place of an item among the batch's, or −1. */
    private final int[] place;

    private int[] items = new int[0];
    private double[] itemRows = new double[0];
    private double[] byItemRows = new double[0];
    private double[] byUsers = new double[0];
    private double[][] byHeads = new double[0][];

    /**
     * Works on these item factors from batch to batch.
     *
     * @param itemFactors Q; its type is the products'
     */
    BatchGradient(Interactions data, Hyperparameters settings, FactorMatrix itemFactors) {
        this.data = data;
        this.settings = settings;
        this.d = settings.factors();
        this.type = itemFactors.array().dataType();
        this.itemFactors = itemFactors;
        this.itemWeights = NegativeWeights.of(data, settings.popularityExponent());
        this.weighted = settings.popularityExponent() != 0;
        this.byItems = new FactorMatrix(type, d, data.items());
        this.weightedFactors = weighted ? itemFactors.array().dup('f') : itemFactors.array();
        this.weights = Nd4j.createFromArray(itemWeights).castTo(type);
        this.place = new int[data.items()];
        Arrays.fill(place, -1);
    }

    /** ∂L/∂Q of the last batch. */
    FactorMatrix byItems() {
        return byItems;
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
        byUsers = new double[x.length];
        byHeads = new double[heads.length][d];
        findItems(users, shares);
        itemFactors.fetch();
        itemRows = itemFactors.rows(items);
        byItemRows = new double[itemRows.length];
        double loss = dense(x, heads, shares);
        for (int k = 0; k < heads.length; k++) {
            if (shares[k] != 0) {
                loss += shares[k] * positives(k, users, x, heads[k], shares[k]);
            }
        }
        byItems.fetch();
        byItems.addRows(items, byItemRows);
        return loss;
    }

    /** Every item counts as negative: Σ_k λ_k c_k Σ_ij h_ki h_kj (G_P)_ij (G_Q)_ij. */
    private double dense(double[] x, double[][] heads, double[] shares) {
        INDArray batch = matrix(type, x, d);
        INDArray userGram = Nd4j.create(type, new long[] {d, d}, 'f');
        INDArray itemGram = Nd4j.create(type, new long[] {d, d}, 'f');
        Nd4j.gemm(batch, batch, userGram, false, true, 1, 0);
        if (weighted) {
            weightedFactors.assign(itemFactors.array()).muliRowVector(weights);
        }
        Nd4j.gemm(itemFactors.array(), weightedFactors, itemGram, false, true, 1, 0);
        double[] gramP = doubles(userGram);
        double[] gramQ = doubles(itemGram);
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
        INDArray users = Nd4j.create(type, new long[] {d, x.length / d}, 'f');
        Nd4j.gemm(matrix(type, product(outer, gramQ), d), batch, users, false, false, 2, 0);
        byUsers = doubles(users);
        Nd4j.gemm(matrix(type, product(outer, gramP), d), weightedFactors, byItems.array(), false, false, 2, 0);
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
        for (int b = 0; b < users.length; b++) {
            int user = b * d;
            for (int i = positives.start(users[b]); i < positives.end(users[b]); i++) {
                int v = positives.columns()[i];
                int item = place[v] * d;
                double score = 0;
                for (int f = 0; f < d; f++) {
                    score += head[f] * x[user + f] * itemRows[item + f];
                }
                double square = 1 - negative * itemWeights[v];
                loss += square * score * score - 2 * score;
                double byScore = 2 * share * (square * score - 1);
                for (int f = 0; f < d; f++) {
                    byUsers[user + f] += byScore * head[f] * itemRows[item + f];
                    byItemRows[item + f] += byScore * head[f] * x[user + f];
                    byHeads[k][f] += byScore * x[user + f] * itemRows[item + f];
                }
            }
        }
        return loss;
    }

    /** The items that are positive in the batch, each once. */
    private void findItems(int[] users, double[] shares) {
        for (int item : items) {
            place[item] = -1;
        }
        int[] found = new int[data.items()];
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

    /** A matrix with so many rows. */
    private static INDArray matrix(DataType type, double[] values, int rows) {
        long[] shape = {rows, values.length / rows};
        return type == DataType.DOUBLE ? Nd4j.create(values, shape, 'f') : Nd4j.create(floats(values), shape, 'f');
    }

    private static float[] floats(double[] values) {
        float[] floats = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            floats[i] = (float) values[i];
        }
        return floats;
    }

    /** All of an array's values as they lie in memory. */
    private static double[] doubles(INDArray array) {
        if (array.dataType() == DataType.DOUBLE) {
            return array.data().asDouble();
        }
        float[] floats = array.data().asFloat();
        double[] doubles = new double[floats.length];
        for (int i = 0; i < floats.length; i++) {
            doubles[i] = floats[i];
        }
        return doubles;
    }

    @Override
    public void close() {
        byItems.close();
        weights.close();
        if (weighted) {
            weightedFactors.close();
        }
    }
}
