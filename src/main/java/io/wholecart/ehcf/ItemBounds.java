package io.wholecart.ehcf;

/** Items laid out so that those with high scores are found fast. */
public interface ItemBounds {

    /** Places where a part may begin. */
    int STEP = Kernels.BYTE_PANEL;

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

    /** Looks through the items for one vector of length d; serves one thread. */
    Pass pass(float[] query);

    /** Memory beside the factors that were given. */
    long bytes();

    /** Looks through the items, part after part. */
    interface Pass {

        /**
         * Scores neighboring items.
         *
         * @param from place of the first, a multiple of {@link #STEP}
         * @param to behind the last
         * @param threshold lower scores are not of interest; some are found nevertheless
         * @param places of the items found, ascending; room for all, rounded up to a multiple of {@link #STEP}
         * @param scores of these, likewise
         * @return how many
         */
        int find(int from, int to, float threshold, int[] places, float[] scores);
    }
}
