package io.wholecart.cuda;

/**
 * How a block of threads holds a symmetric d × d matrix in its registers, see {@code symmetric.cu}.
 *
 * @param d number of factors
 */
record Tiling(int d) {

    /** More would not fit the registers of a block. */
    static final int MOST = 256;

    /** Vectors in shared memory at one time. */
    static final int STAGED = 32;

    private static final int WARP = 32;
    /** Beyond so many factors a thread has 8 × 8 numbers instead of 4 × 4. */
    private static final int SMALL = 64;

    Tiling {
        if (d > MOST) {
            throw new CardException(
                    CardException.Reason.UNSUITABLE, "the card's kernels hold up to " + MOST + " factors, not " + d);
        }
    }

    /** Rows and columns of a thread's tile. */
    int tile() {
        return d <= SMALL ? 4 : 8;
    }

    private int side() {
        return (d + tile() - 1) / tile();
    }

    int threads() {
        return Math.max(warps(side() * (side() + 1) / 2), warps(d));
    }

    private static int warps(int threads) {
        return (threads + WARP - 1) / WARP * WARP;
    }

    /** Numbers of a matrix and a vector. */
    int sums() {
        return d * d + d;
    }

    private int staged() {
        return STAGED * tile() * side();
    }

    /** Bytes of shared memory for {@code outer_sums}. */
    int outerShared() {
        return 4 * (staged() + STAGED);
    }

    /** Bytes of shared memory for {@code sum_parts}. */
    int partsShared() {
        return 4 * (staged() + 4 * STAGED);
    }

    /** Bytes of shared memory for {@code solve_rows}, whose matrix may be there, too. */
    int solveShared(boolean matrix) {
        int parts = Math.max(1, Math.min(8, threads() / d));
        return partsShared() + 4 * (2 * d + parts * d + 1 + (matrix ? d * (d + 1) : 0));
    }

    /** Whether a block of {@code solve_rows} can have its matrix in shared memory. */
    boolean sharesMatrix(int sharedLimit) {
        return solveShared(true) <= sharedLimit;
    }

    /** Numbers from a row of that matrix to the next: one more in shared memory, so that its columns are in all banks. */
    int pitch(int sharedLimit) {
        return sharesMatrix(sharedLimit) ? d + 1 : d;
    }

    /** Bytes of shared memory for {@code solve_heads}. */
    int headsShared() {
        return 8 * (3 * d + 8);
    }
}
