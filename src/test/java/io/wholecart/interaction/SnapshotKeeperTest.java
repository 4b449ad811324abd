package io.wholecart.interaction;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SnapshotKeeperTest {

    private static final List<String> BEHAVIORS = List.of("view", "purchase");

    private record Event(int user, int item, int behavior, long time, long received) {}

    /** Events in the order in which they were received, one a second. */
    private static final class Source implements GrowingSource {

        private final List<Event> events = new ArrayList<>();
        private long removals;
        private int whole;
        private int parts;

        void add(int user, int item, int behavior, long time) {
            events.add(new Event(user, item, behavior, time, events.size()));
        }

        @Override
        public long removals() {
            return removals;
        }

        @Override
        public Instant read(List<String> behaviors, Sink sink) {
            whole++;
            return give(0, sink);
        }

        @Override
        public Instant readSince(Instant since, List<String> behaviors, Sink sink) {
            parts++;
            // A little earlier than asked for, as a real source may.
            return give(Math.max(0, since.getEpochSecond() - 3), sink);
        }

        private Instant give(long since, Sink sink) {
            List<Event> given = events.stream().filter(e -> e.received >= since).toList();
            given.forEach(e -> sink.event(e.user, e.item, e.behavior, e.time));
            given.forEach(e -> sink.user("u" + e.user, e.user));
            given.forEach(e -> sink.item("i" + e.item, e.item));
            return Instant.ofEpochSecond(events.size());
        }

        @Override
        public Instant mark() {
            return Instant.ofEpochSecond(events.size());
        }

        @Override
        public long changesSince(Instant time, long limit) {
            return limit;
        }
    }

    private static void same(Snapshot actual, Snapshot expected) {
        assertThat(actual.userIds()).isEqualTo(expected.userIds());
        assertThat(actual.itemIds()).isEqualTo(expected.itemIds());
        assertThat(actual.targetTimes()).isEqualTo(expected.targetTimes());
        for (int k = 0; k < BEHAVIORS.size(); k++) {
            assertThat(actual.byUser().get(k).offsets())
                    .isEqualTo(expected.byUser().get(k).offsets());
            assertThat(actual.byUser().get(k).columns())
                    .isEqualTo(expected.byUser().get(k).columns());
        }
    }

    @Test
    void theKeptOneAndWhatCameInSinceAreTheWhole() {
        Source source = new Source();
        SnapshotKeeper keeper = new SnapshotKeeper();
        Random random = new Random(1);
        for (int round = 0; round < 6; round++) {
            for (int i = 0; i < 200; i++) {
                source.add(random.nextInt(60), random.nextInt(40) * 3, random.nextInt(2), random.nextInt(1000));
            }
            same(keeper.take(source, BEHAVIORS, () -> false), Snapshot.take(source, BEHAVIORS));
        }
        assertThat(source.parts).isEqualTo(5);
        assertThat(source.whole).as("once for the keeper, six times to compare").isEqualTo(7);
    }

    @Test
    void whereThereIsNoRoomBesideTheKeptOneEverythingIsReadAgain() {
        Source source = new Source();
        long[] room = {Long.MAX_VALUE};
        SnapshotKeeper keeper = new SnapshotKeeper(bytes -> bytes < room[0]);
        for (int i = 0; i < 1000; i++) {
            source.add(i, i % 7, i % 2, i);
        }
        Snapshot first = keeper.take(source, BEHAVIORS, () -> false);
        // As if what the kept one takes were missing from now on, until it is let go.
        int[] asked = {0};
        SnapshotKeeper tight = new SnapshotKeeper(bytes -> ++asked[0] != 3);
        tight.take(source, BEHAVIORS, () -> false);
        int before = source.whole;
        same(tight.take(source, BEHAVIORS, () -> false), first);
        assertThat(source.whole).isEqualTo(before + 1);
        room[0] = 1000;
        assertThatThrownBy(() -> keeper.take(source, BEHAVIORS, () -> false))
                .isInstanceOf(TooLargeException.class)
                .hasMessageContaining("events");
    }

    @Test
    void aNumberThatIsFarAwayIsRefusedBeforeItsArrayIsMade() {
        Source source = new Source();
        source.add(2_000_000_000, 1, 1, 5);
        SnapshotKeeper keeper = new SnapshotKeeper(bytes -> bytes < 1L << 30);
        assertThatThrownBy(() -> keeper.take(source, BEHAVIORS, () -> false))
                .isInstanceOfSatisfying(
                        TooLargeException.class, e -> assertThat(e.bytes()).isGreaterThan(8_000_000_000L));
    }

    @Test
    void afterARemovalEverythingIsReadAgain() {
        Source source = new Source();
        SnapshotKeeper keeper = new SnapshotKeeper();
        source.add(1, 1, 0, 5);
        source.add(2, 2, 1, 6);
        keeper.take(source, BEHAVIORS, () -> false);
        source.events.remove(0);
        source.removals++;
        Snapshot snapshot = keeper.take(source, BEHAVIORS, () -> false);
        assertThat(snapshot.userIds()).containsExactly("u2");
        assertThat(source.parts).isZero();
        keeper.take(source, List.of("cart", "purchase"), () -> false);
        assertThat(source.whole).as("other behaviors are another snapshot").isEqualTo(3);
    }
}
