package io.wholecart.ehcf;

/**
 * The dense algebra of the mini-batch solver: the item factors with what is done to all of them in every batch, and the
 * products of a batch's users. One for each kind of hardware: {@link FusedEngine} for this machine's vector units,
 * {@link Nd4jEngine} for whatever ND4J runs on.
 */
interface DenseEngine extends AutoCloseable {

    /** XᵀX of some vectors, d × d. */
    double[] gram(double[] x);

    /** X M of some vectors and a symmetric matrix. */
    double[] times(double[] x, double[] matrix);

    /** Qᵀ diag(g) Q, d × d. */
    double[] itemGram();

    /** Vectors of some items, one after the other. */
    double[] rows(int[] items);

    /**
     * One Adagrad step by the gradient {@code 2 g_v D q_v} of every item, plus something for some items.
     *
     * @param dense D, symmetric, d × d
     * @param items each once
     * @param rows what is added for these, vector after vector
     */
    void step(double[] dense, int[] items, double[] rows, float rate);

    /** A copy of Q, items × d. */
    float[] values();

    @Override
    void close();
}
