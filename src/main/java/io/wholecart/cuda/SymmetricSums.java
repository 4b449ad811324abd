package io.wholecart.cuda;

import org.jspecify.annotations.Nullable;

/** Sums of weighted outer products over many vectors: Gram matrices, and the equations of heads. */
final class SymmetricSums {

    /** Vectors that are worth a block of threads of their own. */
    private static final int SHARE = 128;
    /** Bytes that the blocks' own sums may take. */
    private static final long BUDGET = 256L << 20;

    private static final int THREADS = 256;

    private final Card card;
    private final Tiling tiling;
    private final Program.Kernel outer;
    private final Program.Kernel total;
    private final int blocks;
    private final Memory totals;

    /**
     * Makes room.
     *
     * @param sets how many sums are under way at one time
     */
    SymmetricSums(Card card, Allocations memory, int d, int sets) {
        this.card = card;
        this.tiling = new Tiling(d);
        this.outer = card.program(d).kernel("outer_sums_" + tiling.tile());
        this.total = card.program(d).kernel("total_sums");
        long bytes = 8L * tiling.sums() * sets;
        long most = Math.max(1, Math.min(BUDGET, card.room() / 8) / bytes);
        this.blocks = (int) Math.min(most, card.resident(outer, tiling.threads(), tiling.outerShared()));
        this.totals = memory.bytes(bytes * blocks);
    }

    /**
     * What is summed: rows of x, or their products with rows of y.
     *
     * @param rows of x for each pair; null for all of x, one after the other
     * @param columns of y for each pair
     * @param g weights, of x or of the columns; null for ones
     * @param negative c, where there are pairs
     */
    record Terms(
            Memory x,
            @Nullable Memory y,
            @Nullable Memory rows,
            @Nullable Memory columns,
            @Nullable Memory g,
            float negative,
            long first,
            long count) {

        /** Σ g x xᵀ over rows. */
        static Terms rows(Memory x, @Nullable Memory g, long count) {
            return new Terms(x, null, null, null, g, 0, 0, count);
        }
    }

    /** Adds to a set's sums, or begins them. */
    void add(int set, Terms terms, boolean resume) {
        int launched = resume ? blocks : launched(terms);
        card.launch(
                outer,
                launched,
                1,
                tiling.threads(),
                tiling.outerShared(),
                tiling.d(),
                terms.x,
                or(terms.y),
                or(terms.rows),
                or(terms.columns),
                or(terms.g),
                terms.negative,
                terms.first,
                terms.count,
                set(set),
                resume ? 1 : 0);
    }

    private int launched(Terms terms) {
        return (int) Math.max(1, Math.min(blocks, terms.count / SHARE));
    }

    private Memory set(int set) {
        return totals.from(8L * set * tiling.sums() * blocks);
    }

    static Memory or(@Nullable Memory memory) {
        return memory == null ? Memory.NONE : memory;
    }

    /** Σ w z zᵀ, d × d, and Σ z, as doubles; the matrix as floats, too. */
    void total(int set, int launched, Memory matrix, @Nullable Memory floats) {
        int columns = (4 * tiling.sums() + THREADS - 1) / THREADS;
        card.launch(total, columns, 1, THREADS, 0, tiling.d(), launched, set(set), matrix, or(floats));
    }

    /** The sums of some terms at once. */
    void of(Terms terms, Memory matrix, @Nullable Memory floats) {
        add(0, terms, false);
        total(0, launched(terms), matrix, floats);
    }

    /** For sums that go on: begins them with nothing. */
    void begin(int set, Memory anything) {
        card.launch(
                outer,
                blocks,
                1,
                tiling.threads(),
                tiling.outerShared(),
                tiling.d(),
                anything,
                Memory.NONE,
                Memory.NONE,
                Memory.NONE,
                Memory.NONE,
                0f,
                0L,
                0L,
                set(set),
                0);
    }

    void total(int set, Memory matrix) {
        total(set, blocks, matrix, null);
    }
}
