package io.wholecart.ehcf;

import io.wholecart.interaction.Interactions;

/** Learns a model from interactions. */
public interface Solver {

    /** The name by which {@code solver} in a request chooses it. */
    String name();

    /**
     * Solves for the model.
     *
     * @param listener told after each iteration; asked often whether to stop
     * @throws java.util.concurrent.CancellationException when the listener wanted to stop
     */
    EhcfModel solve(Interactions data, Hyperparameters settings, Listener listener);

    /** Follows a solver. */
    interface Listener {

        /** Iteration {@code done} (from 1) ended at this loss (section 2 of the paper, without its constant). */
        void iteration(int done, double loss);

        /** Whether the solver should give up; called from its threads. */
        boolean canceled();
    }
}
