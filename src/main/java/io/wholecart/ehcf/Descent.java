package io.wholecart.ehcf;

import java.util.function.DoubleConsumer;

/** The course of block coordinate descent, on whatever hardware the sweeps are. */
public final class Descent {

    /** Sweeps at the start that go just to the solutions: from a random place there is nothing to hasten. */
    private static final int PLAIN_SWEEPS = 2;
    /**
     * A row's residual after a sweep, as a share of that before: the next sweep moves everything again, so that more
     * accuracy is wasted. The last sweep solves to the end.
     */
    private static final float REDUCTION = 0.1f;

    /** Residual at which a row is solved, as a share of its right side's. */
    public static final float ACCURACY = 1e-4f;

    /** Share of the first sweep's time that the random start is of. */
    private static final double START_SHARE = 0.1;

    private Descent() {}

    /** Users, items and heads over one set of factors. */
    public interface Sweeps {

        /**
         * Says how far the next sweeps go.
         *
         * @param factor ω: beyond the solutions of users and items where it is above 1. A quadratic falls as long as ω is
         *     below 2, and where many sweeps would go the same way it falls faster: successive over-relaxation, block by
         *     block
         * @param share a residual that is this share of the one that a row begins with is small enough
         */
        void pace(float factor, float share);

        /**
         * Solves for all users, all items and all heads.
         *
         * @param progress told which share is done
         * @return the loss at the end, with what dropout adds in expectation
         */
        double sweep(DoubleConsumer progress);

        /** What is reached; the next sweep may change it. */
        EhcfModel model();
    }

    /** What the listener is told while the start is made, by the share that is. */
    public static DoubleConsumer starting(Solver.Listener listener) {
        return share -> listener.progress(START_SHARE * share);
    }

    /**
     * Sweeps as often as the settings say, or until it does not help any more.
     *
     * @param given whether the sweeps start from a model that was given
     */
    public static EhcfModel run(Sweeps sweeps, Hyperparameters settings, boolean given, Solver.Listener listener) {
        double previous = Double.POSITIVE_INFINITY;
        boolean settled = false;
        boolean last = false;
        for (int i = 1; !last; i++) {
            last = i == settings.iterations() || settled;
            if (last) {
                sweeps.pace(1, 0);
            } else {
                // Of a given model's users nothing shall be left, who may know more than the data does.
                sweeps.pace(i <= PLAIN_SWEEPS ? 1 : settings.relaxation(), i == 1 && given ? 0 : REDUCTION);
            }
            double before = i == 1 ? START_SHARE : i - 1;
            double length = i - before;
            double loss = sweeps.sweep(share -> listener.progress(before + length * share));
            listener.iteration(i, loss, sweeps::model);
            settled = settings.tolerance() > 0 && previous - loss < settings.tolerance() * Math.abs(previous);
            previous = loss;
        }
        return sweeps.model();
    }
}
