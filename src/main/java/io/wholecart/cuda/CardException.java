package io.wholecart.cuda;

/** A card that is not there, or that failed; whatever it was to do can be done on the processor. */
public final class CardException extends RuntimeException {

    /** Why, in few words of which there are few: for a metric's tag. */
    public enum Reason {
        ABSENT,
        UNSUITABLE,
        MEMORY,
        FAILURE
    }

    private final Reason reason;

    CardException(Reason reason, String message) {
        super(message);
        this.reason = reason;
    }

    CardException(Reason reason, String message, Throwable cause) {
        super(message, cause);
        this.reason = reason;
    }

    public Reason reason() {
        return reason;
    }
}
