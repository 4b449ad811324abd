package io.wholecart.reliability;

import io.wholecart.reliability.Timeline.Change;
import io.wholecart.reliability.Timeline.Span;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A user as the callers know it: posts and erasures, and what was recommended for them. */
final class Shopper {

    /** One event; its time is its own. */
    record Event(String user, String item, String behavior, Instant at) {}

    /** Events of one request that are this user's, or none for an erasure. */
    private final Timeline<Set<Event>> timeline = new Timeline<>();

    private int revision = -1;
    private final Map<String, Map<String, String>> scores = new HashMap<>();

    Change<Set<Event>> posts(Set<Event> events, int node) {
        return timeline.begin(events, node);
    }

    Change<Set<Event>> erases(int node) {
        return timeline.begin(Set.of(), node);
    }

    void withdraw(Change<Set<Event>> change) {
        timeline.withdraw(change);
    }

    private static boolean erases(Change<Set<Event>> change) {
        return change.what.isEmpty();
    }

    /** Whether nothing must be known of the user. */
    boolean erased(Span span) {
        List<Change<Set<Event>>> all = timeline.changes();
        return all.stream()
                .filter(change -> erases(change) && change.binds(span))
                .anyMatch(erasure ->
                        all.stream().allMatch(other -> erases(other) || other.before(erasure) || other.after(span)));
    }

    /** Events that must be there. */
    Set<Event> present(Span span) {
        List<Change<Set<Event>>> all = timeline.changes();
        Set<Event> present = new HashSet<>();
        all.stream()
                .filter(post -> post.binds(span))
                .filter(post ->
                        all.stream().allMatch(other -> !erases(other) || other.before(post) || other.after(span)))
                .forEach(post -> present.addAll(post.what));
        return present;
    }

    /** Events that may be there. */
    Set<Event> possible(Span span) {
        List<Change<Set<Event>>> all = timeline.changes();
        Set<Event> possible = new HashSet<>();
        all.stream()
                .filter(post -> !post.after(span))
                .filter(post ->
                        all.stream().noneMatch(other -> erases(other) && other.binds(span) && post.before(other)))
                .forEach(post -> possible.addAll(post.what));
        return possible;
    }

    /** Events that somebody sent before, with or without success so far. */
    Set<Event> sentBefore(long nanos) {
        Set<Event> before = new HashSet<>();
        timeline.changes().stream().filter(change -> change.sent < nanos).forEach(change -> before.addAll(change.what));
        return before;
    }

    /** Posts of which each is there with all of its events or with none; those that were sent once. */
    List<Set<Event>> whole() {
        List<Set<Event>> posts =
                timeline.changes().stream().map(change -> change.what).toList();
        return posts.stream()
                .filter(post -> posts.stream().filter(post::equals).count() == 1)
                .toList();
    }

    /**
     * Compares with what was answered from the same version and the same events.
     *
     * @param from version and behavior
     * @return what differs, or null
     */
    synchronized @Nullable String differs(Span span, String from, Map<String, String> answered) {
        Map<String, String> known = current(span, from);
        if (known == null) {
            return null;
        }
        for (Map.Entry<String, String> score : answered.entrySet()) {
            String before = known.putIfAbsent(score.getKey(), score.getValue());
            if (before != null && !before.equals(score.getValue())) {
                return score.getKey() + " scores " + score.getValue() + " after " + before;
            }
        }
        return null;
    }

    /** Scores that were answered before from the same version and the same events; null where that is not certain. */
    synchronized @Nullable Map<String, String> known(Span span, String from) {
        Map<String, String> known = current(span, from);
        return known == null ? null : Map.copyOf(known);
    }

    private @Nullable Map<String, String> current(Span span, String from) {
        OptionalInt now = timeline.revision(span);
        if (now.isEmpty() || now.getAsInt() < revision) {
            return null;
        }
        if (now.getAsInt() > revision) {
            revision = now.getAsInt();
            scores.clear();
        }
        return scores.computeIfAbsent(from, any -> new HashMap<>());
    }
}
