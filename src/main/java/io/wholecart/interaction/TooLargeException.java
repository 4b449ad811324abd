package io.wholecart.interaction;

/** There is no memory for a snapshot of all events of a source. */
public final class TooLargeException extends RuntimeException {

    private final long events;
    private final long bytes;

    /**
     * @param events read until then
     * @param bytes that are needed to make a snapshot of these alone, beside what is taken already
     */
    TooLargeException(long events, long bytes) {
        super("no memory for a snapshot of more than " + events + " events");
        this.events = events;
        this.bytes = bytes;
    }

    public long events() {
        return events;
    }

    public long bytes() {
        return bytes;
    }
}
