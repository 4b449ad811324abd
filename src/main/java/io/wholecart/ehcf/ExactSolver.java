package io.wholecart.ehcf;

import io.wholecart.interaction.Interactions;
import io.wholecart.interaction.SparseMatrix;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
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

    private static final float START_SIGMA = 0.1f;
    /** The random start is drawn in so many parts, whatever the number of threads. */
    private static final int START_PARTS = 64;

    private static final long USERS = 1;
    private static final long ITEMS = 2;
    /** Sweeps at the start that go just to the solutions: from a random place there is nothing to hasten. */
    private static final int PLAIN_SWEEPS = 2;
    /**
     * A row's residual after a sweep, as a share of that before: the next sweep moves everything again, so that more
     * accuracy is wasted. The last sweep solves to the end.
     */
    private static final float REDUCTION = 0.1f;

    /** Residual at which a row is solved, as a share of its right side's. */
    private static final float ACCURACY = 1e-4f;

    /** Shares of a sweep's time, for the progress; the first one has the random start, too. */
    private static final double USERS_SHARE = 0.45;

    private static final double ITEMS_SHARE = 0.45;
    private static final double START_SHARE = 0.1;

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

    @Override
    public boolean continues() {
        return true;
    }

    @Override
    public EhcfModel solve(Interactions data, Hyperparameters settings, @Nullable EhcfModel start, Listener listener) {
        try (Workers workers = new Workers(threads, listener)) {
            DoubleConsumer starting = share -> listener.progress(START_SHARE * share);
            Sweeps sweeps = new Sweeps(data, settings, start, workers, kernels, starting);
            double previous = Double.POSITIVE_INFINITY;
            boolean settled = false;
            boolean last = false;
            for (int i = 1; !last; i++) {
                last = i == settings.iterations() || settled;
                if (last) {
                    sweeps.pace(1, 0);
                } else {
                    // Of a given model's users nothing shall be left, who may know more than the data does.
                    boolean given = i == 1 && start != null;
                    sweeps.pace(i <= PLAIN_SWEEPS ? 1 : settings.relaxation(), given ? 0 : REDUCTION);
                }
                double before = i == 1 ? START_SHARE : i - 1;
                double length = i - before;
                double loss = sweep(sweeps, share -> listener.progress(before + length * share));
                listener.iteration(i, loss, sweeps::model);
                settled = settings.tolerance() > 0 && previous - loss < settings.tolerance() * Math.abs(previous);
                previous = loss;
            }
            return sweeps.model();
        }
    }

    /** The loss at its end. */
    private static double sweep(Sweeps sweeps, DoubleConsumer progress) {
        sweeps.users(share -> progress.accept(USERS_SHARE * share));
        sweeps.items(share -> progress.accept(USERS_SHARE + ITEMS_SHARE * share));
        double begun = USERS_SHARE + ITEMS_SHARE;
        return sweeps.heads(share -> progress.accept(begun + (1 - begun) * share));
    }

    static float[] floats(double[] values) {
        float[] floats = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            floats[i] = (float) values[i];
        }
        return floats;
    }

    /** The three blocks over one set of factors. */
    static final class Sweeps {

        private final Interactions data;
        private final Hyperparameters settings;
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
            this.settings = settings;
            this.workers = workers;
            this.kernels = kernels;
            this.d = settings.factors();
            this.weights = LossWeights.of(data, settings);
            this.userBlocks = Blocks.of(data.byUser(), BLOCKS);
            this.itemBlocks = Blocks.of(data.byItem(), BLOCKS);
            this.heads = HeadEquations.of(data, settings, weights.items(), kernels, workers);
            this.model = new EhcfModel(
                    d,
                    rows(
                            start == null ? null : start.userFactors(),
                            data.users(),
                            USERS,
                            share -> progress.accept(share / 2)),
                    rows(
                            start == null ? null : start.itemFactors(),
                            data.items(),
                            ITEMS,
                            share -> progress.accept((1 + share) / 2)),
                    heads(start));
            this.userGram = Gram.of(model.userFactors(), d, null, kernels, workers);
            this.itemGram = Gram.of(model.itemFactors(), d, weights.items(), kernels, workers);
        }

        /** Rows to start from; what is new or has learned nothing yet, a row of zeros, starts at random. */
        private float[] rows(float @Nullable [] start, int rows, long side, DoubleConsumer progress) {
            int length = Math.multiplyExact(rows, d);
            float[] values = start == null ? new float[length] : start.clone();
            if (values.length != length) {
                throw new IllegalArgumentException("the model to start from does not have the shape of the data");
            }
            workers.forBlocks(Blocks.even(rows, START_PARTS), progress, () -> side, (block, from, to, scratch) -> {
                // A sequence of its own for each block, so that threads do not matter.
                SplittableRandom random = new SplittableRandom(settings.seed() * 31 + side * START_PARTS + block);
                for (int row = from; row < to; row++) {
                    if (isZero(values, row * d, d)) {
                        for (int f = row * d; f < (row + 1) * d; f++) {
                            values[f] = START_SIGMA * (float) random.nextGaussian();
                        }
                    }
                }
            });
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
            for (int f = from; f < from + length; f++) {
                if (values[f] != 0) {
                    return false;
                }
            }
            return true;
        }

        EhcfModel model() {
            return model;
        }

        /**
         * Says how far the next sweeps go.
         *
         * @param factor ω: beyond the solutions of users and items where it is above 1. A quadratic falls as long as ω is
         *     below 2, and where many sweeps would go the same way it falls faster: successive over-relaxation, block by
         *     block
         * @param share a residual that is this share of the one that a row begins with is small enough
         */
        void pace(float factor, float share) {
            relaxation = factor;
            reduction = share;
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
                    ACCURACY,
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
