package io.wholecart.ehcf;

import io.wholecart.interaction.Interactions;
import io.wholecart.interaction.SparseMatrix;
import java.util.List;
import java.util.function.DoubleConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Block coordinate descent on the whole-data loss: users, then items, then heads, each solved for, because the loss is
 * quadratic in each of them when the other two are held. No sampling and no learning rate; the dropout of the
 * paper is not sampled either, its expectation only scales the diagonal of every normal matrix by 1/keep.
 */
public final class ExactSolver implements Solver {

    /** Blocks of users or items, of which a thread takes one after the other. */
    private static final int BLOCKS = 512;

    /** Shares of a sweep's time, for the progress. */
    private static final double USERS_SHARE = 0.45;

    private static final double ITEMS_SHARE = 0.45;

    private final int threads;
    private final Kernels kernels;

    /**
     * A solver on this machine's cores.
     *
     * @param threads how many of them, at least 1
     */
    public ExactSolver(int threads) {
        this(threads, Kernels.best());
    }

    ExactSolver(int threads, Kernels kernels) {
        this.threads = threads;
        this.kernels = kernels;
    }

    @Override
    public String name() {
        return "exact";
    }

    /** The factors, parts of Gram matrices, and the rows' blocks. */
    @Override
    public long memory(long users, long items, Hyperparameters settings) {
        long square = (long) settings.factors() * settings.factors();
        return Solver.super.memory(users, items, settings)
                + Gram.PARTS * Double.BYTES * square
                + 3L * Integer.BYTES * (users + items);
    }

    @Override
    public boolean continues() {
        return true;
    }

    @Override
    public EhcfModel solve(Interactions data, Hyperparameters settings, @Nullable EhcfModel start, Listener listener) {
        try (Workers workers = new Workers(threads, listener)) {
            Sweeps sweeps = new Sweeps(data, settings, start, workers, kernels, Descent.starting(listener));
            return Descent.run(sweeps, settings, start != null, listener);
        }
    }

    static float[] floats(double[] values) {
        float[] floats = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            floats[i] = (float) values[i];
        }
        return floats;
    }

    /** The three blocks over one set of factors. */
    static final class Sweeps implements Descent.Sweeps {

        private final Interactions data;
        private final Workers workers;
        private final Kernels kernels;
        private final int d;
        private final LossWeights weights;
        private final Blocks userBlocks;
        private final Blocks itemBlocks;
        private final HeadEquations heads;
        private final EhcfModel model;
        private float[] userGram;
        private float[] itemGram;
        private float relaxation = 1;
        private float reduction;

        Sweeps(
                Interactions data,
                Hyperparameters settings,
                @Nullable EhcfModel start,
                Workers workers,
                Kernels kernels,
                DoubleConsumer progress) {
            this.data = data;
            this.workers = workers;
            this.kernels = kernels;
            this.d = settings.factors();
            this.weights = LossWeights.of(data, settings);
            this.userBlocks = Blocks.of(data.byUser(), BLOCKS);
            this.itemBlocks = Blocks.of(data.byItem(), BLOCKS);
            this.heads = HeadEquations.of(data, settings, weights.items(), kernels, workers);
            this.model = ExactStart.of(data, settings, start, workers, progress);
            this.userGram = Gram.of(model.userFactors(), d, null, kernels, workers);
            this.itemGram = Gram.of(model.itemFactors(), d, weights.items(), kernels, workers);
        }

        @Override
        public EhcfModel model() {
            return model;
        }

        @Override
        public void pace(float factor, float share) {
            relaxation = factor;
            reduction = share;
        }

        @Override
        public double sweep(DoubleConsumer progress) {
            users(share -> progress.accept(USERS_SHARE * share));
            items(share -> progress.accept(USERS_SHARE + ITEMS_SHARE * share));
            double begun = USERS_SHARE + ITEMS_SHARE;
            return heads(share -> progress.accept(begun + (1 - begun) * share));
        }

        void users(DoubleConsumer progress) {
            solve(side(true, model.itemFactors(), itemGram), data.byUser(), userBlocks, model.userFactors(), progress);
            userGram = Gram.of(model.userFactors(), d, null, kernels, workers);
        }

        void items(DoubleConsumer progress) {
            solve(side(false, model.userFactors(), userGram), data.byItem(), itemBlocks, model.itemFactors(), progress);
            itemGram = Gram.of(model.itemFactors(), d, weights.items(), kernels, workers);
        }

        private NormalEquations.Side side(boolean ofUsers, float[] others, float[] gram) {
            return new NormalEquations.Side(
                    d,
                    others,
                    model.heads(),
                    NormalEquations.base(gram, model.heads(), weights.behaviors()),
                    weights,
                    relaxation,
                    reduction,
                    Descent.ACCURACY,
                    ofUsers);
        }

        private void solve(
                NormalEquations.Side side,
                List<SparseMatrix> positives,
                Blocks blocks,
                float[] factors,
                DoubleConsumer progress) {
            workers.forBlocks(
                    blocks, progress, () -> new NormalEquations(side, kernels), (block, from, to, equations) -> {
                        for (int row = from; row < to; row++) {
                            equations.solve(positives, row, factors);
                        }
                    });
        }

        /** Solves for every h_k; the result is the loss that it ends at. */
        double heads(DoubleConsumer progress) {
            return heads.solve(model, userGram, itemGram, progress);
        }
    }
}
