package io.wholecart.ehcf;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;

/**
 * The loops over floats in which training spends its time. Vectors have length d and begin at a place in their array;
 * rows of matrices follow each other.
 */
interface Kernels {

    /** As many as the longest vector of any machine has. */
    int SCRATCH = 16;

    /** Items in a panel. */
    int PANEL = 16;

    /** Items in a panel of bytes. */
    int BYTE_PANEL = 128;

    /** Vectors that are scored together. */
    int QUERIES = 8;

    /** The fastest that this JVM has. */
    static Kernels best() {
        return Best.KERNELS;
    }

    /** aᵀb. */
    float dot(float[] a, int aAt, float[] b, int bAt, int d);

    /** to = a ∘ b. */
    void multiply(float[] a, int aAt, float[] b, int bAt, float[] to, int toAt, int d);

    /**
     * to_i = a ∘ rows[columns[from + i]] for {@code count} rows, in one loop, so that the processor fetches several rows at
     * once from wherever they are.
     */
    void multiplyRows(
            float[] a, int aAt, float[] rows, int[] columns, int from, int count, float[] to, int toAt, int d);

    /** to += a ∘ b. */
    void addProduct(float[] a, float[] b, float[] to, int d);

    /** to += scale · x. */
    void addScaled(float scale, float[] x, int xAt, float[] to, int d);

    /** to += scale · x ∘ x. */
    void addSquares(float scale, float[] x, int xAt, float[] to, int d);

    /** to = x + scale · to. */
    void scaleAndAdd(float scale, float[] to, float[] x, int d);

    /** to = scale · M x, M symmetric, d × d, both halves there. */
    void symmetricTimes(float[] matrix, float scale, float[] x, float[] to, int d);

    /**
     * to += Σ_r w_r z_r (z_rᵀ x).
     *
     * @param z {@code rows} vectors
     * @param rows a multiple of four
     * @param scratch {@value #SCRATCH} floats of the caller's thread
     */
    void addProjections(float[] z, int rows, float[] weights, float[] x, float[] to, float[] scratch, int d);

    /**
     * to_ij += Σ_r a_ri b_rj for j ≥ i; what happens below the diagonal of the d × d matrix is not to be read.
     *
     * @param at where the first of the rows begins, in a and in b
     */
    void addOuterProducts(float[] a, float[] b, int at, int rows, float[] to, int d);

    /**
     * to_r = M x_r for some rows.
     *
     * @param at where the first of the rows begins in x; in {@code to} it is 0
     * @param matrix M, symmetric, d × d, both halves there
     */
    void rowsTimes(float[] x, int at, int rows, float[] matrix, float[] to, int d);

    /**
     * One Adagrad step over some numbers: a += g², x −= rate · g / √a.
     *
     * @param at where the numbers begin in x and a; in g it is 0
     */
    void adagrad(float[] x, float[] squares, int at, float[] gradient, float rate, int count);

    /**
     * Scores of {@link #PANEL} items at once: scores_uv = Σ_f x_uf q_vf, f after f, so that an item's score has the same
     * bits in whichever panel it stands.
     *
     * @param panel factor after factor, for each the panel's items
     * @param queries {@link #QUERIES} vectors x
     * @param scores for each query the panel's items
     */
    void scores(float[] panel, int panelAt, float[] queries, float[] scores, int d);

    /**
     * Scores of the items in some panels for one vector.
     *
     * @param panels the panels from {@code from} (inclusive) to {@code to} (exclusive)
     * @param scores from 0 on, panel after panel
     */
    void scan(float[] panels, int from, int to, float[] query, float[] scores, int d);

    /**
     * Finds the items in some panels of {@link #BYTE_PANEL} whose product with a vector is not below a threshold. Products are
     * taken in 16 bits: they must fit, their parts need not.
     *
     * @param panels the panels from {@code from} (inclusive) to {@code to} (exclusive), factor after factor
     * @param sums {@link #BYTE_PANEL} numbers of the caller's thread
     * @param found the items, ascending, counted from the first panel's first; room for all
     * @return how many
     */
    int reach(byte[] panels, int from, int to, short[] query, short threshold, short[] sums, int[] found, int d);

    /**
     * Adds up how many of the items in some panels score higher than a threshold.
     *
     * @param panels the panels from {@code from} (inclusive) to {@code to} (exclusive)
     * @param than a threshold for each query
     * @param counts for each query
     */
    void countHigher(float[] panels, int from, int to, float[] queries, float[] than, int[] counts, int d);

    /** Adds a panel's items from a threshold on to those found; the new count. */
    static int collect(short[] sums, short threshold, int first, int[] found, int count) {
        int all = count;
        for (int v = 0; v < BYTE_PANEL; v++) {
            if (sums[v] >= threshold) {
                found[all++] = first + v;
            }
        }
        return all;
    }

    /** Chosen once. */
    final class Best {

        private static final Logger log = System.getLogger(Kernels.class.getName());
        private static final Kernels KERNELS = choose();

        private Best() {}

        private static Kernels choose() {
            if (ModuleLayer.boot().findModule("jdk.incubator.vector").isEmpty()) {
                log.log(
                        Level.INFO,
                        "Training and scoring use plain loops; with the JVM's option"
                                + " --add-modules jdk.incubator.vector they are several times as fast.");
                return new PlainKernels();
            }
            try {
                // By name, so that nothing of the Vector API is loaded where it is absent.
                return Class.forName("io.wholecart.ehcf.VectorKernels")
                        .asSubclass(Kernels.class)
                        .getDeclaredConstructor()
                        .newInstance();
            } catch (ReflectiveOperationException e) {
                log.log(Level.WARNING, "Training and scoring use plain loops: the Vector API is of no use here", e);
                return new PlainKernels();
            }
        }
    }
}
