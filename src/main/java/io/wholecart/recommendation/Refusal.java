package io.wholecart.recommendation;

import io.wholecart.model.StoredModel;
import io.wholecart.platform.NotEnoughMemoryException;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The active version, where this node cannot serve it. It is tried again after a while, less and less often, since somebody
 * may mend it; at once when it is made active anew.
 *
 * @param activatedAt when the version was made active, by which a later activation is told
 * @param message what is wrong, a sentence
 * @param pause how long it is left alone
 * @param nextNanos when it is tried again, by the system's clock of nanoseconds
 */
record Refusal(
        int version, @Nullable Instant activatedAt, Reason reason, String message, Duration pause, long nextNanos) {

    private static final Duration FIRST_PAUSE = Duration.ofSeconds(2);
    private static final Duration LONGEST_PAUSE = Duration.ofMinutes(5);

    /** Words for metrics and health. */
    enum Reason {
        unreadable,
        memory
    }

    /** Of a version that could not be loaded; pauses grow from an earlier one of the same. */
    static Refusal of(StoredModel stored, Throwable why, @Nullable Refusal earlier) {
        boolean memory = why instanceof NotEnoughMemoryException || why instanceof OutOfMemoryError;
        Duration pause = FIRST_PAUSE;
        if (why instanceof OutOfMemoryError) {
            // Trying that is a danger for all else.
            pause = LONGEST_PAUSE;
        } else if (earlier != null && earlier.isAbout(stored)) {
            Duration twice = earlier.pause.multipliedBy(2);
            pause = twice.compareTo(LONGEST_PAUSE) < 0 ? twice : LONGEST_PAUSE;
        }
        String message = why.getMessage() == null ? why.toString() : why.getMessage();
        return new Refusal(
                stored.version(),
                stored.activatedAt(),
                memory ? Reason.memory : Reason.unreadable,
                message,
                pause,
                System.nanoTime() + pause.toNanos());
    }

    /** Whether this version should not be tried now. */
    boolean holds(StoredModel stored) {
        return isAbout(stored) && System.nanoTime() - nextNanos < 0;
    }

    private boolean isAbout(StoredModel stored) {
        return version == stored.version()
                && (activatedAt == null ? stored.activatedAt() == null : activatedAt.equals(stored.activatedAt()));
    }
}
