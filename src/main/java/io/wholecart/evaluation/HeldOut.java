package io.wholecart.evaluation;

import io.wholecart.interaction.Snapshot;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * A user's held-out item and what it is not ranked among.
 *
 * @param user with a held-out item
 */
public record HeldOut(Snapshot.Split split, int user) {

    public int item() {
        return split.testItems()[user];
    }

    /** Whether the user touched the item in no behavior. */
    public boolean isNew() {
        return split.train().byUser().stream().noneMatch(behavior -> behavior.contains(user, item()));
    }

    /** The user's training target items. */
    public int[] targets() {
        return touched(split.train().target());
    }

    /** Items that the user touched in any behavior; each once. */
    public int[] touched() {
        return touched(0);
    }

    /** In this behavior or a later one. */
    private int[] touched(int firstBehavior) {
        return IntStream.range(firstBehavior, split.train().byUser().size())
                .mapToObj(k -> split.train().byUser().get(k))
                .flatMapToInt(behavior -> Arrays.stream(behavior.columns(), behavior.start(user), behavior.end(user)))
                .distinct()
                .toArray();
    }
}
