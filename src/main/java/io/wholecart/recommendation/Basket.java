package io.wholecart.recommendation;

import io.wholecart.event.EventHistory;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** Events as the positives of a model's users' equation: what the model does not know is left out. */
final class Basket {

    private Basket() {}

    /** One event of an anonymous list. */
    record Touch(String itemId, String behavior) {}

    /** For each of the model's behaviors the rows of the items, each once. */
    static int[][] rows(List<Touch> events, LiveIndex index) {
        IntStream.Builder[] rows = empty(index);
        for (Touch touch : events) {
            int behavior = index.behavior(touch.behavior());
            Integer row = index.itemRow(touch.itemId());
            if (behavior >= 0 && row != null) {
                rows[behavior].add(row);
            }
        }
        return distinct(rows);
    }

    /** The same for what is stored of a user. */
    static int[][] rows(Iterable<EventHistory.Touch> touched, LiveIndex index) {
        IntStream.Builder[] rows = empty(index);
        for (EventHistory.Touch touch : touched) {
            int behavior = index.behavior(touch.behavior());
            int row = index.rowOfNumber(touch.item());
            if (behavior >= 0 && row >= 0) {
                rows[behavior].add(row);
            }
        }
        return distinct(rows);
    }

    private static IntStream.Builder[] empty(LiveIndex index) {
        return IntStream.range(0, index.artifact().behaviors().size())
                .mapToObj(k -> IntStream.builder())
                .toArray(IntStream.Builder[]::new);
    }

    private static int[][] distinct(IntStream.Builder[] rows) {
        return Arrays.stream(rows)
                .map(behavior -> behavior.build().sorted().distinct().toArray())
                .toArray(int[][]::new);
    }
}
