package io.wholecart.cuda;

import io.wholecart.ehcf.AdagradStart;
import io.wholecart.ehcf.EhcfModel;
import io.wholecart.ehcf.Hyperparameters;
import io.wholecart.ehcf.LossWeights;
import io.wholecart.ehcf.Solver;
import io.wholecart.ehcf.TransferGraph;
import io.wholecart.interaction.Interactions;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;

/**
 * The paper's mini-batches on a card. A batch is one graph of launches, recorded once; which users it has stands in the
 * card's memory, so that an epoch is as many replays, and the host only writes the users' order before it and reads the
 * loss after it. Sums over a batch's positives are added in whatever order they come, so that two runs of the same seed
 * agree to rounding, not to the last bit.
 */
final class AdagradOnCard implements AutoCloseable {

    private static final int THREADS = 256;
    /** Of a block for a user's positives. */
    static final int WARPS = 4;
    /** Items that a block steps together, and factors of them that are in shared memory at one time. */
    static final int ITEMS = 64;

    static final int DEPTH = 16;

    private static final int CHAIN_THREADS = 1024;
    private static final int CHAIN_PARTS = 16;

    private final Card card;
    private final Allocations memory;
    private final Interactions data;
    private final Hyperparameters settings;
    private final AdagradStart start;
    private final int d;
    private final int behaviors;
    private final int batchSize;
    private final Program program;

    private final Memory users;
    private final Memory userSquares;
    private final Memory items;
    private final Memory itemSquares;
    private final Memory byItems;
    private final Memory order;
    private final Memory counters;
    private final Memory x;
    private final Memory mask;
    private final Memory batchGram;
    private final Memory itemGram;
    private final Memory byUser;
    private final Memory byItem;
    private final Memory heads;
    private final Memory byHeads;
    private final Memory weights;
    private final Memory shares;
    private final @Nullable Memory itemWeights;
    private final Memory plan;
    private final Memory chain;
    private final Memory chainSquares;
    private final Memory loss;
    private final SymmetricSums sums;
    private final Positives positives;
    private Card.@Nullable Recording batch;
    private int active;

    AdagradOnCard(Card card, Interactions data, Hyperparameters settings) {
        this.card = card;
        this.data = data;
        this.settings = settings;
        this.start = new AdagradStart(data, settings);
        this.d = settings.factors();
        this.behaviors = data.behaviors().size();
        this.batchSize = Math.min(settings.adagrad().batchSize(), Math.max(1, data.users()));
        this.program = card.program(new Tiling(d).d());
        this.memory = new Allocations(card);
        try {
            users = memory.of(start.userFactors());
            userSquares = accumulators(data.users() * (long) d);
            items = memory.of(start.itemFactors());
            itemSquares = accumulators(data.items() * (long) d);
            byItems = memory.words(data.items() * (long) d);
            card.zero(byItems);
            order = memory.words(data.users());
            counters = memory.of(new int[2]);
            x = memory.words((long) batchSize * d);
            mask = memory.words((long) batchSize * d);
            batchGram = memory.doubles((long) d * d + d);
            itemGram = memory.doubles((long) d * d + d);
            byUser = memory.words((long) d * d);
            byItem = memory.words((long) d * d);
            heads = memory.words((long) behaviors * d);
            byHeads = memory.words((long) behaviors * d);
            weights = memory.of(ExactOnCard.pairs(settings.behaviors()));
            shares = memory.of(shares());
            itemWeights = settings.popularityExponent() == 0
                    ? null
                    : memory.of(LossWeights.of(data, settings).items());
            ChainPlan parameters = ChainPlan.of(start, settings.adagrad().transfer(), d);
            plan = memory.of(parameters.plan());
            chain = memory.of(parameters.values());
            chainSquares = accumulators(parameters.values().length);
            loss = memory.doubles(1);
            sums = new SymmetricSums(card, memory, d, 1);
            positives = new Positives(card, memory, data.byUser(), card.room());
            if (positives.blocks() > 1) {
                throw new CardException(
                        CardException.Reason.MEMORY,
                        "the card's memory does not hold the positives of adagrad's users");
            }
            gram(items, itemWeights, data.items(), itemGram);
            card.launch(
                    program.kernel("chain_heads"),
                    1,
                    1,
                    CHAIN_THREADS,
                    chainShared(),
                    d,
                    behaviors,
                    plan,
                    chain,
                    heads);
        } catch (RuntimeException | Error e) {
            memory.giveUp(e);
            throw e;
        }
    }

