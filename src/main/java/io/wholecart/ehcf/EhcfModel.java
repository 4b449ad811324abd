package io.wholecart.ehcf;

/**
 * A trained model: {@code score_k(u,v) = h_kᵀ (p_u ∘ q_v)} (Chen et al. 2020, equation 2).
 *
 * @param factors d, the length of every vector
 * @param userFactors P, users × d, row after row; a row of zeros is a user without positives
 * @param itemFactors Q, items × d
 * @param heads h_k, one prediction vector of length d per behavior
 */
public record EhcfModel(int factors, float[] userFactors, float[] itemFactors, float[][] heads) {

    public EhcfModel {
        if (userFactors.length % factors != 0 || itemFactors.length % factors != 0) {
            throw new IllegalArgumentException("factors do not fill whole rows of " + factors);
        }
        for (float[] head : heads) {
            if (head.length != factors) {
                throw new IllegalArgumentException("a head has " + head.length + " factors, not " + factors);
            }
        }
    }

    public int users() {
        return userFactors.length / factors;
    }

    public int items() {
        return itemFactors.length / factors;
    }

    /** Whether the user had a positive to learn from. */
    public boolean knows(int user) {
        for (int f = user * factors; f < (user + 1) * factors; f++) {
            if (userFactors[f] != 0) {
                return true;
            }
        }
        return false;
    }

    /** h_k ∘ p_u: its product with an item's factors is the score. */
    public float[] query(int user, int behavior) {
        float[] query = new float[factors];
        for (int f = 0; f < factors; f++) {
            query[f] = heads[behavior][f] * userFactors[user * factors + f];
        }
        return query;
    }

    /** score_k(u,v). */
    public float score(int user, int item, int behavior) {
        float score = 0;
        for (int f = 0; f < factors; f++) {
            score += heads[behavior][f] * userFactors[user * factors + f] * itemFactors[item * factors + f];
        }
        return score;
    }

    /** Whether every number in it is finite; a model that is not must never be served. */
    public boolean isFinite() {
        boolean finite = allFinite(userFactors) && allFinite(itemFactors);
        for (float[] head : heads) {
            finite &= allFinite(head);
        }
        return finite;
    }

    private static boolean allFinite(float[] values) {
        for (float value : values) {
            if (!Float.isFinite(value)) {
                return false;
            }
        }
        return true;
    }
}
