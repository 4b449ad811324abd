package io.wholecart.ehcf;

import io.wholecart.interaction.Interactions;
import io.wholecart.interaction.SparseMatrix;

/**
 * The whole-data loss without its constant, in time linear in the positives (equations 6, 8, 9), plus what dropout on
 * the user factors adds in expectation:
 *
 * <pre>
 * L = Σ_k λ_k [ Σ_R_k ((1 − c_kv) score² − 2 score) + c_k Σ_ij h_i h_j (G_P)_ij (G_Q)_ij
 *               + (1/ρ − 1) ( Σ_R_k (1 − c_kv) Σ_i (h_i p_ui q_vi)² + c_k Σ_i h_i² (G_P)_ii (G_Q)_ii ) ]
 * </pre>
 *
 * with c_kv = c_k g_v and G_Q = Qᵀ diag(g) Q.
 */
final class Loss {

    private static final int PARTS = 64;

    private Loss() {}

    static double of(
            EhcfModel model, Interactions data, Hyperparameters settings, float[] itemWeights, Workers workers) {
        int d = model.factors();
        float[] userGram = Gram.of(model.userFactors(), d);
        float[] itemGram = Gram.of(model.itemFactors(), d, itemWeights);
        double loss = 0;
        for (int k = 0; k < model.heads().length; k++) {
            Hyperparameters.Weight weight = settings.behaviors().get(k);
            double dense = dense(model.heads()[k], userGram, itemGram, settings.dropoutPenalty());
            double positives = positives(model, data.byUser().get(k), k, settings, itemWeights, workers);
            loss += weight.lambda() * (positives + weight.negativeWeight() * dense);
        }
        return loss;
    }

    private static double dense(float[] head, float[] userGram, float[] itemGram, float penalty) {
        int d = head.length;
        double sum = 0;
        for (int i = 0; i < d; i++) {
            for (int j = 0; j < d; j++) {
                sum += (double) head[i] * head[j] * userGram[i * d + j] * itemGram[i * d + j];
            }
            sum += (double) penalty * head[i] * head[i] * userGram[i * d + i] * itemGram[i * d + i];
        }
        return sum;
    }

    private static double positives(
            EhcfModel model,
            SparseMatrix matrix,
            int behavior,
            Hyperparameters settings,
            float[] itemWeights,
            Workers workers) {
        int d = model.factors();
        float[] p = model.userFactors();
        float[] q = model.itemFactors();
        float[] head = model.heads()[behavior];
        double negative = settings.behaviors().get(behavior).negativeWeight();
        float penalty = settings.dropoutPenalty();
        int blockSize = Math.max(1, (matrix.rows() + PARTS - 1) / PARTS);
        double[] parts = new double[PARTS];
        workers.forBlocks(matrix.rows(), blockSize, () -> d, (block, from, to, scratch) -> {
            double sum = 0;
            for (int u = from; u < to; u++) {
                for (int i = matrix.start(u); i < matrix.end(u); i++) {
                    int item = matrix.columns()[i];
                    int v = item * d;
                    float score = 0;
                    float squares = 0;
                    for (int f = 0; f < d; f++) {
                        float term = head[f] * p[u * d + f] * q[v + f];
                        score += term;
                        squares += term * term;
                    }
                    double square = 1 - negative * itemWeights[item];
                    sum += square * ((double) score * score + (double) penalty * squares) - 2.0 * score;
                }
            }
            parts[block] = sum;
        });
        double total = 0;
        for (double part : parts) {
            total += part;
        }
        return total;
    }
}
