package io.wholecart.interaction;

import java.time.Instant;
import java.util.List;

/** Where a snapshot comes from: one consistent state of all events. */
public interface EventSource {

    /** Takes what is read; numbers are the source's own, small and not negative, with or without holes. */
    interface Sink {

        /**
         * One event.
         *
         * @param behavior place in the list of behaviors asked for
         * @param occurredAt a time that orders events; its unit does not matter
         */
        void event(int user, int item, int behavior, long occurredAt);

        void user(String id, int number);

        void item(String id, int number);
    }

    /**
     * Gives all events of these behaviors, then the ids of all users and items that are in them (and maybe of more).
     *
     * @return a time such that every event missing from this snapshot was received at or after it
     */
    Instant read(List<String> behaviors, Sink sink);
}
