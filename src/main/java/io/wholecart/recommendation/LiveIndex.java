package io.wholecart.recommendation;

import io.wholecart.catalog.Catalog;
import io.wholecart.ehcf.EhcfModel;
import io.wholecart.ehcf.FoldIn;
import io.wholecart.ehcf.ItemBounds;
import io.wholecart.model.ModelArtifact;
import io.wholecart.model.StoredModel;
import io.wholecart.platform.UserHash;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A model version laid out for answering: immutable, so that one reference swaps it. Items stand in the order of their
 * vectors' lengths, the longest first: a score is at most the product of two lengths, so that behind some place nothing
 * can be among the best any more. Only users that are erased are noted later.
 */
final class LiveIndex {

    /** Items scored at a time: their scores stay in the first-level cache. */
    private static final int BLOCK = 1024;

    /** A bound is rounded, and so are scores. */
    private static final float SLACK = 1.0001f;

    /** Of a map from ids to rows: a node, its place in the table, the boxed row. */
    private static final long ENTRY_BYTES = 64;

    /** An item's number, its row, place, length and inverse length, and what it takes to sort it. */
    private static final long ITEM_BYTES = 80;

    private final int version;
    private final Instant snapshotAt;
    private final ModelArtifact artifact;
    private final EhcfModel model;
    private final @Nullable FoldIn foldIn;
    private final Map<String, Integer> userRows;
    private final Map<String, Integer> itemRows;
    /** The items' numbers in the catalog, by row. */
    private final int[] numbers;

    /** Their rows by number, or −1. */
    private final int[] rowsByNumber;

    /** Row of the item in each place. */
    private final int[] order;

    private final ItemBounds panels;
    /** Length of the longest vector from each {@link ItemBounds#STEP}th place on. */
    private final float[] longest;

    /** 1 / |h ∘ q| under the target's head, by place; 0 where nothing is known. */
    private final float[] inverseLengths;

    /** Hashes of users that the model must not know any more. */
    private final Set<String> erased = ConcurrentHashMap.newKeySet();

    /**
     * Lays a model out.
     *
     * @param snapshotAt events that it has not seen were received at or after this time
     * @param bytesAbove with more items than this they are looked through by factors of a byte first
     */
    LiveIndex(int version, Instant snapshotAt, ModelArtifact artifact, Catalog catalog, int bytesAbove) {
        this.version = version;
        this.snapshotAt = snapshotAt;
        this.artifact = artifact;
        this.model = artifact.factors();
        this.foldIn = artifact.loss() == null
                ? null
                : new FoldIn(model, artifact.loss(), Runtime.getRuntime().availableProcessors());
        this.userRows = rows(artifact.userIds());
        this.itemRows = rows(artifact.itemIds());
        this.numbers = new int[model.items()];
        catalog.forEachNumber((id, number) -> {
            Integer row = itemRows.get(id);
            if (row != null) {
                numbers[row] = number;
            }
        });
        this.rowsByNumber = new int[Arrays.stream(numbers).max().orElse(0) + 1];
        Arrays.fill(rowsByNumber, -1);
        for (int row = 0; row < numbers.length; row++) {
            rowsByNumber[numbers[row]] = row;
        }
        float[] ones = new float[model.factors()];
        Arrays.fill(ones, 1);
        float[] lengths = lengths(ones);
        this.order = IntStream.range(0, model.items())
                .boxed()
                .sorted(Comparator.comparing((Integer row) -> -lengths[row]))
                .mapToInt(Integer::intValue)
                .toArray();
        this.panels = ItemBounds.of(model.itemFactors(), model.factors(), order, bytesAbove);
        this.longest = new float[(order.length + ItemBounds.STEP - 1) / ItemBounds.STEP];
        for (int step = 0; step < longest.length; step++) {
            longest[step] = lengths[order[step * ItemBounds.STEP]];
        }
        float[] underHead = lengths(model.heads()[target()]);
        this.inverseLengths = new float[order.length];
        for (int place = 0; place < order.length; place++) {
            float length = underHead[order[place]];
            inverseLengths[place] = length == 0 ? 0 : 1 / length;
        }
    }

    /**
     * Heap that a stored version takes once it is laid out: the artifact, the items' factors once more in panels, ids by row,
     * and for a while numbers that are sorted.
     */
    static long memory(StoredModel stored) {
        long panels = (long) Float.BYTES * stored.factors() * stored.items();
        return stored.memory()
                + panels
                + ENTRY_BYTES * ((long) stored.users() + stored.items())
                + ITEM_BYTES * stored.items();
    }

    private static Map<String, Integer> rows(List<String> ids) {
        Map<String, Integer> rows = new HashMap<>(ids.size() * 4 / 3 + 1);
        for (int i = 0; i < ids.size(); i++) {
            rows.put(ids.get(i), i);
        }
        return rows;
    }

