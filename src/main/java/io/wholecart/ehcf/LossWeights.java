package io.wholecart.ehcf;

import io.wholecart.interaction.Interactions;
import java.util.List;

/**
 * What the equation of a user's factors needs beside the model's vectors: how the loss weighs that they were trained by.
 *
 * @param keep ρ, the keep probability of the dropout
 * @param behaviors λ_k and c_k, in the order of the heads
 * @param items g: the weight of an item's negatives is c_k g_v
 */
public record LossWeights(float keep, List<Hyperparameters.Weight> behaviors, float[] items) {

    /** Those of a training on this data. */
    public static LossWeights of(Interactions data, Hyperparameters settings) {
        float[] items = ExactSolver.floats(NegativeWeights.of(data, settings.popularityExponent()));
        return new LossWeights(settings.keep(), settings.behaviors(), items);
    }

    /** Multiplies the diagonal of every normal matrix beyond once: 1/ρ − 1. */
    float dropoutPenalty() {
        return 1 / keep - 1;
    }
}
