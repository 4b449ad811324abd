package io.wholecart.model;

import java.io.IOException;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A stored version as those see it who want to load it.
 *
 * @param snapshotAt events that it has not seen were received at or after this time
 * @param activatedAt when it was last made the active one; null where it never was
 * @param bytes length of the artifact
 */
public record StoredModel(
        int version,
        Instant createdAt,
        Instant snapshotAt,
        @Nullable Instant activatedAt,
        int users,
        int items,
        int factors,
        long bytes) {

    /** An id in memory beyond its characters: a string, its array of bytes, and its place in a list that grows. */
    private static final long ID_BYTES = 64;

    /**
     * To be asked before memory is taken by these numbers.
     *
     * @throws IOException when they cannot be those of a model
     */
    public void requireSound() throws IOException {
        if (users < 0 || items < 0 || factors < 1 || bytes < (long) Float.BYTES * factors * ((long) users + items)) {
            throw new IOException("model version " + version + " is damaged: " + bytes + " bytes cannot be " + users
                    + " users and " + items + " items with " + factors + " factors");
        }
    }

    /** Heap that the artifact takes: numbers take as much as in the file, ids some more. */
    public long memory() {
        return bytes + ID_BYTES * ((long) users + items);
    }
}