    /** |h ∘ q|, by row. */
    private float[] lengths(float[] head) {
        int d = model.factors();
        float[] lengths = new float[model.items()];
        for (int row = 0; row < lengths.length; row++) {
            double squares = 0;
            for (int f = 0; f < d; f++) {
                double value = head[f] * model.itemFactors()[row * d + f];
                squares += value * value;
            }
            lengths[row] = (float) Math.sqrt(squares);
        }
        return lengths;
    }

    int version() {
        return version;
    }

    Instant snapshotAt() {
        return snapshotAt;
    }

    ModelArtifact artifact() {
        return artifact;
    }

    /** Null for a model of a format that does not tell how. */
    @Nullable FoldIn foldIn() {
        return foldIn;
    }

    /** Place of a behavior's head, −1 where the model did not learn it. */
    int behavior(String name) {
        return artifact.behaviors().indexOf(name);
    }

    private int target() {
        return artifact.behaviors().size() - 1;
    }

    String itemId(int row) {
        return artifact.itemIds().get(row);
    }

    /** The item's number in the catalog. */
    int number(int row) {
        return numbers[row];
    }

    /** The item's row; −1 if the model does not know it. */
    int rowOfNumber(int number) {
        return number < rowsByNumber.length ? rowsByNumber[number] : -1;
    }

    @Nullable Integer itemRow(String itemId) {
        return itemRows.get(itemId);
    }

    /** The user's row, if the model learned something of the user. */
    @Nullable Integer userRow(String userId) {
        Integer row = userRows.get(userId);
        return row != null && model.knows(row) ? row : null;
    }

    /** For as long as this is served, whatever the database forgets meanwhile. */
    void erase(Collection<String> hashes) {
        erased.addAll(hashes);
    }

    /** Whether the user was erased since, as far as is known here. */
    boolean erased(String userId) {
        return !erased.isEmpty() && erased.contains(UserHash.hex(userId));
    }

    float[] userFactors(int row) {
        return Arrays.copyOfRange(model.userFactors(), row * model.factors(), (row + 1) * model.factors());
    }

    /** Memory of the factors, the largest part. */
    long bytes() {
        return panels.bytes() + 4L * (model.itemFactors().length + model.userFactors().length);
    }

    int items() {
        return order.length;
    }

    /** The n items with the highest scores of a user's factors under a behavior's head, best first. */
    TopN.Ranked best(float[] factors, int behavior, IntPredicate allowed, int n) {
        float[] query = new float[factors.length];
        for (int f = 0; f < query.length; f++) {
            query[f] = model.heads()[behavior][f] * factors[f];
        }
        return scan(query, null, allowed, n);
    }

    /** The n items with the highest cosine to an item's vector, both under the target's head; not the item itself. */
    TopN.Ranked similar(int row, IntPredicate allowed, int n) {
        int d = model.factors();
        float[] head = model.heads()[target()];
        float[] query = new float[d];
        for (int f = 0; f < d; f++) {
            query[f] = head[f] * model.itemFactors()[row * d + f];
        }
        float length = length(query);
        if (length == 0) {
            return new TopN(0).drain();
        }
        for (int f = 0; f < d; f++) {
            query[f] *= head[f] / length;
        }
        return scan(query, inverseLengths, other -> other != row && allowed.test(other), n);
    }

    private static float length(float[] vector) {
        double squares = 0;
        for (float value : vector) {
            squares += (double) value * value;
        }
        return (float) Math.sqrt(squares);
    }

    /**
     * Passes over the items as long as one can have a score among the best.
     *
     * @param scales what scores are multiplied with, by place, where 0 leaves an item out; null for none
     */
    private TopN.Ranked scan(float[] query, float @Nullable [] scales, IntPredicate allowed, int n) {
        float length = length(query) * SLACK;
        TopN top = new TopN(Math.min(n, items()));
        ItemBounds.Pass pass = panels.pass(query);
        int[] places = new int[BLOCK];
        float[] scores = new float[BLOCK];
        // A short part first: as long as nothing is found, nothing is too low.
        for (int from = 0, to = ItemBounds.STEP; from < items(); from = to, to += BLOCK) {
            if (scales == null && length * longest[from / ItemBounds.STEP] < top.threshold()) {
                break;
            }
            int end = Math.min(items(), to);
            int count = pass.find(from, end, unscaled(top.threshold(), scales, from, end), places, scores);
            for (int i = 0; i < count; i++) {
                float scale = scales == null ? 1 : scales[places[i]];
                int row = order[places[i]];
                if (scale > 0 && scale * scores[i] >= top.threshold() && allowed.test(row)) {
                    top.offer(row, scale * scores[i]);
                }
            }
        }
        return top.drain();
    }

    /** The least score that can become as high as a threshold when it is scaled. */
    private static float unscaled(float threshold, float @Nullable [] scales, int from, int to) {
        if (scales == null || threshold <= 0) {
            return scales == null ? threshold : Float.NEGATIVE_INFINITY;
        }
        float largest = 0;
        for (int place = from; place < to; place++) {
            largest = Math.max(largest, scales[place]);
        }
        return threshold / (largest * SLACK);
    }
}