    private Memory accumulators(long count) {
        float[] some = new float[(int) Math.min(count, 1 << 20)];
        Arrays.fill(some, (float) AdagradStart.ACCUMULATOR);
        Memory squares = memory.words(count);
        if (count > 0) {
            card.write(squares, some);
        }
        // Doubled until all is filled.
        for (long done = some.length; done < count; ) {
            long more = Math.min(done, count - done);
            card.copy(squares, squares.from(4 * done), 4 * more);
            done += more;
        }
        return squares;
    }

    /** λ_k for a step that serves all behaviors; then, for steps that serve one each, a row of zeros and a one. */
    private float[] shares() {
        float[] all = new float[behaviors * (behaviors + 1)];
        for (int k = 0; k < behaviors; k++) {
            all[k] = settings.behaviors().get(k).lambda();
            all[behaviors * (k + 1) + k] = 1;
        }
        return all;
    }

    private int chainShared() {
        return 4 * d * Math.max(1, Math.min(CHAIN_PARTS, CHAIN_THREADS / d));
    }

    private int tileShared() {
        return 4 * (DEPTH * ITEMS + ITEMS * ((d + DEPTH - 1) / DEPTH * DEPTH + 1));
    }

    private void gram(Memory rows, @Nullable Memory g, int count, Memory to) {
        sums.of(SymmetricSums.Terms.rows(rows, g, count), to, null);
    }

    /** One pass over all users in a new order; the sum of the batches' losses, each before its step. */
    double epoch(int done, Solver.Listener listener) {
        int[] next = start.nextOrder(batchSize);
        active = next.length;
        card.write(order, next);
        card.zero(counters.part(4));
        card.zero(loss);
        for (int from = 0; from < active; from += batchSize) {
            if (listener.canceled() || Thread.currentThread().isInterrupted()) {
                throw new CancellationException("The training was canceled.");
            }
            listener.progress(done + (double) from / active);
            if (batch != null) {
                card.replay(batch);
            } else if ((done == 0 && from == 0) || Card.WAITING) {
                // The first one also loads the kernels, which must not happen while one records.
                batch();
            } else {
                batch = card.record(this::batch);
                card.replay(batch);
            }
        }
        double[] sum = new double[1];
        card.read(loss, sum);
        return sum[0];
    }

    /** Milliseconds of every kernel in one more batch. */
    Map<String, Double> profile() {
        card.zero(counters.part(4));
        return card.profile(this::batch);
    }

    /** Batches in an epoch. */
    int batches() {
        return (active + batchSize - 1) / batchSize;
    }

    private void batch() {
        if (settings.adagrad().multiTask()) {
            step(shares, 1, true);
            return;
        }
        for (int k = 0; k < behaviors; k++) {
            step(
                    shares.from(4L * behaviors * (k + 1)),
                    settings.behaviors().get(k).lambda(),
                    k == behaviors - 1);
        }
    }

