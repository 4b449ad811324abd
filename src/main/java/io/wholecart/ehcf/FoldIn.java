package io.wholecart.ehcf;

import io.wholecart.interaction.SparseMatrix;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;

/**
 * Users' factors from their positives, with items and heads held: the users' equation of {@link ExactSolver}. So anybody
 * with events gets a vector, known to the model or not. What all users have in common is computed once. Serves any number
 * of threads.
 */
public final class FoldIn {

    /** Residual at the end, as a share of the right side's: a user folded in twice scores alike. */
    private static final float ACCURACY = 1e-5f;

    /** Blocks of users, of which a thread takes one after the other. */
    private static final int BLOCKS = 64;

    private final EhcfModel model;
    private final LossWeights weights;
    private final Kernels kernels;
    private final NormalEquations.Side side;
    private final int threads;
    private final Queue<NormalEquations> idle = new ConcurrentLinkedQueue<>();

    /**
     * Computes what all users have in common.
     *
     * @param model whose items and heads are held
     * @param weights those it was trained by
     * @param threads for the computation here, and in {@link #users}
     */
    public FoldIn(EhcfModel model, LossWeights weights, int threads) {
        if (weights.items().length != model.items() || weights.behaviors().size() != model.heads().length) {
            throw new IllegalArgumentException("the weights are not those of the model");
        }
        this.model = model;
        this.weights = weights;
        this.kernels = Kernels.best();
        this.threads = threads;
        try (Workers workers = new Workers(threads, new Asking(() -> false))) {
            float[] gram = Gram.of(model.itemFactors(), model.factors(), weights.items(), kernels, workers);
            this.side = new NormalEquations.Side(
                    model.factors(),
                    model.itemFactors(),
                    model.heads(),
                    NormalEquations.base(gram, model.heads(), weights.behaviors()),
                    weights,
                    1,
                    0,
                    ACCURACY,
                    true);
        }
    }

    /**
     * A user's factors p.
     *
     * @param positives for each behavior the rows of its items, each once
     * @return d numbers; all zero where no positive tells anything
     */
    public float[] vector(int[][] positives) {
        float[] p = new float[model.factors()];
        NormalEquations equations = idle.poll();
        if (equations == null) {
            equations = new NormalEquations(side, kernels);
        }
        equations.solve(rows(positives), 0, p);
        idle.add(equations);
        return p;
    }

    private List<SparseMatrix> rows(int[][] positives) {
        return Arrays.stream(positives)
                .map(items -> new SparseMatrix(1, model.items(), new int[] {0, items.length}, items))
                .toList();
    }

    /**
     * The factors of many users, users × d.
     *
     * @param positives for each behavior the items by user
     * @param canceled asked often
     * @throws java.util.concurrent.CancellationException when canceled
     */
    public float[] users(List<SparseMatrix> positives, BooleanSupplier canceled) {
        float[] factors = new float[Math.multiplyExact(positives.get(0).rows(), model.factors())];
        try (Workers workers = new Workers(threads, new Asking(canceled))) {
            workers.forBlocks(
                    Blocks.of(positives, BLOCKS),
                    () -> new NormalEquations(side, kernels),
                    (block, from, to, equations) -> {
                        for (int row = from; row < to; row++) {
                            equations.solve(positives, row, factors);
                        }
                    });
        }
        return factors;
    }

    /**
     * What each positive adds to a score of the user that is folded in from them:
     * {@code λ_k (h_b ∘ q_v)ᵀ N⁻¹ (h_k ∘ q_j)}. They sum to the score.
     *
     * @param positives as for {@link #vector}
     * @param item row of the scored item
     * @param behavior by whose head it is scored
     * @return in the places of the positives
     */
    public double[][] terms(int[][] positives, int item, int behavior) {
        int d = model.factors();
        double[] pull = feature(behavior, item);
        Cholesky.solve(normal(positives), pull);
        double[][] terms = new double[positives.length][];
        for (int k = 0; k < positives.length; k++) {
            double lambda = weights.behaviors().get(k).lambda();
            int head = k;
            terms[k] = IntStream.of(positives[k])
                    .mapToDouble(other -> {
                        double[] z = feature(head, other);
                        double term = 0;
                        for (int f = 0; f < d; f++) {
                            term += pull[f] * z[f];
                        }
                        return lambda * term;
                    })
                    .toArray();
        }
        return terms;
    }

    /** h_k ∘ q_v. */
    private double[] feature(int behavior, int item) {
        double[] feature = new double[model.factors()];
        for (int f = 0; f < feature.length; f++) {
            feature[f] = (double) model.heads()[behavior][f] * model.itemFactors()[item * feature.length + f];
        }
        return feature;
    }

    private double[] normal(int[][] positives) {
        int d = model.factors();
        double[] normal = new double[d * d];
        for (int i = 0; i < normal.length; i++) {
            normal[i] = side.base()[i];
        }
        for (int k = 0; k < positives.length; k++) {
            Hyperparameters.Weight weight = weights.behaviors().get(k);
            for (int item : positives[k]) {
                double own = weight.lambda() * (1 - weight.negativeWeight() * weights.items()[item]);
                double[] z = feature(k, item);
                for (int i = 0; i < d; i++) {
                    for (int j = i; j < d; j++) {
                        normal[i * d + j] += own * z[i] * z[j];
                    }
                }
            }
        }
        for (int i = 0; i < d; i++) {
            normal[i * d + i] = normal[i * d + i] / weights.keep() + Hyperparameters.RIDGE;
        }
        return normal;
    }

    private record Asking(BooleanSupplier stop) implements Solver.Listener {

        @Override
        public void iteration(int done, double loss) {
            // There are none.
        }

        @Override
        public boolean canceled() {
            return stop.getAsBoolean();
        }
    }
}
