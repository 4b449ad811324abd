package io.wholecart.model;

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

    /** Heap that the artifact takes: numbers take as much as in the file, ids some more. */
    public long memory() {
        return bytes + ID_BYTES * ((long) users + items);
    }
}