    /**
     * One step.
     *
     * @param share λ_k for this step
     * @param lossShare what the loss counts for the epoch's
     * @param last whether the next step is for the next batch
     */
    private void step(Memory share, float lossShare, boolean last) {
        int fours = (batchSize * d + 3) / 4;
        card.launch(
                program.kernel("draw_batch"),
                (fours + THREADS - 1) / THREADS,
                1,
                THREADS,
                0,
                d,
                order,
                active,
                batchSize,
                counters,
                settings.keep(),
                settings.seed(),
                users,
                x,
                mask);
        gram(x, null, batchSize, batchGram);
        card.launch(
                program.kernel("dense_terms"),
                d,
                1,
                32,
                0,
                d,
                behaviors,
                heads,
                weights,
                share,
                lossShare,
                batchGram,
                itemGram,
                byUser,
                byItem,
                byHeads,
                loss);
        positives(share, lossShare);
        card.launch(
                program.kernel("step_items"),
                (data.items() + ITEMS - 1) / ITEMS,
                1,
                THREADS,
                tileShared(),
                d,
                data.items(),
                byItem,
                SymmetricSums.or(itemWeights),
                byItems,
                items,
                itemSquares,
                settings.adagrad().learningRate());
        gram(items, itemWeights, data.items(), itemGram);
        card.launch(
                program.kernel("step_chain"),
                1,
                1,
                CHAIN_THREADS,
                chainShared(),
                d,
                behaviors,
                plan,
                settings.adagrad().transferPenalty(),
                settings.adagrad().learningRate(),
                chain,
                chainSquares,
                heads,
                byHeads,
                counters,
                last ? 1 : 0);
    }

    private void positives(Memory share, float lossShare) {
        Positives.Block block = positives.load(0);
        card.launch(
                program.kernel("batch_positives"),
                batchSize,
                1,
                32 * WARPS,
                4 * d * (2 + WARPS),
                d,
                order,
                active,
                batchSize,
                counters,
                positives.offsets(),
                positives.columns(),
                positives.shift(),
                block.rows(),
                behaviors,
                SymmetricSums.or(itemWeights),
                heads,
                weights,
                share,
                lossShare,
                x,
                mask,
                items,
                byUser,
                byItems,
                byHeads,
                users,
                userSquares,
                settings.adagrad().learningRate(),
                loss);
    }

    /** What is learned so far. */
    EhcfModel model() {
        float[] p = new float[Math.multiplyExact(data.users(), d)];
        float[] q = new float[Math.multiplyExact(data.items(), d)];
        float[] h = new float[behaviors * d];
        card.read(users, p);
        card.read(items, q);
        card.read(heads, h);
        return AdagradStart.learned(data, d, p, q, ExactOnCard.split(h, d));
    }

    @Override
    public void close() {
        try {
            if (batch != null) {
                batch.close();
            }
        } finally {
            memory.close();
        }
    }

    /**
     * The transfer chain's parameters one after the other, and where they are, as {@code step_chain} reads it.
     *
     * @param plan see {@code adagrad.cu}
     */
    private record ChainPlan(int[] plan, float[] values) {

        private static final int STEP = 4;
        private static final int TRANSFER = 3;

        static ChainPlan of(AdagradStart start, TransferGraph graph, int d) {
            List<List<Integer>> precedents = graph.precedents();
            int transfers = precedents.stream().mapToInt(List::size).sum();
            int free = (int) precedents.stream().filter(List::isEmpty).count();
            int[] plan = new int[STEP * precedents.size() + TRANSFER * transfers];
            float[] values = new float[free * d + transfers * (d * d + d)];
            int at = 0;
            int transfer = 0;
            for (int n = 0; n < precedents.size(); n++) {
                int k = graph.order().get(n);
                plan[STEP * n] = k;
                plan[STEP * n + 1] = precedents.get(k).isEmpty() ? at : -1;
                plan[STEP * n + 2] = transfer;
                plan[STEP * n + 3] = transfer + precedents.get(k).size();
                at += put(start.free(k), values, at);
                for (int p = 0; p < precedents.get(k).size(); p++, transfer++) {
                    int place = STEP * precedents.size() + TRANSFER * transfer;
                    plan[place] = precedents.get(k).get(p);
                    plan[place + 1] = at;
                    at += put(start.matrix(k, p), values, at);
                    plan[place + 2] = at;
                    at += put(start.offset(k, p), values, at);
                }
            }
            return new ChainPlan(plan, values);
        }

        private static int put(float[] some, float[] values, int at) {
            System.arraycopy(some, 0, values, at, some.length);
            return some.length;
        }
    }
}
