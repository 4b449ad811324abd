package io.wholecart.training;

import io.wholecart.ehcf.Hyperparameters;
import io.wholecart.ehcf.Solver;
import io.wholecart.experiment.TrainingParameters;
import io.wholecart.model.StoredModel;
import io.wholecart.platform.Heap;
import org.jspecify.annotations.Nullable;

/**
 * Heap that a run takes from here on, beside its data: told before it is taken. What counts are arrays with a number for each
 * user or item and factor; so many of them are there at one time as the phases' variables hold.
 *
 * @param users the data's
 * @param items the data's
 * @param factors of the model that is made
 * @param solving what the solver takes
 */
record Footprint(long users, long items, long factors, long solving) {

    /** Of a map from ids to rows. */
    private static final long ENTRY_BYTES = 64;

    static Footprint of(long users, long items, Solver solver, Hyperparameters settings) {
        return new Footprint(users, items, settings.factors(), solver.memory(users, items, settings));
    }

    private long ofUsers() {
        return Float.BYTES * users * factors;
    }

    private long ofItems() {
        return Float.BYTES * items * factors;
    }

    /** The model to start from is there all the while, and items are laid out once more to be ranked. */
    private long solve(boolean warm) {
        return solving + ofItems() + (warm ? ofUsers() + ofItems() : 0);
    }

    /** The solved users, those folded in without the held-out events, and those folded in with all. */
    private long publish() {
        return 3 * ofUsers() + ofItems();
    }

    /** Beside the new model the active one: as it is stored, in the order of the new data, and its users folded in anew. */
    private long gate(StoredModel active) {
        long ids = ENTRY_BYTES * Math.max(active.users(), active.items());
        long aligned = Float.BYTES * (long) active.factors() * (2 * users + 2 * items);
        return 2 * ofUsers() + ofItems() + active.memory() + ids + aligned;
    }

    /** The most at one time. */
    long bytes(TrainingParameters parameters, @Nullable StoredModel active) {
        long most = Math.max(solve(parameters.warmStart() && active != null), publish());
        return parameters.holdout() && active != null ? Math.max(most, gate(active)) : most;
    }

    /**
     * Refuses a run that does not fit.
     *
     * @param data what is still to be made of the events beside
     */
    void require(long data, TrainingParameters parameters, @Nullable StoredModel active) {
        Heap.require(
                data + bytes(parameters, active),
                "Training " + factors + " factors for " + users + " users and " + items + " items",
                "lower factors");
    }
}
