package io.wholecart.cuda;

import io.wholecart.ehcf.EhcfModel;
import io.wholecart.evaluation.HeldOut;
import io.wholecart.evaluation.Ranker;
import io.wholecart.interaction.Snapshot;
import java.util.Arrays;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

/** Ranks held-out items on a card, some users at a time. */
final class RankingOnCard {

    /** Users that are ranked together; between them one can cancel. */
    private static final int USERS = 8192;

    /** Users, and items, of a block. */
    static final int TILE = 64;

    private static final int THREADS = 256;
    private static final int SMALL = 128;
    private static final int WARP = 32;

    private final Card card;
    private final EhcfModel model;
    private final Snapshot.Split split;
    private final int d;
    private final Program program;

    RankingOnCard(Card card, EhcfModel model, Snapshot.Split split) {
        this.card = card;
        this.model = model;
        this.split = split;
        this.d = model.factors();
        this.program = card.program(new Tiling(d).d());
    }

    Ranker.Ranks rank(int[] users, BooleanSupplier canceled) {
        int[] ranks = new int[users.length];
        int[] newRanks = new int[users.length];
        try (Allocations memory = new Allocations(card)) {
            Memory q = memory.of(model.itemFactors());
            Memory head = memory.of(model.heads()[split.train().target()]);
            for (int from = 0; from < users.length; from += USERS) {
                if (canceled.getAsBoolean()) {
                    throw new CancellationException("The evaluation was canceled.");
                }
                int[] some = Arrays.copyOfRange(users, from, Math.min(users.length, from + USERS));
                rank(some, q, head, from, ranks, newRanks);
            }
        }
        return new Ranker.Ranks(ranks, newRanks);
    }

    private void rank(int[] users, Memory q, Memory head, int from, int[] ranks, int[] newRanks) {
        HeldOut[] rows =
                Arrays.stream(users).mapToObj(user -> new HeldOut(split, user)).toArray(HeldOut[]::new);
        try (Allocations memory = new Allocations(card)) {
            Memory queries = memory.words((long) users.length * d);
            Memory than = memory.words(users.length);
            card.launch(
                    program.kernel("own_scores"),
                    (users.length + SMALL - 1) / SMALL,
                    1,
                    SMALL,
                    0,
                    d,
                    users.length,
                    memory.of(Arrays.stream(rows).mapToInt(HeldOut::item).toArray()),
                    memory.of(rows(users)),
                    q,
                    head,
                    queries,
                    than);
            int[] all = higher(memory, users.length, queries, than, q);
            int[] targets = higher(memory, rows, HeldOut::targets, queries, than, q);
            int[] touched = higher(memory, rows, row -> row.isNew() ? row.touched() : new int[0], queries, than, q);
            for (int i = 0; i < users.length; i++) {
                ranks[from + i] = all[i] - targets[i];
                newRanks[from + i] = rows[i].isNew() ? all[i] - touched[i] : -1;
            }
        }
    }

    /** The factors of these users, as all users' may be a hundred times as many as are ranked. */
    private float[] rows(int[] users) {
        float[] rows = new float[users.length * d];
        for (int i = 0; i < users.length; i++) {
            System.arraycopy(model.userFactors(), users[i] * d, rows, i * d, d);
        }
        return rows;
    }

    /** Of all items. */
    private int[] higher(Allocations memory, int users, Memory queries, Memory than, Memory q) {
        Memory counts = memory.words(users);
        card.zero(counts);
        Program.Kernel kernel = program.kernel("count_higher");
        int depth = AdagradOnCard.DEPTH;
        int shared = 4 * (depth * TILE + TILE * ((d + depth - 1) / depth * depth + 1));
        int columns = (users + TILE - 1) / TILE;
        int tiles = (model.items() + TILE - 1) / TILE;
        int rows = Math.max(1, Math.min(tiles, 2 * card.resident(kernel, THREADS, shared) / columns));
        card.launch(kernel, columns, rows, THREADS, shared, d, users, model.items(), queries, than, q, counts);
        int[] higher = new int[users];
        card.read(counts, higher);
        return higher;
    }

    /** Of some items of each user. */
    private int[] higher(
            Allocations memory, HeldOut[] rows, Function<HeldOut, int[]> items, Memory queries, Memory than, Memory q) {
        int[] offsets = new int[rows.length + 1];
        int[][] lists = new int[rows.length][];
        for (int i = 0; i < rows.length; i++) {
            lists[i] = items.apply(rows[i]);
            offsets[i + 1] = offsets[i] + lists[i].length;
        }
        int[] columns = Arrays.stream(lists).flatMapToInt(Arrays::stream).toArray();
        Memory counts = memory.words(rows.length);
        card.zero(counts);
        card.launch(
                program.kernel("count_higher_of"),
                (WARP * rows.length + SMALL - 1) / SMALL,
                1,
                SMALL,
                0,
                d,
                rows.length,
                memory.of(offsets),
                memory.of(columns),
                queries,
                than,
                q,
                counts);
        int[] higher = new int[rows.length];
        card.read(counts, higher);
        return higher;
    }
}
