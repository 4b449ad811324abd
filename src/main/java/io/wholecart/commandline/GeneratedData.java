package io.wholecart.commandline;

import io.wholecart.interaction.Snapshot;
import io.wholecart.interaction.SparseMatrix;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * Made-up carts and purchases for measuring: users with a few items or many, items that are popular or not. The same numbers
 * every time.
 */
record GeneratedData(int users, int items, long interactions) {

    private static final List<String> BEHAVIORS = List.of("cart", "purchase");
    /** Of three interactions two are carts. */
    private static final double[] SHARES = {2.0 / 3, 1.0 / 3};

    private static final long SEED = 20_261_124;
    /** The higher, the more popular the popular items are. */
    private static final double SKEW = 2;

    private static final int HELD_OUT = 10_000;

    Snapshot.Split split() {
        List<SparseMatrix> matrices = new ArrayList<>();
        for (int k = 0; k < SHARES.length; k++) {
            matrices.add(matrix(k));
        }
        SparseMatrix target = matrices.get(matrices.size() - 1);
        int[] tests = new int[users];
        SplittableRandom random = new SplittableRandom(SEED);
        for (int u = 0; u < users; u++) {
            int item = item(random);
            tests[u] = u < HELD_OUT && !target.contains(u, item) ? item : -1;
        }
        Snapshot rest = new Snapshot(BEHAVIORS, List.of(), List.of(), matrices, new long[0], Instant.EPOCH);
        return new Snapshot.Split(rest, rest.all(), tests);
    }

    private SparseMatrix matrix(int behavior) {
        double mean = SHARES[behavior] * interactions / users;
        int[][] rows = IntStream.range(0, users)
                .parallel()
                .mapToObj(user -> row(new SplittableRandom(SEED + 2L * user + behavior), mean))
                .toArray(int[][]::new);
        int[] offsets = new int[users + 1];
        for (int u = 0; u < users; u++) {
            offsets[u + 1] = Math.addExact(offsets[u], rows[u].length);
        }
        int[] columns = new int[offsets[users]];
        for (int u = 0; u < users; u++) {
            System.arraycopy(rows[u], 0, columns, offsets[u], rows[u].length);
        }
        return new SparseMatrix(users, items, offsets, columns);
    }

    /** As many as a geometric distribution says. */
    private int[] row(SplittableRandom random, double mean) {
        int count = (int) Math.min(items / 2.0, -mean * Math.log(1 - random.nextDouble()) + 0.5);
        int[] drawn = IntStream.generate(() -> item(random)).limit(count).toArray();
        Arrays.sort(drawn);
        return Arrays.stream(drawn).distinct().toArray();
    }

    private int item(SplittableRandom random) {
        return (int) (items * Math.pow(random.nextDouble(), SKEW));
    }
}
