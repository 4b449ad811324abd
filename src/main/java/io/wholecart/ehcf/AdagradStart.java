package io.wholecart.ehcf;

import io.wholecart.interaction.Interactions;
import io.wholecart.interaction.SparseMatrix;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/** What the mini-batch solver begins with, and the order of its users: the same numbers on every engine. */
public final class AdagradStart {

    /** Of every accumulator of squared gradients. */
    public static final double ACCUMULATOR = 1e-8;

    private static final double SIGMA = 0.01;
    /** Draws beyond so many sigmas are drawn again. */
    private static final double CUT = 2;

    private final int d;
    private final Random random;
    private final int[] active;
    private final float[] users;
    private final float[] items;
    private final TransferChain chain;

    public AdagradStart(Interactions data, Hyperparameters settings) {
        this.d = settings.factors();
        this.random = new ThreadBoundRandom(settings.seed());
        this.active = IntStream.range(0, data.users())
                .filter(u -> any(data.byUser(), u))
                .toArray();
        this.users = start(data.users());
        this.items = start(data.items());
        this.chain = new TransferChain(d, settings.adagrad(), random);
    }

    private static boolean any(List<SparseMatrix> behaviors, int row) {
        return behaviors.stream().anyMatch(positives -> positives.end(row) > positives.start(row));
    }

    /** Truncated normal. */
    private float[] start(int rows) {
        float[] values = new float[Math.multiplyExact(rows, d)];
        for (int i = 0; i < values.length; i++) {
            double value;
            do {
                value = random.nextGaussian();
            } while (Math.abs(value) > CUT);
            values[i] = (float) (SIGMA * value);
        }
        return values;
    }

    Random random() {
        return random;
    }

    TransferChain chain() {
        return chain;
    }

    /** P, users × d. */
    public float[] userFactors() {
        return users;
    }

    /** Q, items × d. */
    public float[] itemFactors() {
        return items;
    }

    /** h_k of a behavior without precedents; empty for others. */
    public float[] free(int behavior) {
        return chain.free(behavior);
    }

    /** M_tk, d × d, with t the behavior's precedent in this place. */
    public float[] matrix(int behavior, int place) {
        return chain.matrix(behavior, place);
    }

    /** r_tk. */
    public float[] offset(int behavior, int place) {
        return chain.offset(behavior, place);
    }

    /**
     * The users of an epoch in a new order, batch after batch, each batch sorted.
     *
     * @return those with a positive
     */
    public int[] nextOrder(int batchSize) {
        for (int i = active.length - 1; i > 0; i--) {
            int j = random.nextInt(i + 1);
            int swapped = active[i];
            active[i] = active[j];
            active[j] = swapped;
        }
        int[] order = active.clone();
        for (int from = 0; from < order.length; from += batchSize) {
            Arrays.sort(order, from, Math.min(order.length, from + batchSize));
        }
        return order;
    }

    /** The model of these factors; users and items without positives get zeros. */
    public static EhcfModel learned(Interactions data, int d, float[] users, float[] items, float[][] heads) {
        clear(users, data.byUser(), d);
        clear(items, data.byItem(), d);
        return new EhcfModel(d, users, items, heads);
    }

    private static void clear(float[] factors, List<SparseMatrix> positives, int d) {
        for (int row = 0; row < factors.length / d; row++) {
            if (!any(positives, row)) {
                Arrays.fill(factors, row * d, (row + 1) * d, 0);
            }
        }
    }
}
