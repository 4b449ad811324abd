package io.wholecart.interaction;

/** A source broke off in the middle, and reading it once more from the start is worth a try. */
public final class SourceInterruptedException extends RuntimeException {

    public SourceInterruptedException(Throwable cause) {
        super(cause);
    }
}
