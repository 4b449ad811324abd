package io.wholecart.ehcf;

import io.wholecart.interaction.Interactions;
import io.wholecart.interaction.SparseMatrix;
import java.util.Arrays;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * Block coordinate descent on the whole-data loss: users, then items, then heads, each in closed form, because the
 * loss is quadratic in each of them when the other two are held. No sampling and no learning rate; the dropout of the
 * paper is not sampled either, its expectation only scales the diagonal of every normal matrix by 1/keep.
 */
public final class ExactSolver implements Solver {

    /** Users or items that a thread takes at once. */
    private static final int ROW_BLOCK = 256;
    /** The heads' sums are made in this many parts whatever the number of threads, so that rounding is the same. */
    private static final int HEAD_PARTS = 64;
    /** Terms that are summed in floats before they go into the double sum. */
    private static final int FLOAT_TERMS = 512;

    private static final float START_SIGMA = 0.1f;

    private final int threads;

    /**
     * A solver on this machine's cores.
     *
     * @param threads how many of them, at least 1
     */
    public ExactSolver(int threads) {
        this.threads = threads;
    }

    @Override
    public String name() {
        return "exact";
    }

    @Override
    public boolean continues() {
        return true;
    }

    @Override
    public EhcfModel solve(Interactions data, Hyperparameters settings, @Nullable EhcfModel start, Listener listener) {
        try (Workers workers = new Workers(threads, listener::canceled)) {
            Sweeps sweeps = new Sweeps(data, settings, start, workers);
            double last = Double.POSITIVE_INFINITY;
            for (int i = 1; i <= settings.iterations(); i++) {
                sweeps.users();
                sweeps.items();
                sweeps.heads();
                double loss = sweeps.loss();
                listener.iteration(i, loss);
                if (settings.tolerance() > 0 && last - loss < settings.tolerance() * Math.abs(last)) {
                    break;
                }
                last = loss;
            }
            return sweeps.model();
        }
    }

    /** The three blocks over one set of factors. */
    static final class Sweeps {

        private final Interactions data;
        private final Hyperparameters settings;
        private final Workers workers;
        private final int d;
        /** g: the weight of an item's negatives is c_k g_v. */
        private final float[] itemWeights;

        private final EhcfModel model;

        Sweeps(Interactions data, Hyperparameters settings, @Nullable EhcfModel start, Workers workers) {
            this.data = data;
            this.settings = settings;
            this.workers = workers;
            this.d = settings.factors();
            this.itemWeights = floats(NegativeWeights.of(data, settings.popularityExponent()));
            Random random = new Random(settings.seed());
            this.model = new EhcfModel(
                    d,
                    rows(start == null ? null : start.userFactors(), data.users(), random),
                    rows(start == null ? null : start.itemFactors(), data.items(), random),
                    heads(start));
        }

        private static float[] floats(double[] values) {
            float[] floats = new float[values.length];
            for (int i = 0; i < values.length; i++) {
                floats[i] = (float) values[i];
            }
            return floats;
        }

        /** Rows to start from; what is new or has learned nothing yet, a row of zeros, starts at random. */
        private float[] rows(float @Nullable [] start, int rows, Random random) {
            int length = Math.multiplyExact(rows, d);
            float[] values = start == null ? new float[length] : start.clone();
            if (values.length != length) {
                throw new IllegalArgumentException("the model to start from does not have the shape of the data");
            }
            for (int row = 0; row < rows; row++) {
                if (isZero(values, row * d, d)) {
                    for (int f = row * d; f < (row + 1) * d; f++) {
                        values[f] = START_SIGMA * (float) random.nextGaussian();
                    }
                }
            }
            return values;
        }

        private float[][] heads(@Nullable EhcfModel start) {
            float[][] heads = new float[data.behaviors().size()][d];
            for (int k = 0; k < heads.length; k++) {
                if (start == null || isZero(start.heads()[k], 0, d)) {
                    Arrays.fill(heads[k], 1);
                } else {
                    heads[k] = start.heads()[k].clone();
                }
            }
            return heads;
        }

        private static boolean isZero(float[] values, int from, int length) {
            return Arrays.mismatch(values, from, from + length, new float[length], 0, length) < 0;
        }

        EhcfModel model() {
            return model;
        }

