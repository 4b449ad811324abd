package io.wholecart.reliability;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What callers changed of one thing, and when. A change binds an answer if it was acknowledged before that was asked for,
 * and as long as no other change was under way since.
 */
final class Timeline<T> {

    /** As the node of a {@link Span}: what is read from the database, which all nodes share. */
    static final int DATABASE = -1;

    /** "Some milliseconds later" other nodes heed what one acknowledged; on a machine that does much else, perhaps so long. */
    static final long HEARD = Duration.ofSeconds(5).toNanos();

    /** When which node answered a read. */
    record Span(int node, long from, long to) {}

    /** A change, known from before it was sent. */
    static final class Change<T> {

        final T what;
        final int node;
        final long sent = System.nanoTime();
        private volatile long acknowledged = Long.MAX_VALUE;

        private Change(T what, int node) {
            this.what = what;
            this.node = node;
        }

        void acknowledge() {
            acknowledged = System.nanoTime();
        }

        boolean before(Change<?> other) {
            return acknowledged < other.sent;
        }

        boolean after(Span span) {
            return sent > span.to;
        }

        /** Whether who answered must have known of it. */
        boolean binds(Span span) {
            return binds(span, span.node == node || span.node == DATABASE ? 0 : HEARD);
        }

        boolean binds(Span span, long later) {
            return acknowledged < span.from - later;
        }
    }

    private final List<Change<T>> changes = new ArrayList<>();

    /** To be called before it is sent. */
    synchronized Change<T> begin(T what, int node) {
        Change<T> change = new Change<>(what, node);
        changes.add(change);
        return change;
    }

    /** For one that was refused. */
    synchronized void withdraw(Change<T> change) {
        changes.remove(change);
    }

    synchronized List<Change<T>> changes() {
        return List.copyOf(changes);
    }

    /** The last change, where an answer cannot have been made from any other. */
    Optional<T> certain(Span span) {
        List<Change<T>> all = changes();
        return all.stream()
                .filter(change -> change.binds(span))
                .filter(change ->
                        all.stream().allMatch(other -> other == change || other.before(change) || other.after(span)))
                .map(change -> change.what)
                .findFirst();
    }

    /** How many changes an answer was made from; empty where it may have been one more or less. */
    OptionalInt revision(Span span) {
        List<Change<T>> all = changes();
        if (!all.stream().allMatch(change -> change.binds(span) || change.after(span))) {
            return OptionalInt.empty();
        }
        return OptionalInt.of(
                (int) all.stream().filter(change -> !change.after(span)).count());
    }
}
