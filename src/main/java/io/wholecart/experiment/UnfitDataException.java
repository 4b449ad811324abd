package io.wholecart.experiment;

/** The data is not fit to learn from, or not with these settings; the message tells the user why. */
public final class UnfitDataException extends RuntimeException {

    /** Says why, in a sentence. */
    public UnfitDataException(String message) {
        super(message);
    }
}
