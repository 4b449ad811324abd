package io.wholecart.event;

import java.io.ByteArrayInputStream;
import java.util.Random;

/** Bytes as a network brings them: in pieces of any length, and never saying that more are there already. */
final class InPieces extends ByteArrayInputStream {

    private static final int[] LONGEST = {1, 3, 40, 700};

    private final Random lengths;
    private final int longest;

    InPieces(byte[] bytes, long seed) {
        super(bytes);
        this.lengths = new Random(seed);
        this.longest = LONGEST[lengths.nextInt(LONGEST.length)];
    }

    @Override
    public synchronized int read(byte[] buffer, int offset, int length) {
        return super.read(buffer, offset, length == 0 ? 0 : Math.min(length, 1 + lengths.nextInt(longest)));
    }

    @Override
    public synchronized int available() {
        return 0;
    }
}
