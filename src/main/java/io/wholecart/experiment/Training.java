package io.wholecart.experiment;

import io.wholecart.ehcf.EhcfModel;
import io.wholecart.ehcf.Hyperparameters;
import io.wholecart.ehcf.Solver;
import io.wholecart.interaction.Interactions;
import io.wholecart.platform.Heap;
import org.jspecify.annotations.Nullable;

/** A solver's work, with a look at what goes in and at what comes out. */
public final class Training {

    private Training() {}

    /**
     * Learns a model in which every number is finite.
     *
     * @param start see {@link Solver#solve}
     * @throws io.wholecart.platform.NotEnoughMemoryException when it would not fit into memory
     * @throws UnfitDataException when there is nothing to learn from, or the settings do not work on this data
     */
    public static EhcfModel solve(
            Solver solver,
            Interactions data,
            Hyperparameters settings,
            @Nullable EhcfModel start,
            Solver.Listener listener) {
        if (data.byUser().get(data.target()).size() == 0) {
            throw new UnfitDataException("There are no " + data.behaviors().get(data.target()) + " events to learn from"
                    + " (one a user is held out where something is measured).");
        }
        long numbers = (long) Math.max(data.users(), data.items()) * settings.factors();
        if (numbers > solver.capacity()) {
            throw new UnfitDataException("The solver " + solver.name() + " holds up to " + solver.capacity()
                    + " numbers for users or for items; " + settings.factors() + " factors would be " + numbers
                    + ": lower factors.");
        }
        Heap.require(
                solver.memory(data.users(), data.items(), settings),
                "The solver " + solver.name() + " with " + settings.factors() + " factors for " + data.users()
                        + " users and " + data.items() + " items",
                "lower factors");
        EhcfModel model = solver.solve(data, settings, start, listener);
        if (!model.isFinite()) {
            throw new UnfitDataException(
                    "The model's numbers are not finite: these settings do not work on this data.");
        }
        return model;
    }
}
