package io.wholecart.ehcf;

import io.wholecart.interaction.Interactions;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Learns a model from interactions. */
public interface Solver {

    /** The name by which {@code solver} in a request chooses it. */
    String name();

    /** How many numbers it can hold for one side, users or items times factors: as many as an array. */
    default long capacity() {
        return Integer.MAX_VALUE - 8;
    }

    /** Bytes of heap that solving takes at its most, beside the data and the model to start from: numbers of both sides. */
    default long memory(long users, long items, Hyperparameters settings) {
        return (long) Float.BYTES * settings.factors() * (users + items);
    }

    /** Whether it can go on from a given model, as if it had made that one itself. */
    boolean continues();

    /**
     * Solves for the model.
     *
     * @param start a model with a row for each of the data's users and items to go on from, zeros where something is
     *     new; null to start at random, the only way where the solver does not {@link #continues() continue}
     * @param listener told after each iteration; asked often whether to stop
     * @throws java.util.concurrent.CancellationException when the listener wanted to stop
     */
    EhcfModel solve(Interactions data, Hyperparameters settings, @Nullable EhcfModel start, Listener listener);

    /** Follows a solver. */
    interface Listener {

        /** Iteration {@code done} (from 1) ended at this loss (section 2 of the paper, without its constant). */
        void iteration(int done, double loss);

        /**
         * The same with the model that was reached; this is what solvers call.
         *
         * @param model to look at during the call; the solver goes on with its numbers
         */
        default void iteration(int done, double loss, Supplier<EhcfModel> model) {
            iteration(done, loss);
        }

        /** How far it is: iterations done, with a fraction; called often, from the solver's threads. */
        default void progress(double iterations) {}

        /** Whether the solver should give up; called from its threads. */
        boolean canceled();
    }
}
