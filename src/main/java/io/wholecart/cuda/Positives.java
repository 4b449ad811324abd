package io.wholecart.cuda;

import io.wholecart.interaction.SparseMatrix;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The positives of one side on a card: all of them for good, or, where they are more than their share of its memory, a block
 * of rows at a time. Rows stand in the order of their length, longest first; very long ones are cut into parts.
 */
final class Positives {

    /** Positives of a row that one block of threads sums. */
    private static final int PART = 1024;

    /** Parts whose sums are kept at one time. */
    private static final int SLOTS = 1024;

    private final Card card;
    private final List<SparseMatrix> rows;
    private final List<Block> blocks = new ArrayList<>();
    private final Memory offsets;
    private final Memory columns;
    private final Memory shift;
    private final Memory list;
    private final Memory work;
    private final Memory slots;
    private final int slotsUsed;
    private int loaded = -1;

    /**
     * Some of the long rows, whose parts fit the slots.
     *
     * @param part place of the first one's first part
     * @param parts how many
     * @param row place of the first one in the list
     * @param rows how many
     */
    record Wave(int part, int parts, int row, int rows) {}

    /**
     * Rows that are on the card together.
     *
     * @param list the rows, counted from {@code from}: first long ones, then the others
     * @param longRows how many are long
     * @param work row, first and last (exclusive) positive and slot of each part
     * @param slots first and last (exclusive) slot of each long row
     */
    record Block(int from, int to, int[] list, int longRows, int[] work, int[] slots, List<Wave> waves) {
        int rows() {
            return to - from;
        }
    }

    /**
     * Makes room and, if there is room for all, copies all.
     *
     * @param share bytes that the positives may take
     */
    Positives(Card card, Allocations memory, List<SparseMatrix> rows, long share) {
        this.card = card;
        this.rows = rows;
        cut(share);
        int most = blocks.stream().mapToInt(Block::rows).max().orElse(0);
        offsets = memory.words((long) rows.size() * (most + 1));
        columns = memory.words(
                blocks.stream().mapToLong(b -> size(b.from, b.to)).max().orElse(0));
        shift = memory.doubles(rows.size());
        list = memory.words(most);
        work = memory.words(blocks.stream().mapToInt(b -> b.work.length).max().orElse(0));
        slots = memory.words(blocks.stream().mapToInt(b -> b.slots.length).max().orElse(0));
        slotsUsed = blocks.stream()
                .flatMap(block -> block.waves.stream())
                .mapToInt(Wave::parts)
                .max()
                .orElse(0);
        load(0);
    }

    private long size(int from, int to) {
        long size = 0;
        for (SparseMatrix behavior : rows) {
            size += behavior.offsets()[to] - behavior.offsets()[from];
        }
        return size;
    }

    /** Bytes of some rows on the card, with what tells their order. */
    private long bytes(int from, int to) {
        return 4 * (size(from, to) + (long) (rows.size() + 1) * (to - from + 1));
    }

    private void cut(long share) {
        int all = rows.get(0).rows();
        int from = 0;
        while (from < all || blocks.isEmpty()) {
            // The most rows that fit, by halves; one at least.
            int low = Math.min(from + 1, all);
            int high = all;
            while (low < high) {
                int middle = low + (high - low + 1) / 2;
                if (bytes(from, middle) <= share && size(from, middle) < Integer.MAX_VALUE) {
                    low = middle;
                } else {
                    high = middle - 1;
                }
            }
            blocks.add(block(from, low));
            from = low;
        }
    }

    private Block block(int from, int to) {
        long[] byLength = new long[to - from];
        for (int row = from; row < to; row++) {
            byLength[row - from] = -size(row, row + 1) << 32 | row - from;
        }
        Arrays.parallelSort(byLength);
        int[] order = new int[byLength.length];
        int longRows = 0;
        int parts = 0;
        for (int i = 0; i < order.length; i++) {
            order[i] = (int) byLength[i];
            long length = size(from + order[i], from + order[i] + 1);
            if (length > PART) {
                longRows++;
                parts += parts(length);
            }
        }
        int[] partsWork = new int[4 * parts];
        int[] rowSlots = new int[2 * longRows];
        List<Wave> waves = waves(from, order, longRows, partsWork, rowSlots);
        return new Block(from, to, order, longRows, partsWork, rowSlots, waves);
    }

    private static int parts(long length) {
        return (int) Math.min(SLOTS, (length + PART - 1) / PART);
    }

    private List<Wave> waves(int from, int[] order, int longRows, int[] partsWork, int[] rowSlots) {
        List<Wave> waves = new ArrayList<>();
        int part = 0;
        Wave wave = new Wave(0, 0, 0, 0);
        for (int i = 0; i < longRows; i++) {
            long length = size(from + order[i], from + order[i] + 1);
            int parts = parts(length);
            if (wave.parts + parts > SLOTS) {
                waves.add(wave);
                wave = new Wave(part, 0, i, 0);
            }
            rowSlots[2 * i] = wave.parts;
            rowSlots[2 * i + 1] = wave.parts + parts;
            for (int p = 0; p < parts; p++, part++) {
                partsWork[4 * part] = order[i];
                partsWork[4 * part + 1] = (int) (length * p / parts);
                partsWork[4 * part + 2] = (int) (length * (p + 1) / parts);
                partsWork[4 * part + 3] = wave.parts + p;
            }
            wave = new Wave(wave.part, wave.parts + parts, wave.row, wave.rows + 1);
        }
        if (wave.rows > 0) {
            waves.add(wave);
        }
        return waves;
    }

    int blocks() {
        return blocks.size();
    }

    int behaviors() {
        return rows.size();
    }

    /** Sums of parts that are kept at one time. */
    int slotsUsed() {
        return slotsUsed;
    }

    /** Positives that are on the card at one time, at most. */
    long most() {
        return columns.bytes() / 4;
    }

    /** Brings a block of rows to the card, if it is not there. */
    Block load(int number) {
        Block block = blocks.get(number);
        if (loaded == number) {
            return block;
        }
        long[] shifts = new long[rows.size()];
        long at = 0;
        for (int k = 0; k < shifts.length; k++) {
            SparseMatrix behavior = rows.get(k);
            int first = behavior.offsets()[block.from];
            int count = behavior.offsets()[block.to] - first;
            card.write(offsets.from(4L * k * (block.rows() + 1)), behavior.offsets(), block.from, block.rows() + 1);
            card.write(columns.from(4 * at), behavior.columns(), first, count);
            shifts[k] = at - first;
            at += count;
        }
        card.write(shift, shifts);
        card.write(list, block.list);
        card.write(work, block.work);
        card.write(slots, block.slots);
        loaded = number;
        return block;
    }

    /** Where behavior k's positives of the block begin among its columns. */
    long first(Block block, int k) {
        long at = 0;
        for (int before = 0; before < k; before++) {
            at += count(block, before);
        }
        return at;
    }

    long count(Block block, int k) {
        return (long) rows.get(k).offsets()[block.to] - rows.get(k).offsets()[block.from];
    }

    Memory columns() {
        return columns;
    }

    Memory offsets() {
        return offsets;
    }

    Memory shift() {
        return shift;
    }

    /** Of the block's rows, from a place on. */
    Memory list(int from) {
        return list.from(4L * from);
    }

    Memory work(Wave wave) {
        return work.from(16L * wave.part);
    }

    Memory slots(Wave wave) {
        return slots.from(8L * wave.row);
    }
}
