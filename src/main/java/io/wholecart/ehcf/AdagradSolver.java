package io.wholecart.ehcf;

import io.wholecart.interaction.Interactions;
import io.wholecart.interaction.SparseMatrix;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.memory.conf.WorkspaceConfiguration;
import org.nd4j.linalg.api.memory.enums.AllocationPolicy;
import org.nd4j.linalg.api.memory.enums.LearningPolicy;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The paper's own way: Adagrad over mini-batches of users, sampled dropout on the batch's user factors, and prediction
 * vectors that are transferred along a chain of behaviors. Parameters and dense products are ND4J's, so they are where
 * its backend is. The same seed gives the same model as long as its products run on one thread.
 */
public final class AdagradSolver implements Solver {

    static final double ACCUMULATOR_START = 1e-8;

    private static final double START_SIGMA = 0.01;
    private static final WorkspaceConfiguration STEP = WorkspaceConfiguration.builder()
            .policyLearning(LearningPolicy.FIRST_LOOP)
            .policyAllocation(AllocationPolicy.OVERALLOCATE)
            .overallocationLimit(0.5)
            .build();
    /** Draws beyond so many sigmas are drawn again. */
    private static final double START_CUT = 2;

    @Override
    public String name() {
        return "adagrad";
    }

    @Override
    public long capacity() {
        return FactorMatrix.MAX_BYTES / Float.BYTES;
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
        try (Epochs epochs = new Epochs(data, settings, DataType.FLOAT)) {
            for (int i = 1; i <= settings.iterations(); i++) {
                listener.iteration(i, epochs.next(listener));
            }
            return epochs.model();
        }
    }

    /** All that is learned, and the passes over the users. */
    static final class Epochs implements AutoCloseable {

        private final Interactions data;
        private final Hyperparameters settings;
        private final int d;
        private final Random random;
        private final int[] active;
        private final FactorMatrix userFactors;
        private final FactorMatrix userAccumulators;
        private final FactorMatrix itemFactors;
        private final FactorMatrix itemAccumulators;
        private final TransferChain chain;
        private final BatchGradient gradient;

        Epochs(Interactions data, Hyperparameters settings, DataType type) {
            this.data = data;
            this.settings = settings;
            this.d = settings.factors();
            this.random = new Random(settings.seed());
            this.active = IntStream.range(0, data.users())
                    .filter(u -> any(data.byUser(), u))
                    .toArray();
            this.userFactors = start(data.users(), type);
            this.userAccumulators = accumulators(data.users(), type);
            this.itemFactors = start(data.items(), type);
            this.itemAccumulators = accumulators(data.items(), type);
            this.chain = new TransferChain(d, settings.adagrad(), random);
            this.gradient = new BatchGradient(data, settings, itemFactors);
        }

        private static boolean any(List<SparseMatrix> behaviors, int row) {
            return behaviors.stream().anyMatch(positives -> positives.end(row) > positives.start(row));
        }

        /** Truncated normal. */
        private FactorMatrix start(int rows, DataType type) {
            double[] row = new double[d];
            FactorMatrix matrix = new FactorMatrix(type, d, rows);
            for (int r = 0; r < rows; r++) {
                for (int f = 0; f < d; f++) {
                    do {
                        row[f] = random.nextGaussian();
                    } while (Math.abs(row[f]) > START_CUT);
                    row[f] *= START_SIGMA;
                }
                matrix.put(r * d, row, 0, d);
            }
            matrix.release();
            return matrix;
        }

        private FactorMatrix accumulators(int rows, DataType type) {
            FactorMatrix matrix = new FactorMatrix(type, d, rows);
            matrix.array().assign(ACCUMULATOR_START);
            matrix.fetch();
            return matrix;
        }

        /** One pass over all users in a new order; the sum of the batches' losses, each before its step. */
        double next(Listener listener) {
            shuffle();
            double loss = 0;
            int size = settings.adagrad().batchSize();
            for (int from = 0; from < active.length; from += size) {
                if (listener.canceled()) {
                    throw new CancellationException("The training was canceled.");
                }
                int[] users = Arrays.copyOfRange(active, from, Math.min(active.length, from + size));
                Arrays.sort(users);
                loss += step(users);
            }
            return loss;
        }

        private void shuffle() {
            for (int i = active.length - 1; i > 0; i--) {
                int j = random.nextInt(i + 1);
                int swapped = active[i];
                active[i] = active[j];
                active[j] = swapped;
            }
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

        /** One step; what ND4J needs for it alone is in a workspace, memory that serves all steps one after the other. */
        @SuppressWarnings("try")
        private double step(int[] users, double[] shares) {
            try (MemoryWorkspace memory = Nd4j.getWorkspaceManager().getAndActivateWorkspace(STEP, "wholecart-step")) {
                return inWorkspace(users, shares);
            }
        }

        private double inWorkspace(int[] users, double[] shares) {
            double[] factors = userFactors.rows(users);
            double[] mask = mask(factors.length);
            double[] x = new double[factors.length];
            for (int i = 0; i < x.length; i++) {
                x[i] = factors[i] * mask[i];
            }
            double[][] heads = chain.heads();
            double loss = gradient.of(users, x, heads, shares);
            stepUsers(users, factors, mask);
            itemFactors.step(
                    gradient.byItems(), itemAccumulators, settings.adagrad().learningRate());
            itemFactors.release();
            chain.backward(heads, gradient.byHeads());
            chain.step();
            return loss;
        }

        /** 1/ρ with probability ρ, else 0; the same for all behaviors. */
        private double[] mask(int length) {
            double[] mask = new double[length];
            for (int i = 0; i < length; i++) {
                mask[i] = settings.keep() >= 1 || random.nextDouble() < settings.keep() ? 1 / settings.keep() : 0;
            }
            return mask;
        }

        /** Only the batch's rows have a gradient. */
        private void stepUsers(int[] users, double[] factors, double[] mask) {
            double[] accumulators = userAccumulators.rows(users);
            double[] byUsers = gradient.byUsers();
            for (int i = 0; i < factors.length; i++) {
                double slope = byUsers[i] * mask[i];
                accumulators[i] += slope * slope;
                factors[i] -= settings.adagrad().learningRate() * slope / Math.sqrt(accumulators[i]);
            }
            userFactors.putRows(users, factors);
            userAccumulators.putRows(users, accumulators);
        }

        /** What is learned so far; users and items without positives get zeros. */
        EhcfModel model() {
            float[] users = learned(userFactors, data.byUser());
            float[] items = learned(itemFactors, data.byItem());
            double[][] heads = chain.heads();
            float[][] rounded = new float[heads.length][d];
            for (int k = 0; k < heads.length; k++) {
                for (int f = 0; f < d; f++) {
                    rounded[k][f] = (float) heads[k][f];
                }
            }
            return new EhcfModel(d, users, items, rounded);
        }

        private float[] learned(FactorMatrix matrix, List<SparseMatrix> positives) {
            float[] factors = matrix.array().data().asFloat();
            for (int row = 0; row < factors.length / d; row++) {
                if (!any(positives, row)) {
                    Arrays.fill(factors, row * d, (row + 1) * d, 0);
                }
            }
            return factors;
        }

        @Override
        public void close() {
            gradient.close();
            userFactors.close();
            userAccumulators.close();
            itemFactors.close();
            itemAccumulators.close();
        }
    }
}
