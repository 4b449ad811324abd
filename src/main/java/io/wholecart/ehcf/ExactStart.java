package io.wholecart.ehcf;

import io.wholecart.interaction.Interactions;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.DoubleConsumer;
import org.jspecify.annotations.Nullable;

/** Where block coordinate descent begins: at random, or at a model; the same numbers on every engine. */
public final class ExactStart {

    private static final float SIGMA = 0.1f;
    /** The random start is drawn in so many parts, whatever the number of threads. */
    private static final int PARTS = 64;

    private static final long USERS = 1;
    private static final long ITEMS = 2;

    private ExactStart() {}

    /**
     * Draws on this machine's cores.
     *
     * @param start rows to begin at; null for none
     */
    public static EhcfModel of(
            Interactions data, Hyperparameters settings, @Nullable EhcfModel start, Solver.Listener listener) {
        try (Workers workers = new Workers(Runtime.getRuntime().availableProcessors(), listener)) {
            return of(data, settings, start, workers, Descent.starting(listener));
        }
    }

    static EhcfModel of(
            Interactions data,
            Hyperparameters settings,
            @Nullable EhcfModel start,
            Workers workers,
            DoubleConsumer progress) {
        float @Nullable [] users = start == null ? null : start.userFactors();
        float @Nullable [] items = start == null ? null : start.itemFactors();
        return new EhcfModel(
                settings.factors(),
                rows(users, data.users(), USERS, settings, workers, share -> progress.accept(share / 2)),
                rows(items, data.items(), ITEMS, settings, workers, share -> progress.accept((1 + share) / 2)),
                heads(start, data.behaviors().size(), settings.factors()));
    }

    /** Rows to start from; what is new or has learned nothing yet, a row of zeros, starts at random. */
    private static float[] rows(
            float @Nullable [] start,
            int rows,
            long side,
            Hyperparameters settings,
            Workers workers,
            DoubleConsumer progress) {
        int d = settings.factors();
        int length = Math.multiplyExact(rows, d);
        float[] values = start == null ? new float[length] : start.clone();
        if (values.length != length) {
            throw new IllegalArgumentException("the model to start from does not have the shape of the data");
        }
        workers.forBlocks(Blocks.even(rows, PARTS), progress, () -> side, (block, from, to, scratch) -> {
            // A sequence of its own for each block, so that threads do not matter.
            SplittableRandom random = new SplittableRandom(settings.seed() * 31 + side * PARTS + block);
            for (int row = from; row < to; row++) {
                if (isZero(values, row * d, d)) {
                    for (int f = row * d; f < (row + 1) * d; f++) {
                        values[f] = SIGMA * (float) random.nextGaussian();
                    }
                }
            }
        });
        return values;
    }

    private static float[][] heads(@Nullable EhcfModel start, int behaviors, int d) {
        float[][] heads = new float[behaviors][d];
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
}
