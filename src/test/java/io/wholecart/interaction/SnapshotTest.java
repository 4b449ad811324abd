package io.wholecart.interaction;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class SnapshotTest {

    private static final List<String> BEHAVIORS = List.of("view", "purchase");

    private record Event(int user, int item, int behavior, long time) {}

    private static Snapshot snapshot(List<Event> events) {
        return Snapshot.take(
                new EventSource() {
                    @Override
                    public Instant read(List<String> behaviors, Sink sink) {
                        events.forEach(e -> sink.event(e.user, e.item, e.behavior, e.time));
                        for (int number = 0; number < 5000; number++) {
                            sink.user("u" + number, number);
                            sink.item("i" + number, number);
                        }
                        return Instant.EPOCH;
                    }
                },
                BEHAVIORS);
    }

    private static List<Integer> row(SparseMatrix matrix, int row) {
        return Arrays.stream(matrix.columns(), matrix.start(row), matrix.end(row))
                .boxed()
                .toList();
    }

    @Test
    void numbersWithHolesBecomeDenseRowsInAscendingOrder() {
        Snapshot snapshot =
                snapshot(List.of(new Event(4000, 7, 0, 1), new Event(3, 2500, 1, 2), new Event(3, 7, 1, 3)));
        assertThat(snapshot.userIds()).containsExactly("u3", "u4000");
        assertThat(snapshot.itemIds()).containsExactly("i7", "i2500");
        assertThat(row(snapshot.byUser().get(0), 1)).containsExactly(0);
        assertThat(row(snapshot.byUser().get(1), 0)).containsExactly(0, 1);
    }

    @Test
    void ofRepeatedEventsTheEarliestCounts() {
        Snapshot snapshot = snapshot(List.of(
                new Event(1, 1, 1, 50), new Event(1, 2, 1, 40), new Event(1, 1, 1, 10), new Event(1, 1, 1, 90)));
        assertThat(row(snapshot.byUser().get(1), 0)).containsExactly(0, 1);
        assertThat(snapshot.targetTimes()).containsExactly(10, 40);
    }

    @Test
    void leaveOneOutTakesTheLastTargetEventOfUsersWithTwo() {
        Snapshot snapshot = snapshot(List.of(
                new Event(1, 1, 1, 30),
                new Event(1, 2, 1, 10),
                new Event(1, 3, 1, 20),
                new Event(1, 1, 0, 5),
                new Event(2, 1, 1, 10)));
        Snapshot.Split split = snapshot.leaveOneOut();
        assertThat(split.testItems()).containsExactly(0, -1);
        assertThat(row(split.train().byUser().get(1), 0)).containsExactly(1, 2);
        assertThat(row(split.train().byUser().get(1), 1)).containsExactly(0);
        assertThat(row(split.train().byUser().get(0), 0))
                .as("other behaviors stay")
                .containsExactly(0);
        assertThat(split.train().byItem().get(1).size()).isEqualTo(3);
    }

    @Test
    void aSecondSplitTakesTheEventBeforeTheHeldOutOne() {
        Snapshot.Split test = snapshot(List.of(
                        new Event(1, 1, 1, 30),
                        new Event(1, 2, 1, 10),
                        new Event(1, 3, 1, 20),
                        new Event(2, 1, 1, 10),
                        new Event(2, 2, 1, 20)))
                .leaveOneOut();
        Snapshot.Split validation = test.rest().leaveOneOut();
        assertThat(test.testUsers()).containsExactly(0, 1);
        assertThat(validation.testItems()).containsExactly(2, -1);
        assertThat(row(validation.train().byUser().get(1), 0)).containsExactly(1);
    }

    @Provide
    Arbitrary<List<Event>> events() {
        Arbitrary<Integer> users = Arbitraries.integers().between(0, 60).map(user -> user * 7);
        Arbitrary<Integer> items = Arbitraries.integers().between(0, 40).map(item -> item * 11);
        Arbitrary<Integer> behaviors = Arbitraries.integers().between(0, 1);
        Arbitrary<Long> times = Arbitraries.longs().between(-100, 100);
        return Combinators.combine(users, items, behaviors, times)
                .as(Event::new)
                .list()
                .ofMaxSize(600);
    }

    @Property(tries = 300)
    void anyEventsGiveTheSameMatrixAsASetOfPairs(@ForAll("events") List<Event> events) {
        Map<String, Long> earliest = new HashMap<>();
        for (Event event : events) {
            earliest.merge(event.behavior + ":u" + event.user + ":i" + event.item, event.time, Math::min);
        }
        Snapshot snapshot = snapshot(events);
        Map<String, Long> found = new HashMap<>();
        for (int k = 0; k < 2; k++) {
            SparseMatrix matrix = snapshot.byUser().get(k);
            SparseMatrix transposed = matrix.transposed();
            assertThat(transposed.transposed().columns()).isEqualTo(matrix.columns());
            for (int u = 0; u < matrix.rows(); u++) {
                assertThat(row(matrix, u)).isEqualTo(List.copyOf(new TreeSet<>(row(matrix, u))));
                for (int i = matrix.start(u); i < matrix.end(u); i++) {
                    int v = matrix.columns()[i];
                    assertThat(matrix.contains(u, v)).isTrue();
                    assertThat(transposed.contains(v, u)).isTrue();
                    String key = k + ":" + snapshot.userIds().get(u) + ":"
                            + snapshot.itemIds().get(v);
                    found.put(key, k == 1 ? snapshot.targetTimes()[i] : earliest.get(key));
                }
            }
        }
        assertThat(found).isEqualTo(earliest);
    }

    /** What is held out is one pair a user, the latest, and nothing else is lost. */
    @Property(tries = 300)
    void aSplitHoldsOutTheLatestAndKeepsTheRest(@ForAll("events") List<Event> events) {
        Snapshot snapshot = snapshot(events);
        Snapshot.Split split = snapshot.leaveOneOut();
        SparseMatrix before = snapshot.byUser().get(1);
        SparseMatrix after = split.train().byUser().get(1);
        assertThat(split.train().byUser().get(0)).isSameAs(snapshot.byUser().get(0));
        for (int u = 0; u < before.rows(); u++) {
            int held = split.testItems()[u];
            List<Integer> expected = new ArrayList<>(row(before, u));
            assertThat(held >= 0).isEqualTo(expected.size() > 1);
            if (held >= 0) {
                int at = before.start(u) + expected.indexOf(held);
                for (int i = before.start(u); i < before.end(u); i++) {
                    assertThat(snapshot.targetTimes()[i]).isLessThanOrEqualTo(snapshot.targetTimes()[at]);
                }
                expected.remove(Integer.valueOf(held));
            }
            assertThat(row(after, u)).isEqualTo(expected);
        }
        assertThat(split.rest().targetTimes()).hasSize(after.size());
    }
}
