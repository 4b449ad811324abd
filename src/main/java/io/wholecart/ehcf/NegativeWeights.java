package io.wholecart.ehcf;

import io.wholecart.interaction.Interactions;
import io.wholecart.interaction.SparseMatrix;
import java.util.Arrays;

/**
 * How much an item weighs where it is not positive: {@code c_kv = c_k g_v} with {@code g_v = f_v^α / Σ f^α · |V|}, as
 * in ExpoMF and eALS (He et al. 2016): that a popular item was passed over says more than that an unknown one was.
 * f_v counts the item's positives in all behaviors, so that the K dense terms of the loss stay one.
 */
final class NegativeWeights {

    private NegativeWeights() {}

    /** g, one for each item, 1 on average; all 1 for α = 0. */
    static double[] of(Interactions data, float exponent) {
        double[] weights = new double[data.items()];
        if (exponent == 0) {
            Arrays.fill(weights, 1);
            return weights;
        }
        double sum = 0;
        for (int v = 0; v < weights.length; v++) {
            int positives = 0;
            for (SparseMatrix behavior : data.byItem()) {
                positives += behavior.end(v) - behavior.start(v);
            }
            weights[v] = Math.pow(positives, exponent);
            sum += weights[v];
        }
        for (int v = 0; v < weights.length; v++) {
            // Without any positive there is nothing to weigh.
            weights[v] = sum == 0 ? 1 : weights[v] * weights.length / sum;
        }
        return weights;
    }
}
