package io.wholecart.recommendation;

import io.wholecart.ehcf.EhcfModel;
import io.wholecart.model.ModelArtifact;
import java.time.Instant;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A model version laid out for answering: immutable, so that one reference swaps it. The item factors stand factor by
 * factor, so that scoring a block of items runs over neighboring floats.
 */
final class LiveIndex {

    /** Items scored at a time: their scores stay in the first-level cache. */
    private static final int BLOCK = 1024;

    private final @Nullable Integer version;
    private final Instant snapshotAt;
    private final ModelArtifact artifact;
    private final float[] itemFactorsByFactor;
    private final Map<String, Integer> userRows;
    private final Map<String, Integer> itemRows;
    private final int[] byPopularity;

    /**
     * Lays a model out.
     *
     * @param version null for one that was not trained and only knows what is popular
     * @param snapshotAt events that it has not seen were received at or after this time
     */
    LiveIndex(@Nullable Integer version, Instant snapshotAt, ModelArtifact artifact) {
        this.version = version;
        this.snapshotAt = snapshotAt;
        this.artifact = artifact;
        this.userRows = rows(artifact.userIds());
        this.itemRows = rows(artifact.itemIds());
        this.itemFactorsByFactor = transposed(artifact.factors());
        this.byPopularity = IntStream.range(0, artifact.itemIds().size())
                .boxed()
                .sorted(Comparator.comparingInt(item -> -artifact.itemPopularity()[item]))
                .mapToInt(Integer::intValue)
                .toArray();
    }

    private static Map<String, Integer> rows(List<String> ids) {
        Map<String, Integer> rows = new HashMap<>(ids.size() * 4 / 3 + 1);
        for (int i = 0; i < ids.size(); i++) {
            rows.put(ids.get(i), i);
        }
        return rows;
    }

    private static float[] transposed(EhcfModel model) {
        int items = model.items();
        int d = model.factors();
        float[] transposed = new float[items * d];
        for (int v = 0; v < items; v++) {
            for (int f = 0; f < d; f++) {
                transposed[f * items + v] = model.itemFactors()[v * d + f];
            }
        }
        return transposed;
    }

    /** An index before the first training: it knows no user, but what most of them bought. */
    static LiveIndex ofPopular(List<String> behaviors, Map<String, Integer> usersByItem) {
        int[] popularity =
                usersByItem.values().stream().mapToInt(Integer::intValue).toArray();
        EhcfModel untrained =
                new EhcfModel(1, new float[0], new float[popularity.length], new float[behaviors.size()][1]);
        List<String> items = List.copyOf(usersByItem.keySet());
        return new LiveIndex(
                null,
                Instant.EPOCH,
                new ModelArtifact(untrained, behaviors, List.of(), items, popularity, Map.of(), null));
    }

    @Nullable Integer version() {
        return version;
    }

    Instant snapshotAt() {
        return snapshotAt;
    }

    ModelArtifact artifact() {
        return artifact;
    }

    String itemId(int row) {
        return artifact.itemIds().get(row);
    }

    /** The user's row, if the model learned something of the user. */
    @Nullable Integer userRow(String userId) {
        Integer row = userRows.get(userId);
        return row != null && artifact.factors().knows(row) ? row : null;
    }

    /** Sets the bits of those ids that the model knows. */
    void mark(Collection<String> ids, BitSet rows) {
        for (String id : ids) {
            Integer row = itemRows.get(id);
            if (row != null) {
                rows.set(row);
            }
        }
    }

    /** Memory of the factors, the largest part. */
    long bytes() {
        return 4L
                * (itemFactorsByFactor.length
                        + artifact.factors().itemFactors().length
                        + artifact.factors().userFactors().length);
    }

    int items() {
        return artifact.itemIds().size();
    }

    /** The n items with the highest scores under a behavior's head, those in {@code excluded} left out. */
    TopN.Ranked best(int userRow, int behavior, BitSet excluded, int n) {
        float[] query = artifact.factors().query(userRow, behavior);
        TopN top = new TopN(n);
        float[] scores = new float[BLOCK];
        int items = items();
        for (int from = 0; from < items; from += BLOCK) {
            int count = Math.min(BLOCK, items - from);
            Arrays.fill(scores, 0);
            for (int f = 0; f < query.length; f++) {
                float weight = query[f];
                int at = f * items + from;
                for (int i = 0; i < count; i++) {
                    scores[i] += weight * itemFactorsByFactor[at + i];
                }
            }
            float threshold = top.threshold();
            for (int i = 0; i < count; i++) {
                if (scores[i] > threshold && !excluded.get(from + i)) {
                    top.offer(from + i, scores[i]);
                    threshold = top.threshold();
                }
            }
        }
        return top.drain();
    }

    /** The n items that most users gave a target event, those in {@code excluded} left out. */
    TopN.Ranked popular(BitSet excluded, int n) {
        int[] rows = Arrays.stream(byPopularity)
                .filter(row -> !excluded.get(row))
                .limit(n)
                .toArray();
        float[] scores = new float[rows.length];
        for (int i = 0; i < rows.length; i++) {
            scores[i] = artifact.itemPopularity()[rows[i]];
        }
        return new TopN.Ranked(rows, scores);
    }
}
