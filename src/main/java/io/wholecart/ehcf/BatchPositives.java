package io.wholecart.ehcf;

import io.wholecart.interaction.Interactions;
import io.wholecart.interaction.SparseMatrix;
import java.util.Arrays;

/**
 * The positives of a batch of users, in the order behavior, user, item, and the same by item: users' gradients are summed
 * over a user's positives and items' over an item's, so that no two threads add to one row and every sum has one order.
 */
final class BatchPositives {

    /** For each behavior and user of the batch, one after the other, where its positives begin; and the end. */
    private int[] starts = new int[1];

    /** A positive's item, by its place among the batch's. */
    private int[] places = new int[0];

    /** A positive's behavior and user: the row of {@link #starts}. */
    private int[] rows = new int[0];

    /** Positives by place. */
    private int[] byPlace = new int[0];

    /** Where a place's positives begin in {@link #byPlace}; and the end. */
    private int[] placeStarts = new int[1];

    /** The batch's items, each once. */
    private int[] items = new int[0];

    /** Place of an item among the batch's, or −1. */
    private final int[] place;

    /** Room for the items. */
    private final int[] found;

    private final Interactions data;

    BatchPositives(Interactions data) {
        this.data = data;
        this.place = new int[data.items()];
        this.found = new int[data.items()];
        Arrays.fill(place, -1);
    }

    /**
     * Goes on to a batch.
     *
     * @param shares λ_k; a behavior without a share is left out
     */
    void load(int[] users, double[] shares) {
        for (int item : items) {
            place[item] = -1;
        }
        starts = new int[shares.length * users.length + 1];
        for (int k = 0; k < shares.length; k++) {
            SparseMatrix positives = data.byUser().get(k);
            for (int b = 0; b < users.length; b++) {
                int row = k * users.length + b;
                int count = shares[k] == 0 ? 0 : positives.end(users[b]) - positives.start(users[b]);
                starts[row + 1] = starts[row] + count;
            }
        }
        int size = starts[starts.length - 1];
        places = new int[size];
        rows = new int[size];
        int count = 0;
        for (int row = 0; row < starts.length - 1; row++) {
            SparseMatrix positives = data.byUser().get(row / users.length);
            int from = positives.start(users[row % users.length]) - starts[row];
            for (int i = starts[row]; i < starts[row + 1]; i++) {
                int item = positives.columns()[from + i];
                if (place[item] < 0) {
                    place[item] = count;
                    found[count++] = item;
                }
                places[i] = place[item];
                rows[i] = row;
            }
        }
        items = Arrays.copyOf(found, count);
        sortByPlace();
    }

    private void sortByPlace() {
        placeStarts = new int[items.length + 1];
        for (int at : places) {
            placeStarts[at + 1]++;
        }
        for (int at = 0; at < items.length; at++) {
            placeStarts[at + 1] += placeStarts[at];
        }
        int[] next = placeStarts.clone();
        byPlace = new int[places.length];
        for (int i = 0; i < places.length; i++) {
            byPlace[next[places[i]]++] = i;
        }
    }

    int size() {
        return places.length;
    }

    /** The items that are positive in the batch, each once. */
    int[] items() {
        return items;
    }

    /** First positive of a behavior's row of users, {@code k} · batch + user. */
    int start(int row) {
        return starts[row];
    }

    /** Behind the last one. */
    int end(int row) {
        return starts[row + 1];
    }

    /** A positive's item, as its place in {@link #items}. */
    int place(int positive) {
        return places[positive];
    }

    /** A positive's behavior and user. */
    int row(int positive) {
        return rows[positive];
    }

    int placeStart(int at) {
        return placeStarts[at];
    }

    int placeEnd(int at) {
        return placeStarts[at + 1];
    }

    /** The positives in the order of their items' places, those of one item in their own order. */
    int byPlace(int i) {
        return byPlace[i];
    }
}
