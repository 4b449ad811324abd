package io.wholecart.ehcf;

/**
 * Item factors in panels of some items, factor after factor, so that a panel's scores are sums of neighboring floats.
 * Every score is summed in the same order, so that equal vectors score alike to the last bit.
 */
final class ItemPanels implements ItemBounds {

    private final Kernels kernels;
    private final int d;
    private final int items;
    private final float[] panels;

    /**
     * Lays items out.
     *
     * @param factors items × d
     * @param order row of the item in each place
     */
    ItemPanels(float[] factors, int d, int[] order, Kernels kernels) {
        this.kernels = kernels;
        this.d = d;
        this.items = order.length;
        this.panels = new float[Math.multiplyExact(count(), Kernels.PANEL * d)];
        for (int place = 0; place < items; place++) {
            put(factors, order[place] * d, panels, start(place), d);
        }
    }

    /** Where an item's first factor is. */
    private int start(int place) {
        return place / Kernels.PANEL * Kernels.PANEL * d + place % Kernels.PANEL;
    }

    static void put(float[] factors, int from, float[] panel, int at, int d) {
        for (int f = 0; f < d; f++) {
            panel[at + f * Kernels.PANEL] = factors[from + f];
        }
    }

    /** Panels; the last one is filled up with factors of zero. */
    int count() {
        return (items + Kernels.PANEL - 1) / Kernels.PANEL;
    }

    float[] floats() {
        return panels;
    }

    @Override
    public long bytes() {
        return (long) Float.BYTES * panels.length;
    }

    @Override
    public Pass pass(float[] query) {
        return (from, to, threshold, places, scores) -> {
            kernels.scan(panels, from / Kernels.PANEL, (to + Kernels.PANEL - 1) / Kernels.PANEL, query, scores, d);
            int count = 0;
            for (int i = 0; i < to - from; i++) {
                if (scores[i] >= threshold) {
                    places[count] = from + i;
                    scores[count++] = scores[i];
                }
            }
            return count;
        };
    }
}
