package io.wholecart.ehcf;

import io.wholecart.interaction.Interactions;
import io.wholecart.interaction.SparseMatrix;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

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
    public EhcfModel solve(Interactions data, Hyperparameters settings, Listener listener) {
        try (Workers workers = new Workers(threads, listener::canceled)) {
            Sweeps sweeps = new Sweeps(data, settings, workers);
            for (int i = 1; i <= settings.iterations(); i++) {
                sweeps.users();
                sweeps.items();
                sweeps.heads();
                listener.iteration(i, sweeps.loss());
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
        private final EhcfModel model;

        Sweeps(Interactions data, Hyperparameters settings, Workers workers) {
            this.data = data;
            this.settings = settings;
            this.workers = workers;
            this.d = settings.factors();
            Random random = new Random(settings.seed());
            float[][] heads = new float[data.behaviors().size()][d];
            for (float[] head : heads) {
                Arrays.fill(head, 1);
            }
            this.model = new EhcfModel(d, normal(random, data.users()), normal(random, data.items()), heads);
        }

        private float[] normal(Random random, int rows) {
            float[] values = new float[Math.multiplyExact(rows, d)];
            for (int i = 0; i < values.length; i++) {
                values[i] = START_SIGMA * (float) random.nextGaussian();
            }
            return values;
        }

        EhcfModel model() {
            return model;
        }

        void users() {
            block(data.byUser(), model.itemFactors(), model.userFactors());
        }

        void items() {
            block(data.byItem(), model.userFactors(), model.itemFactors());
        }

        /** One side's factors from the other's; {@code positives} has a row for each vector that is solved for. */
        private void block(List<SparseMatrix> positives, float[] fixed, float[] solved) {
            float[] base = dense(Gram.of(fixed, d));
            workers.forBlocks(solved.length / d, ROW_BLOCK, () -> new NormalEquations(d), (block, from, to, system) -> {
                for (int row = from; row < to; row++) {
                    system.reset(base);
                    for (int k = 0; k < positives.size(); k++) {
                        Hyperparameters.Weight weight = settings.behaviors().get(k);
                        float square = weight.lambda() * (1 - weight.negativeWeight());
                        float[] head = model.heads()[k];
                        SparseMatrix matrix = positives.get(k);
                        for (int i = matrix.start(row); i < matrix.end(row); i++) {
                            system.add(head, 0, fixed, matrix.columns()[i] * d, square, weight.lambda());
                        }
                    }
                    system.solve(settings.dropoutPenalty(), Hyperparameters.RIDGE, solved, row * d);
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
            float[] itemGram = Gram.of(model.itemFactors(), d);
            NormalEquations system = new NormalEquations(d);
            for (int k = 0; k < model.heads().length; k++) {
                float negative = settings.behaviors().get(k).negativeWeight();
                double[] matrix = new double[d * d];
                double[] right = new double[d];
                for (int i = 0; i < matrix.length; i++) {
                    matrix[i] = (double) negative * userGram[i] * itemGram[i];
                }
                addPositives(k, 1 - negative, matrix, right);
                system.load(matrix, right);
                system.solve(settings.dropoutPenalty(), Hyperparameters.RIDGE, model.heads()[k], 0);
            }
        }

        /** Adds Σ z zᵀ and Σ z over a behavior's positives, z = p_u ∘ q_v, in parts that are summed in order. */
        private void addPositives(int behavior, float square, double[] matrix, double[] right) {
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
                        system.add(p, u * d, q, positives.columns()[i] * d, square, 1);
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
            return Loss.of(model, data, settings, workers);
        }
    }
}
