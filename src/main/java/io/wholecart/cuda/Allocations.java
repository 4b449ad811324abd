package io.wholecart.cuda;

import java.util.ArrayList;
import java.util.List;

/** Memory that is given back together. */
final class Allocations implements AutoCloseable {

    private final Card card;
    private final List<Memory> all = new ArrayList<>();

    Allocations(Card card) {
        this.card = card;
    }

    Memory bytes(long count) {
        Memory memory = card.allocate(count);
        all.add(memory);
        return memory;
    }

    /** Floats or ints. */
    Memory words(long count) {
        return bytes(Math.multiplyExact(4L, count));
    }

    Memory doubles(long count) {
        return bytes(Math.multiplyExact(8L, count));
    }

    Memory of(float[] values) {
        Memory memory = words(values.length);
        card.write(memory, values);
        return memory;
    }

    Memory of(int[] values) {
        Memory memory = words(values.length);
        card.write(memory, values);
        return memory;
    }

    /** Closes after a failure, which may be why the card takes nothing back any more; the failure stays what is told. */
    void giveUp(Throwable failure) {
        try {
            close();
        } catch (CardException e) {
            failure.addSuppressed(e);
        }
    }

    @Override
    public void close() {
        all.forEach(card::free);
        all.clear();
    }
}
