package io.wholecart.ehcf;

import java.util.List;

/**
 * What a solver is told.
 *
 * @param factors d
 * @param iterations sweeps of {@code exact}, epochs of {@code adagrad}
 * @param keep ρ, the keep probability of the dropout on the user factors
 * @param behaviors weights in the order of the interactions' behaviors
 * @param popularityExponent α, by which popular items weigh more as negatives (see {@link NegativeWeights}); 0 for not
 * @param relaxation ω, how far {@code exact} goes towards each solution and beyond: from 1, which is there, to below 2
 * @param tolerance {@code exact} stops when a sweep lowers the loss by less than this share of it; 0 for never
 * @param adagrad what only {@code adagrad} asks for
 * @param seed of the random start
 */
public record Hyperparameters(
        int factors,
        int iterations,
        float keep,
        List<Weight> behaviors,
        float popularityExponent,
        float relaxation,
        float tolerance,
        Adagrad adagrad,
        long seed) {

    /** ε, added to the diagonal of every normal matrix. */
    public static final float RIDGE = 1e-6f;

    /**
     * A behavior's part in the loss.
     *
     * @param lambda λ_k, its share; all shares sum to 1
     * @param negativeWeight c_k, the weight of a pair that is not positive, against 1 for one that is
     */
    public record Weight(float lambda, float negativeWeight) {}

    /**
     * What only {@code adagrad} asks for.
     *
     * @param learningRate step length
     * @param batchSize users in a mini-batch
     * @param transferPenalty L2 on the transfer matrices M_tk
     * @param multiTask whether a step serves all behaviors at once; else they take turns in every batch
     * @param transfer which behavior's prediction vector is made from which others'
     */
    public record Adagrad(
            float learningRate, int batchSize, float transferPenalty, boolean multiTask, TransferGraph transfer) {

        /** The paper's settings for K behaviors. */
        public static Adagrad paper(int behaviors) {
            return new Adagrad(0.05f, 512, 1e-4f, true, TransferGraph.chain(behaviors));
        }
    }
}
