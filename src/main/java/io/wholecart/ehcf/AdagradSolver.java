package io.wholecart.ehcf;

import io.wholecart.interaction.Interactions;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The paper's own way: Adagrad over mini-batches of users, sampled dropout on the batch's user factors, and prediction
 * vectors that are transferred along a chain of behaviors. Dense products are ND4J's, but where its backend is this
 * machine's processor and that has vector units that we can use ourselves ({@link DenseEngine}). The same seed gives the
 * same model as long as ND4J's products run on one thread.
 */
public final class AdagradSolver implements Solver {

    private final int threads;

    /**
     * A solver on this machine's cores, or on ND4J's device where it has one.
     *
     * @param threads how many cores, at least 1
     */
    public AdagradSolver(int threads) {
        this.threads = threads;
    }

    @Override
    public String name() {
        return "adagrad";
    }

    @Override
    public long capacity() {
        return FactorMatrix.MAX_BYTES / Float.BYTES;
    }

    /** The factors, their accumulators, and the model that they are copied into, now and then. */
    @Override
    public long memory(long users, long items, Hyperparameters settings) {
        long square = (long) settings.factors() * settings.factors();
        return 3 * Solver.super.memory(users, items, settings) + Gram.PARTS * Double.BYTES * square;
    }

    @Override
    public boolean continues() {
        return false;
    }

    @Override
    public EhcfModel solve(Interactions data, Hyperparameters settings, @Nullable EhcfModel start, Listener listener) {
        if (start != null) {
            throw new IllegalArgumentException("adagrad cannot go on from a model: its accumulators are not kept");
        }
        try (Workers workers = new Workers(threads, listener);
                Epochs epochs = new Epochs(data, settings, workers)) {
            for (int i = 1; i <= settings.iterations(); i++) {
                listener.iteration(i, epochs.next(listener), epochs::model);
            }
            return epochs.model();
        }
    }

    /** All that is learned, and the passes over the users. */
    static final class Epochs implements AutoCloseable {

        private final Interactions data;
        private final Hyperparameters settings;
        private final int d;
        private final AdagradStart start;
        private final Random random;
        private final float[] userFactors;
        private final float[] userAccumulators;
        private final DenseEngine engine;
        private final TransferChain chain;
        private final BatchGradient gradient;
        private int epochsDone;

        Epochs(Interactions data, Hyperparameters settings, Workers workers) {
            this.data = data;
            this.settings = settings;
            this.d = settings.factors();
            this.start = new AdagradStart(data, settings);
            this.random = start.random();
            this.userFactors = start.userFactors();
            this.userAccumulators = new float[userFactors.length];
            Arrays.fill(userAccumulators, (float) AdagradStart.ACCUMULATOR);
            double[] itemWeights = NegativeWeights.of(data, settings.popularityExponent());
            boolean weighted = settings.popularityExponent() != 0;
            float[] items = start.itemFactors();
            this.engine = fused()
                    ? new FusedEngine(items, d, itemWeights, weighted, Kernels.best(), workers)
                    : new Nd4jEngine(items, d, itemWeights, weighted, DataType.FLOAT);
            this.chain = start.chain();
            this.gradient = new BatchGradient(data, settings, itemWeights, engine, workers);
        }

        /** ND4J's own products are better than plain loops, and on another device the numbers are better there, too. */
        private static boolean fused() {
            return !(Kernels.best() instanceof PlainKernels) && (!nd4j() || ofProcessor());
        }

        /** It is absent in the bundle for a GPU machine. */
        private static boolean nd4j() {
            return AdagradSolver.class.getResource("/org/nd4j/linalg/factory/Nd4j.class") != null;
        }

        private static boolean ofProcessor() {
            return Nd4j.getBackend().getClass().getSimpleName().equals("CpuBackend");
        }

        /** One pass over all users in a new order; the sum of the batches' losses, each before its step. */
        double next(Listener listener) {
            double loss = 0;
            int size = settings.adagrad().batchSize();
            int[] order = start.nextOrder(size);
            for (int from = 0; from < order.length; from += size) {
                if (listener.canceled()) {
                    throw new CancellationException("The training was canceled.");
                }
                listener.progress(epochsDone + (double) from / order.length);
                loss += step(Arrays.copyOfRange(order, from, Math.min(order.length, from + size)));
            }
            epochsDone++;
            return loss;
        }

        private double step(int[] users) {
            int behaviors = settings.behaviors().size();
            double[] shares = settings.behaviors().stream()
                    .mapToDouble(Hyperparameters.Weight::lambda)
                    .toArray();
            if (settings.adagrad().multiTask()) {
                return step(users, shares);
            }
            double loss = 0;
            for (int k = 0; k < behaviors; k++) {
                double[] only = new double[behaviors];
                only[k] = 1;
                loss += shares[k] * step(users, only);
            }
            return loss;
        }

        private double step(int[] users, double[] shares) {
            float[] mask = mask(users.length * d);
            double[] x = new double[mask.length];
            for (int b = 0; b < users.length; b++) {
                for (int f = 0; f < d; f++) {
                    x[b * d + f] = userFactors[users[b] * d + f] * mask[b * d + f];
                }
            }
            double[][] heads = chain.heads();
            double loss = gradient.of(users, x, heads, shares);
            stepUsers(users, mask);
            engine.step(
                    gradient.byEveryItem(),
                    gradient.items(),
                    gradient.byItemRows(),
                    settings.adagrad().learningRate());
            chain.backward(heads, gradient.byHeads());
            chain.step();
            return loss;
        }

        /** 1/ρ with probability ρ, else 0; the same for all behaviors. */
        private float[] mask(int length) {
            float[] mask = new float[length];
            for (int i = 0; i < length; i++) {
                mask[i] = settings.keep() >= 1 || random.nextDouble() < settings.keep() ? 1 / settings.keep() : 0;
            }
            return mask;
        }

        /** Only the batch's rows have a gradient. */
        private void stepUsers(int[] users, float[] mask) {
            double[] byUsers = gradient.byUsers();
            float rate = settings.adagrad().learningRate();
            for (int b = 0; b < users.length; b++) {
                for (int f = 0; f < d; f++) {
                    int at = users[b] * d + f;
                    float slope = (float) byUsers[b * d + f] * mask[b * d + f];
                    userAccumulators[at] += slope * slope;
                    userFactors[at] -= rate * slope / (float) Math.sqrt(userAccumulators[at]);
                }
            }
        }

        /** What is learned so far; users and items without positives get zeros. */
        EhcfModel model() {
            double[][] heads = chain.heads();
            float[][] rounded = new float[heads.length][d];
            for (int k = 0; k < heads.length; k++) {
                for (int f = 0; f < d; f++) {
                    rounded[k][f] = (float) heads[k][f];
                }
            }
            return AdagradStart.learned(data, d, userFactors.clone(), engine.values(), rounded);
        }

        @Override
        public void close() {
            engine.close();
        }
    }
}
