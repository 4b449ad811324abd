package io.wholecart.cuda;

/**
 * A piece of a card's memory.
 *
 * @param address on the card
 * @param bytes long
 */
record Memory(long address, long bytes) {

    /** For a kernel's parameter that may be absent. */
    static final Memory NONE = new Memory(0, 0);

    /** Its beginning. */
    Memory part(long length) {
        return new Memory(address, length);
    }

    /** A part of it. */
    Memory from(long offset) {
        return new Memory(address + offset, bytes - offset);
    }
}
