package io.wholecart.interaction;

import java.time.Instant;
import java.util.List;

/** A source that can give what came in after an earlier snapshot. */
public interface GrowingSource extends EventSource {

    /** How often events, users or items were taken away: an earlier snapshot is part of a later one while it stays the same. */
    long removals();

    /**
     * Gives the events received at or after a time, then the ids of at least their users and items.
     *
     * @param since what an earlier read returned
     * @return as {@link #read}
     */
    Instant readSince(Instant since, List<String> behaviors, Sink sink);

    /**
     * A moment of the source's time, which never goes back: what was received before is before it, what comes later is not.
     */
    Instant mark();

    /** How many events were received and users taken away at or after a time, counted up to a limit. */
    long changesSince(Instant time, long limit);
}
