package io.wholecart.ehcf;

import io.wholecart.interaction.Interactions;
import io.wholecart.interaction.SparseMatrix;
import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleConsumer;

/** The normal equations of the prediction vectors: one system a behavior, summed over all of its positives. */
record HeadEquations(
        Interactions data,
        Hyperparameters settings,
        float[] itemWeights,
        Kernels kernels,
        Workers workers,
        List<Blocks> blocks) {

    /** Cuts the users of each behavior into blocks once, for all sweeps. */
    static HeadEquations of(
            Interactions data, Hyperparameters settings, float[] itemWeights, Kernels kernels, Workers workers) {
        List<Blocks> blocks = data.byUser().stream()
                .map(positives -> Blocks.of(List.of(positives), Gram.PARTS))
                .toList();
        return new HeadEquations(data, settings, itemWeights, kernels, workers, blocks);
    }

    /**
     * Solves for every h_k.
     *
     * @param progress told the share that is done
     *
     * @return the loss that it ends at, with what dropout adds in expectation; it is quadratic in the h_k, so their
     *     equations tell it
     */
    double solve(EhcfModel model, float[] userGram, float[] itemGram, DoubleConsumer progress) {
        int d = model.factors();
        double loss = 0;
        for (int k = 0; k < model.heads().length; k++) {
            Hyperparameters.Weight weight = settings.behaviors().get(k);
            double[] right = new double[d];
            int done = k;
            double[] matrix = positives(model, k, right, share -> progress.accept((done + share) / blocks.size()));
            for (int i = 0; i < d; i++) {
                for (int j = i; j < d; j++) {
                    int at = i * d + j;
                    matrix[at] += (double) weight.negativeWeight() * userGram[at] * itemGram[at];
                }
                matrix[i * d + i] *= 1 / settings.keep();
            }
            double[] normal = matrix.clone();
            for (int i = 0; i < d; i++) {
                normal[i * d + i] += Hyperparameters.RIDGE;
            }
            double[] solution = right.clone();
            Cholesky.solve(normal, solution);
            for (int f = 0; f < d; f++) {
                model.heads()[k][f] = (float) solution[f];
            }
            loss += weight.lambda() * quadratic(matrix, right, model.heads()[k]);
        }
        return loss;
    }

    /** hᵀ N h − 2 bᵀ h. */
    private static double quadratic(double[] matrix, double[] right, float[] head) {
        int d = head.length;
        double sum = 0;
        for (int i = 0; i < d; i++) {
            double product = matrix[i * d + i] * head[i];
            for (int j = i + 1; j < d; j++) {
                product += 2 * matrix[i * d + j] * head[j];
            }
            sum += head[i] * (product - 2 * right[i]);
        }
        return sum;
    }

    /** Σ (1 − c g_v) z zᵀ over a behavior's positives, z = p_u ∘ q_v, and Σ z in {@code right}. */
    private double[] positives(EhcfModel model, int behavior, double[] right, DoubleConsumer progress) {
        int d = model.factors();
        float negative = settings.behaviors().get(behavior).negativeWeight();
        SparseMatrix positives = data.byUser().get(behavior);
        Blocks blocks = blocks().get(behavior);
        double[][] matrices = new double[blocks.count()][d * d];
        double[][] rights = new double[blocks.count()][d];
        float[] p = model.userFactors();
        float[] q = model.itemFactors();
        workers.forBlocks(blocks, progress, () -> new OuterSum(kernels, d), (block, from, to, sum) -> {
            float[] items = new float[d];
            for (int u = from; u < to; u++) {
                int end = positives.end(u);
                if (positives.start(u) == end) {
                    continue;
                }
                workers.checkCanceled();
                Arrays.fill(items, 0);
                sum.addProducts(
                        p,
                        u * d,
                        q,
                        positives.columns(),
                        positives.start(u),
                        end,
                        negative,
                        itemWeights,
                        matrices[block]);
                for (int i = positives.start(u); i < end; i++) {
                    kernels.addScaled(1, q, positives.columns()[i] * d, items, d);
                }
                for (int f = 0; f < d; f++) {
                    rights[block][f] += (double) p[u * d + f] * items[f];
                }
            }
            sum.flush(matrices[block]);
        });
        System.arraycopy(Gram.total(rights), 0, right, 0, d);
        return Gram.total(matrices);
    }
}
