package io.wholecart.ehcf;

import java.util.Random;

/**
 * The numbers of {@link Random} for one thread, without its atomic steps: an epoch draws millions of them for its dropout
 * masks.
 */
final class ThreadBoundRandom extends Random {

    private static final long serialVersionUID = 1L;

    // Those of java.util.Random, as its documentation gives them.
    private static final long MULTIPLIER = 0x5DEECE66DL;
    private static final long INCREMENT = 0xBL;
    private static final int BITS = 48;
    private static final long MASK = (1L << BITS) - 1;

    private long state;

    ThreadBoundRandom(long seed) {
        super(seed);
    }

    @Override
    public synchronized void setSeed(long seed) {
        super.setSeed(seed);
        state = (seed ^ MULTIPLIER) & MASK;
    }

    @Override
    protected int next(int bits) {
        state = (state * MULTIPLIER + INCREMENT) & MASK;
        return (int) (state >>> (BITS - bits));
    }
}
