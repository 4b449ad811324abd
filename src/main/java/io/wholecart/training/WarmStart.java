package io.wholecart.training;

import io.wholecart.ehcf.EhcfModel;
import io.wholecart.ehcf.FoldIn;
import io.wholecart.ehcf.Hyperparameters;
import io.wholecart.ehcf.LossWeights;
import io.wholecart.interaction.Snapshot;
import io.wholecart.model.ModelArtifact;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;

/** The active model's vectors in the order of a new snapshot: users and items are matched by id, behaviors by name. */
final class WarmStart {

    /** Of a behavior that the model does not know. */
    private static final Hyperparameters.Weight NOT_LEARNED = new Hyperparameters.Weight(0, 0);

    private WarmStart() {}

    /** A model to go on from; rows of zeros where something is new, which the solver starts afresh. */
    static EhcfModel align(ModelArtifact active, Snapshot snapshot) {
        EhcfModel model = active.factors();
        float[][] heads = new float[snapshot.behaviors().size()][];
        for (int k = 0; k < heads.length; k++) {
            int known = active.behaviors().indexOf(snapshot.behaviors().get(k));
            heads[k] = known < 0 ? new float[model.factors()] : model.heads()[known];
        }
        return new EhcfModel(
                model.factors(),
                rows(model.userFactors(), active.userIds(), snapshot.userIds(), model.factors()),
                rows(model.itemFactors(), active.itemIds(), snapshot.itemIds(), model.factors()),
                heads);
    }

    /**
     * The same with users from the snapshot's events alone: served users know the events that are held out now.
     *
     * @param canceled asked often
     */
    static EhcfModel refit(ModelArtifact active, Snapshot snapshot, BooleanSupplier canceled) {
        EhcfModel aligned = align(active, snapshot);
        LossWeights loss = active.loss();
        if (loss == null) {
            return aligned;
        }
        LossWeights same = new LossWeights(
                loss.keep(),
                snapshot.behaviors().stream()
                        .map(name -> active.behaviors().indexOf(name))
                        .map(known -> known < 0 ? NOT_LEARNED : loss.behaviors().get(known))
                        .toList(),
                rows(loss.items(), active.itemIds(), snapshot.itemIds(), 1));
        FoldIn foldIn = new FoldIn(aligned, same, Runtime.getRuntime().availableProcessors());
        float[] users = foldIn.users(snapshot.byUser(), canceled);
        return new EhcfModel(aligned.factors(), users, aligned.itemFactors(), aligned.heads());
    }

    private static float[] rows(float[] from, List<String> fromIds, List<String> toIds, int d) {
        Map<String, Integer> places = new HashMap<>();
        for (int i = 0; i < fromIds.size(); i++) {
            places.put(fromIds.get(i), i);
        }
        float[] rows = new float[Math.multiplyExact(toIds.size(), d)];
        for (int i = 0; i < toIds.size(); i++) {
            Integer place = places.get(toIds.get(i));
            if (place != null) {
                System.arraycopy(from, place * d, rows, i * d, d);
            }
        }
        return rows;
    }
}
