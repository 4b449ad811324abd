package io.wholecart.ehcf;

import io.wholecart.interaction.Interactions;
import io.wholecart.interaction.SparseMatrix;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.commons.math3.linear.Array2DRowRealMatrix;
import org.apache.commons.math3.linear.ArrayRealVector;
import org.apache.commons.math3.linear.CholeskyDecomposition;
import org.apache.commons.math3.linear.RealMatrix;

/** The model's equations written down plainly in doubles over every pair: slow, and easy to believe. */
final class DenseOracle {

    private final Interactions data;
    private final Hyperparameters settings;

    DenseOracle(Interactions data, Hyperparameters settings) {
        this.data = data;
        this.settings = settings;
    }

    static Interactions random(long seed, int users, int items, int behaviors, double density) {
        Random random = new Random(seed);
        List<SparseMatrix> matrices = new ArrayList<>();
        List<String> names = new ArrayList<>();
        for (int k = 0; k < behaviors; k++) {
            int[] offsets = new int[users + 1];
            List<Integer> columns = new ArrayList<>();
            for (int u = 0; u < users; u++) {
                for (int v = 0; v < items; v++) {
                    if (random.nextDouble() < density) {
                        columns.add(v);
                    }
                }
                offsets[u + 1] = columns.size();
            }
            matrices.add(new SparseMatrix(
                    users,
                    items,
                    offsets,
                    columns.stream().mapToInt(Integer::intValue).toArray()));
            names.add("b" + k);
        }
        return Interactions.of(names, matrices);
    }

    private double weight(int k, int u, int v) {
        return data.byUser().get(k).contains(u, v)
                ? 1
                : settings.behaviors().get(k).negativeWeight() * itemWeight(v);
    }

    /** f_v^α / Σ f^α · |V|, with f_v the item's positives in all behaviors. */
    private double itemWeight(int item) {
        double sum = 0;
        double own = 0;
        for (int v = 0; v < data.items(); v++) {
            int positives = 0;
            for (SparseMatrix behavior : data.byItem()) {
                positives += behavior.end(v) - behavior.start(v);
            }
            double weight = Math.pow(positives, settings.popularityExponent());
            sum += weight;
            own = v == item ? weight : own;
        }
        return own * data.items() / sum;
    }

    /** With what dropout adds in expectation. */
    double loss(EhcfModel model) {
        double[][] heads = new double[model.heads().length][];
        for (int k = 0; k < heads.length; k++) {
            heads[k] = doubles(model.heads()[k]);
        }
        return loss(doubles(model.userFactors()), doubles(model.itemFactors()), heads, (1 / settings.keep() - 1));
    }

    private static double[] doubles(float[] values) {
        double[] doubles = new double[values.length];
        for (int i = 0; i < values.length; i++) {
            doubles[i] = values[i];
        }
        return doubles;
    }

    /** Σ λ_k Σ_uv w ((R − score)² + penalty Σ_i (h_i p_i q_i)²) minus Σ λ_k |R_k|: equation 5. */
    double loss(double[] p, double[] q, double[][] heads, double penalty) {
        double[] shares = settings.behaviors().stream()
                .mapToDouble(Hyperparameters.Weight::lambda)
                .toArray();
        return loss(p, q, heads, shares, penalty);
    }

    double loss(double[] p, double[] q, double[][] heads, double[] shares, double penalty) {
        double loss = 0;
        int d = settings.factors();
        for (int k = 0; k < heads.length; k++) {
            double sum = 0;
            for (int u = 0; u < data.users(); u++) {
                for (int v = 0; v < data.items(); v++) {
                    double score = 0;
                    double squares = 0;
                    for (int f = 0; f < d; f++) {
                        double term = heads[k][f] * p[u * d + f] * q[v * d + f];
                        score += term;
                        squares += term * term;
                    }
                    double r = data.byUser().get(k).contains(u, v) ? 1 : 0;
                    sum += weight(k, u, v) * ((r - score) * (r - score) + penalty * squares) - r;
                }
            }
            loss += shares[k] * sum;
        }
        return loss;
    }

    /** The best vector of one user (or one item), the other side and the heads held. */
    double[] bestRow(EhcfModel model, int row, boolean user) {
        int d = model.factors();
        RealMatrix normal = new Array2DRowRealMatrix(d, d);
        double[] right = new double[d];
        float[] fixed = user ? model.itemFactors() : model.userFactors();
        for (int k = 0; k < model.heads().length; k++) {
            double lambda = settings.behaviors().get(k).lambda();
            for (int other = 0; other < fixed.length / d; other++) {
                double[] z = new double[d];
                for (int f = 0; f < d; f++) {
                    z[f] = (double) model.heads()[k][f] * fixed[other * d + f];
                }
                int u = user ? row : other;
                int v = user ? other : row;
                add(
                        normal,
                        right,
                        z,
                        lambda * weight(k, u, v),
                        data.byUser().get(k).contains(u, v) ? lambda : 0);
            }
        }
        return solve(normal, right);
    }

    /** The best head of a behavior, users and items held. */
    double[] bestHead(EhcfModel model, int k) {
        int d = model.factors();
        RealMatrix normal = new Array2DRowRealMatrix(d, d);
        double[] right = new double[d];
        for (int u = 0; u < model.users(); u++) {
            for (int v = 0; v < model.items(); v++) {
                double[] z = new double[d];
                for (int f = 0; f < d; f++) {
                    z[f] = (double) model.userFactors()[u * d + f] * model.itemFactors()[v * d + f];
                }
                add(normal, right, z, weight(k, u, v), data.byUser().get(k).contains(u, v) ? 1 : 0);
            }
        }
        return solve(normal, right);
    }

    private static void add(RealMatrix normal, double[] right, double[] z, double weight, double share) {
        for (int i = 0; i < z.length; i++) {
            for (int j = 0; j < z.length; j++) {
                normal.addToEntry(i, j, weight * z[i] * z[j]);
            }
            right[i] += share * z[i];
        }
    }

    private double[] solve(RealMatrix normal, double[] right) {
        for (int i = 0; i < right.length; i++) {
            normal.addToEntry(i, i, (1 / settings.keep() - 1) * normal.getEntry(i, i) + Hyperparameters.RIDGE);
        }
        return new CholeskyDecomposition(normal, 1e-9, 0)
                .getSolver()
                .solve(new ArrayRealVector(right))
                .toArray();
    }
}
