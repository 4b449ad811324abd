package io.wholecart.ehcf;

/** Items laid out so that all of them are scored fast, if only so well that few are left to be scored exactly. */
public interface ItemBounds {

    /**
     * Lays items out.
     *
     * @param factors items × d
     * @param order row of the item in each place
     * @param bytesAbove with more items than this by bytes, where this JVM is fast with them
     */
    static ItemBounds of(float[] factors, int d, int[] order, int bytesAbove) {
        return order.length > bytesAbove && !(Kernels.best() instanceof PlainKernels)
                ? new BytePanels(factors, d, order, Kernels.best())
                : new ItemPanels(factors, d, order, Kernels.best());
    }

    /**
     * What neighboring items score at most: their products with a vector.
     *
     * @param length |query|
     * @param from place of the first, a multiple of 16
     * @param to behind the last
     * @param bounds room for as many, rounded up to a multiple of 16
     */
    void bounds(float[] query, float length, int from, int to, float[] bounds);

    /** Whether the bounds are the scores themselves. */
    boolean exact();

    /** Memory of the factors. */
    long bytes();
}
