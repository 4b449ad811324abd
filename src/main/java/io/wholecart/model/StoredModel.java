package io.wholecart.model;

import io.wholecart.platform.ExternalId;
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

    /** An id in the file at most: its characters, quotes and a comma; and an item's weight. */
    private static final long ID_IN_FILE = 3L * ExternalId.MAX_LENGTH + 3 + Float.BYTES;

    /** More than heads, parameters and metrics ever take in the file. */
    private static final long ALL_ELSE = 16 << 20;

    /**
     * To be asked before memory is taken by these numbers.
     *
     * @throws IOException when they cannot be those of a model
     */
    public void requireSound() throws IOException {
        long rows = (long) users + items;
        double least = (double) Float.BYTES * factors * rows; // no number of three columns overflows it
        if (users < 0 || items < 0 || factors < 1 || bytes < least || bytes - least > ID_IN_FILE * rows + ALL_ELSE) {
            throw new IOException("model version " + version + " is damaged: " + bytes + " bytes cannot be " + users
                    + " users and " + items + " items with " + factors + " factors");
        }
    }

    /** Heap that the artifact takes: numbers take as much as in the file, ids some more. */
    public long memory() {
        return bytes + ID_BYTES * ((long) users + items);
    }
}
