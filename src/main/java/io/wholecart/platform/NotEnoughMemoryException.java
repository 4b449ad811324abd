package io.wholecart.platform;

/** Something is not begun because the heap has no room for it; the message says how much is missing and what helps. */
public final class NotEnoughMemoryException extends RuntimeException {

    /** Says why, in a sentence. */
    public NotEnoughMemoryException(String message) {
        super(message);
    }
}
