package io.wholecart.ehcf;

/**
 * Item factors rounded to bytes, in panels as {@link ItemPanels} has them, for a quarter of the memory to pass over. What
 * rounding took away from a vector is kept by its length, so that by the inequality of Cauchy and Schwarz no item scores
 * more than its bound.
 */
final class BytePanels implements ItemBounds {

    private static final int LARGEST = 127;
    /** What sums of d floats may be off by, as a share of the vectors' lengths: this, and d times the other. */
    private static final float ROUNDING = 1e-5f;

    private static final float ROUNDING_EACH = 0x1p-23f;
    /** Vectors as small as this have no bytes. */
    private static final float TINY = 1e-30f;

    private final Kernels kernels;
    private final int d;
    private final byte[] panels;
    /** By which an item's bytes are multiplied, by place. */
    private final float[] scales;

    /** Length of what is missing then. */
    private final float[] missing;

    /**
     * Lays items out.
     *
     * @param factors items × d
     * @param order row of the item in each place
     */
    BytePanels(float[] factors, int d, int[] order, Kernels kernels) {
        this.kernels = kernels;
        this.d = d;
        int count = (order.length + Kernels.PANEL - 1) / Kernels.PANEL;
        this.panels = new byte[Math.multiplyExact(count, Kernels.PANEL * d)];
        this.scales = new float[order.length];
        this.missing = new float[order.length];
        for (int place = 0; place < order.length; place++) {
            round(factors, order[place] * d, place);
        }
    }

    private void round(float[] factors, int from, int place) {
        float largest = 0;
        double squares = 0;
        for (int f = from; f < from + d; f++) {
            largest = Math.max(largest, Math.abs(factors[f]));
            squares += (double) factors[f] * factors[f];
        }
        float scale = largest < TINY ? 0 : largest / LARGEST;
        int start = place / Kernels.PANEL * Kernels.PANEL * d + place % Kernels.PANEL;
        double lost = scale > 0 ? 0 : squares;
        for (int f = 0; f < d && scale > 0; f++) {
            int rounded = Math.round(factors[from + f] / scale);
            panels[start + f * Kernels.PANEL] = (byte) rounded;
            double left = factors[from + f] - (double) rounded * scale;
            lost += left * left;
        }
        scales[place] = scale;
        missing[place] = (float) (Math.sqrt(lost) + (ROUNDING + d * ROUNDING_EACH) * Math.sqrt(squares));
    }

    @Override
    public void bounds(float[] query, float length, int from, int to, float[] bounds) {
        kernels.scan(panels, from / Kernels.PANEL, (to + Kernels.PANEL - 1) / Kernels.PANEL, query, bounds, d);
        for (int i = 0; i < to - from; i++) {
            bounds[i] = bounds[i] * scales[from + i] + length * missing[from + i];
        }
    }

    @Override
    public boolean exact() {
        return false;
    }

    @Override
    public long bytes() {
        return panels.length + 2L * Float.BYTES * scales.length;
    }
}
