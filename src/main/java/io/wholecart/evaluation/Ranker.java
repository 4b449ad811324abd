package io.wholecart.evaluation;

import io.wholecart.ehcf.EhcfModel;
import io.wholecart.interaction.Snapshot;
import java.util.function.BooleanSupplier;

/** Ranks held-out items; one for each kind of hardware. A tie does not count against an item. */
public interface Ranker {

    /** On this machine's cores. */
    Ranker PROCESSOR = new ProcessorRanker();

    /**
     * Ranks of some users' held-out items, from 0.
     *
     * @param ranks among all items but the user's training target items
     * @param newRanks among the items that the user touched in no behavior; −1 where the held-out item is not new
     */
    record Ranks(int[] ranks, int[] newRanks) {}

    /**
     * Ranks by the scores of the target behavior.
     *
     * @param users each with a held-out item
     * @param canceled asked often
     * @throws java.util.concurrent.CancellationException when canceled
     */
    Ranks rank(EhcfModel model, Snapshot.Split split, int[] users, BooleanSupplier canceled);
}
