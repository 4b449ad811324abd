package io.wholecart.ehcf;

import java.util.List;

/**
 * What a solver is told.
 *
 * @param factors d
 * @param iterations sweeps
 * @param keep ρ, the keep probability of the (marginalised) dropout on the user factors
 * @param behaviors weights in the order of the interactions' behaviors
 * @param seed of the random start
 */
public record Hyperparameters(int factors, int iterations, float keep, List<Weight> behaviors, long seed) {

    /** ε, added to the diagonal of every normal matrix. */
    public static final float RIDGE = 1e-6f;

    /**
     * A behavior's part in the loss.
     *
     * @param lambda λ_k, its share; all shares sum to 1
     * @param negativeWeight c_k, the weight of a pair that is not positive, against 1 for one that is
     */
    public record Weight(float lambda, float negativeWeight) {}

    /** Multiplies the diagonal of every normal matrix beyond once: 1/ρ − 1. */
    float dropoutPenalty() {
        return 1 / keep - 1;
    }
}
