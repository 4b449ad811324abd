package io.wholecart.ehcf;

/**
 * Item factors rounded to bytes, in panels as {@link ItemPanels} has them, for a quarter of the memory to pass over. With the
 * query rounded to whole numbers, too, products are exact in 16 bits. What rounding took away is kept by its length, so
 * that by the inequality of Cauchy and Schwarz no item that scores high enough is missed.
 */
final class BytePanels implements ItemBounds {

    private static final int LARGEST = 127;
    /** Length of an item's rounded vector. The query's is as long, so that both lose alike and no product leaves 16 bits. */
    private static final float LENGTH = (float) Math.sqrt(Short.MAX_VALUE);
    /** For the rounding of floats, which is below one of 16 bits. */
    private static final int SLACK = 2;
    /** Vectors as small as this have no bytes. */
    private static final float TINY = 1e-30f;

    private final Kernels kernels;
    private final int d;
    private final float[] factors;
    private final int[] order;
    private final byte[] panels;
    /** The largest number by which an item's bytes are multiplied, by panel. */
    private final float[] scales;

    /** The longest rounded vector there is, and the most that is missing, both in these units. */
    private double longest;

    private double missing;

    /**
     * Lays items out.
     *
     * @param factors items × d
     * @param order row of the item in each place
     */
    BytePanels(float[] factors, int d, int[] order, Kernels kernels) {
        this.kernels = kernels;
        this.d = d;
        this.factors = factors;
        this.order = order;
        int count = (order.length + Kernels.BYTE_PANEL - 1) / Kernels.BYTE_PANEL;
        this.panels = new byte[Math.multiplyExact(count, Kernels.BYTE_PANEL * d)];
        this.scales = new float[count];
        for (int place = 0; place < order.length; place++) {
            round(order[place] * d, place);
        }
    }

    private void round(int from, int place) {
        float largest = 0;
        double squares = 0;
        for (int f = from; f < from + d; f++) {
            largest = Math.max(largest, Math.abs(factors[f]));
            squares += (double) factors[f] * factors[f];
        }
        double scale = Math.max(TINY, Math.max(largest / LARGEST, Math.sqrt(squares) / LENGTH));
        int panel = place / Kernels.BYTE_PANEL;
        int start = panel * Kernels.BYTE_PANEL * d + place % Kernels.BYTE_PANEL;
        double length = 0;
        double lost = 0;
        for (int f = 0; f < d; f++) {
            double exact = factors[from + f] / scale;
            int rounded = (int) Math.rint(exact);
            panels[start + f * Kernels.BYTE_PANEL] = (byte) rounded;
            length += rounded * rounded;
            lost += (exact - rounded) * (exact - rounded);
        }
        scales[panel] = Math.max(scales[panel], (float) scale);
        longest = Math.max(longest, Math.sqrt(length));
        missing = Math.max(missing, Math.sqrt(lost));
    }

    @Override
    public Pass pass(float[] query) {
        double squares = 0;
        for (float value : query) {
            squares += (double) value * value;
        }
        double length = Math.sqrt(squares);
        // Rounding makes a vector longer by √d/2 at most.
        double scale = Math.max(TINY, length / (Short.MAX_VALUE / Math.max(longest, 1) - Math.sqrt(d) / 2));
        short[] rounded = new short[d];
        double lost = 0;
        for (int f = 0; f < d; f++) {
            rounded[f] = (short) Math.rint(query[f] / scale);
            double left = query[f] - rounded[f] * scale;
            lost += left * left;
        }
        double error = Math.sqrt(lost);
        double atMost = error * longest + (length + 2 * error) * missing;
        short[] sums = new short[Kernels.BYTE_PANEL];
        return (from, to, threshold, places, scores) -> {
            int first = from / Kernels.BYTE_PANEL;
            int last = (to + Kernels.BYTE_PANEL - 1) / Kernels.BYTE_PANEL;
            short least = least(threshold, first, last, scale, atMost);
            int count = kernels.reach(panels, first, last, rounded, least, sums, places, d);
            while (count > 0 && from + places[count - 1] >= to) {
                count--;
            }
            for (int i = 0; i < count; i++) {
                places[i] += from;
                scores[i] = kernels.dot(query, 0, factors, order[places[i]] * d, d);
            }
            return count;
        };
    }

    /** A product of rounded vectors below which no item in some panels scores as high as a threshold. */
    private short least(float threshold, int from, int to, double scale, double atMost) {
        if (threshold <= 0) {
            return Short.MIN_VALUE;
        }
        float largest = 0;
        for (int panel = from; panel < to; panel++) {
            largest = Math.max(largest, scales[panel]);
        }
        double least = Math.floor((threshold / largest - atMost) / scale) - SLACK;
        return (short) Math.max(Short.MIN_VALUE, Math.min(Short.MAX_VALUE, least));
    }

    @Override
    public long bytes() {
        return panels.length + (long) Float.BYTES * scales.length;
    }
}