        void users() {
            float[] base = dense(Gram.of(model.itemFactors(), d, itemWeights));
            workers.forBlocks(data.users(), ROW_BLOCK, () -> new NormalEquations(d), (block, from, to, system) -> {
                for (int u = from; u < to; u++) {
                    system.reset(base, 1);
                    for (int k = 0; k < model.heads().length; k++) {
                        Hyperparameters.Weight weight = settings.behaviors().get(k);
                        SparseMatrix positives = data.byUser().get(k);
                        for (int i = positives.start(u); i < positives.end(u); i++) {
                            int v = positives.columns()[i];
                            float square = weight.lambda() * (1 - weight.negativeWeight() * itemWeights[v]);
                            system.add(model.heads()[k], 0, model.itemFactors(), v * d, square, weight.lambda());
                        }
                    }
                    system.solve(settings.dropoutPenalty(), Hyperparameters.RIDGE, model.userFactors(), u * d);
                }
            });
        }

        void items() {
            float[] base = dense(Gram.of(model.userFactors(), d));
            workers.forBlocks(data.items(), ROW_BLOCK, () -> new NormalEquations(d), (block, from, to, system) -> {
                for (int v = from; v < to; v++) {
                    system.reset(base, itemWeights[v]);
                    for (int k = 0; k < model.heads().length; k++) {
                        Hyperparameters.Weight weight = settings.behaviors().get(k);
                        float square = weight.lambda() * (1 - weight.negativeWeight() * itemWeights[v]);
                        SparseMatrix positives = data.byItem().get(k);
                        for (int i = positives.start(v); i < positives.end(v); i++) {
                            int u = positives.columns()[i] * d;
                            system.add(model.heads()[k], 0, model.userFactors(), u, square, weight.lambda());
                        }
                    }
                    system.solve(settings.dropoutPenalty(), Hyperparameters.RIDGE, model.itemFactors(), v * d);
                }
            });
        }

        /** Σ_k λ_k c_k (h_k h_kᵀ) ∘ G: what every row's normal matrix has in common. */
        private float[] dense(float[] gram) {
            float[] base = new float[d * d];
            for (int k = 0; k < model.heads().length; k++) {
                Hyperparameters.Weight weight = settings.behaviors().get(k);
                float share = weight.lambda() * weight.negativeWeight();
                float[] head = model.heads()[k];
                for (int i = 0; i < d; i++) {
                    float scaled = share * head[i];
                    for (int j = 0; j < d; j++) {
                        base[i * d + j] += scaled * head[j] * gram[i * d + j];
                    }
                }
            }
            return base;
        }

        void heads() {
            float[] userGram = Gram.of(model.userFactors(), d);
            float[] itemGram = Gram.of(model.itemFactors(), d, itemWeights);
            NormalEquations system = new NormalEquations(d);
            for (int k = 0; k < model.heads().length; k++) {
                float negative = settings.behaviors().get(k).negativeWeight();
                double[] matrix = new double[d * d];
                double[] right = new double[d];
                for (int i = 0; i < matrix.length; i++) {
                    matrix[i] = (double) negative * userGram[i] * itemGram[i];
                }
                addPositives(k, negative, matrix, right);
                system.load(matrix, right);
                system.solve(settings.dropoutPenalty(), Hyperparameters.RIDGE, model.heads()[k], 0);
            }
        }

        /** Adds Σ z zᵀ and Σ z over a behavior's positives, z = p_u ∘ q_v, in parts that are summed in order. */
        private void addPositives(int behavior, float negative, double[] matrix, double[] right) {
            SparseMatrix positives = data.byUser().get(behavior);
            int blockSize = Math.max(1, (positives.rows() + HEAD_PARTS - 1) / HEAD_PARTS);
            int parts = (positives.rows() + blockSize - 1) / blockSize;
            double[][] matrices = new double[parts][d * d];
            double[][] rights = new double[parts][d];
            float[] p = model.userFactors();
            float[] q = model.itemFactors();
            workers.forBlocks(positives.rows(), blockSize, () -> new NormalEquations(d), (block, from, to, system) -> {
                system.clear();
                int unsummed = 0;
                for (int u = from; u < to; u++) {
                    for (int i = positives.start(u); i < positives.end(u); i++) {
                        int v = positives.columns()[i];
                        system.add(p, u * d, q, v * d, 1 - negative * itemWeights[v], 1);
                        if (++unsummed == FLOAT_TERMS) {
                            system.addTo(matrices[block], rights[block]);
                            system.clear();
                            unsummed = 0;
                        }
                    }
                }
                system.addTo(matrices[block], rights[block]);
            });
            for (int part = 0; part < parts; part++) {
                for (int i = 0; i < matrix.length; i++) {
                    matrix[i] += matrices[part][i];
                }
                for (int f = 0; f < d; f++) {
                    right[f] += rights[part][f];
                }
            }
        }

        double loss() {
            return Loss.of(model, data, settings, itemWeights, workers);
        }
    }
}
