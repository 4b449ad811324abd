package io.wholecart.cuda;

import io.wholecart.ehcf.Descent;
import io.wholecart.ehcf.EhcfModel;
import io.wholecart.ehcf.Hyperparameters;
import io.wholecart.ehcf.LossWeights;
import io.wholecart.ehcf.Solver;
import io.wholecart.interaction.Interactions;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.function.DoubleConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Block coordinate descent on a card: factors, heads and Gram matrices stay there; positives do, too, or come by blocks of
 * rows. The host only reads the loss after each sweep. Rows are solved by conjugate gradients to the same accuracy as by the
 * processor's engine, but on a normal matrix that is built, see {@code exact.cu}.
 */
final class ExactOnCard implements Descent.Sweeps, AutoCloseable {

    private static final int THREADS = 256;
    private static final double USERS_SHARE = 0.45;
    private static final double ITEMS_SHARE = 0.45;

    private final Card card;
    private final Solver.Listener listener;
    private final Allocations memory;
    private final Interactions data;
    private final Hyperparameters settings;
    private final int d;
    private final int behaviors;
    private final Tiling tiling;
    private final Program program;

    private final Memory userFactors;
    private final Memory itemFactors;
    private final Memory heads;
    private final Memory weights;
    private final @Nullable Memory itemWeights;
    private final Memory userGram;
    private final Memory itemGram;
    private final Memory gramFloats;
    private final Memory base;
    private final Memory headSums;
    private final Memory headWork;
    private final Memory losses;
    private final SymmetricSums sums;
    private final Positives byUser;
    private final Positives byItem;
    private final Memory rowOf;
    private final Memory slotSums;
    private final boolean matrixShared;
    private final int residentBlocks;
    private final Memory scratch;
    private float relaxation = 1;
    private float reduction;

    ExactOnCard(Card card, Interactions data, Hyperparameters settings, EhcfModel start, Solver.Listener listener) {
        this.card = card;
        this.listener = listener;
        this.data = data;
        this.settings = settings;
        this.d = settings.factors();
        this.behaviors = data.behaviors().size();
        this.tiling = new Tiling(d);
        this.program = card.program(d);
        this.memory = new Allocations(card);
        try {
            LossWeights loss = LossWeights.of(data, settings);
            userFactors = memory.of(start.userFactors());
            itemFactors = memory.of(start.itemFactors());
            heads = memory.of(flat(start.heads()));
            weights = memory.of(pairs(settings.behaviors()));
            itemWeights = settings.popularityExponent() == 0 ? null : memory.of(loss.items());
            userGram = memory.doubles(tiling.sums());
            itemGram = memory.doubles(tiling.sums());
            gramFloats = memory.words((long) d * d);
            base = memory.words((long) d * d);
            headSums = memory.doubles((long) behaviors * tiling.sums());
            headWork = memory.doubles((long) behaviors * d * d);
            losses = memory.doubles(behaviors);
            sums = new SymmetricSums(card, memory, d, behaviors);
            matrixShared = tiling.sharesMatrix(card.sharedLimit());
            residentBlocks = card.resident(solveRows(), tiling.threads(), solveShared());
            scratch = matrixShared ? Memory.NONE : memory.words((long) residentBlocks * d * d);
            // Users' positives have their rows beside them, for the heads.
            long share = card.room() / 4;
            byUser = new Positives(card, memory, data.byUser(), share);
            rowOf = memory.words(byUser.most());
            byItem = new Positives(card, memory, data.byItem(), share);
            slotSums = memory.words((long) Math.max(byUser.slotsUsed(), byItem.slotsUsed()) * tiling.sums());
            if (byUser.blocks() == 1) {
                findRows(byUser.load(0));
            }
            gram(false);
        } catch (RuntimeException | Error e) {
            memory.giveUp(e);
            throw e;
        }
    }

    static float[] flat(float[][] heads) {
        int d = heads[0].length;
        float[] all = new float[heads.length * d];
        for (int k = 0; k < heads.length; k++) {
            System.arraycopy(heads[k], 0, all, k * d, d);
        }
        return all;
    }

    /** λ_k and c_k. */
    static float[] pairs(List<Hyperparameters.Weight> behaviors) {
        float[] pairs = new float[2 * behaviors.size()];
        for (int k = 0; k < behaviors.size(); k++) {
            pairs[2 * k] = behaviors.get(k).lambda();
            pairs[2 * k + 1] = behaviors.get(k).negativeWeight();
        }
        return pairs;
    }

    private Program.Kernel solveRows() {
        return program.kernel("solve_rows_" + tiling.tile());
    }

    private int solveShared() {
        return tiling.solveShared(matrixShared);
    }

    /** Blocks of rows that the positives of users, or of items, come in; 1 when they stay. */
    int blocks(boolean ofUsers) {
        return (ofUsers ? byUser : byItem).blocks();
    }

    @Override
    public void pace(float factor, float share) {
        relaxation = factor;
        reduction = share;
    }

    @Override
    public double sweep(DoubleConsumer progress) {
        solve(true);
        progress.accept(USERS_SHARE);
        solve(false);
        progress.accept(USERS_SHARE + ITEMS_SHARE);
        return heads();
    }

    private void checkCanceled() {
        if (listener.canceled() || Thread.currentThread().isInterrupted()) {
            throw new CancellationException("The training was canceled.");
        }
    }

    /** All users, or all items, and their Gram matrix. */
    void solve(boolean ofUsers) {
        Positives positives = ofUsers ? byUser : byItem;
        int columns = (d * d + THREADS - 1) / THREADS;
        if (!ofUsers) {
            gram(true);
        }
        // The items' stands from the end of the last sweep; one place for floats is enough for both.
        card.launch(
                program.kernel("dense_base"), columns, 1, THREADS, 0, d, behaviors, heads, weights, gramFloats, base);
        for (int b = 0; b < positives.blocks(); b++) {
            checkCanceled();
            Positives.Block block = positives.load(b);
            for (Positives.Wave wave : block.waves()) {
                sumParts(ofUsers, positives, block, wave);
                solveRows(ofUsers, positives, block, wave.row(), wave.rows(), positives.slots(wave));
            }
            int others = block.rows() - block.longRows();
            if (others > 0) {
                solveRows(ofUsers, positives, block, block.longRows(), others, Memory.NONE);
            }
        }
    }

    private void sumParts(boolean ofUsers, Positives positives, Positives.Block block, Positives.Wave wave) {
        card.launch(
                program.kernel("sum_parts_" + tiling.tile()),
                wave.parts(),
                1,
                tiling.threads(),
                tiling.partsShared(),
                d,
                ofUsers ? itemFactors : userFactors,
                heads,
                weights,
                ofUsers ? Memory.NONE : SymmetricSums.or(itemWeights),
                ofUsers ? SymmetricSums.or(itemWeights) : Memory.NONE,
                positives.offsets(),
                positives.columns(),
                positives.shift(),
                block.rows(),
                behaviors,
                block.from(),
                positives.work(wave),
                slotSums);
    }

    private void solveRows(
            boolean ofUsers, Positives positives, Positives.Block block, int from, int count, Memory slots) {
        card.launch(
                solveRows(),
                Math.min(count, residentBlocks),
                1,
                tiling.threads(),
                solveShared(),
                d,
                ofUsers ? itemFactors : userFactors,
                heads,
                weights,
                ofUsers ? Memory.NONE : SymmetricSums.or(itemWeights),
                ofUsers ? SymmetricSums.or(itemWeights) : Memory.NONE,
                base,
                positives.offsets(),
                positives.columns(),
                positives.shift(),
                block.rows(),
                behaviors,
                block.from(),
                positives.list(from),
                count,
                slots,
                slotSums,
                ofUsers ? userFactors : itemFactors,
                relaxation,
                reduction,
                Descent.ACCURACY,
                1 / settings.keep() - 1,
                scratch);
    }

    private void gram(boolean ofUsers) {
        sums.of(
                ofUsers
                        ? SymmetricSums.Terms.rows(userFactors, null, data.users())
                        : SymmetricSums.Terms.rows(itemFactors, itemWeights, data.items()),
                ofUsers ? userGram : itemGram,
                gramFloats);
    }

    /** Every h_k; the result is the loss that it ends at. */
    double heads() {
        gram(false);
        for (int k = 0; k < behaviors; k++) {
            sums.begin(k, userFactors);
        }
        for (int b = 0; b < byUser.blocks(); b++) {
            checkCanceled();
            Positives.Block block = byUser.load(b);
            if (byUser.blocks() > 1) {
                findRows(block);
            }
            for (int k = 0; k < behaviors; k++) {
                sums.add(
                        k,
                        new SymmetricSums.Terms(
                                userFactors,
                                itemFactors,
                                rowOf,
                                byUser.columns(),
                                itemWeights,
                                settings.behaviors().get(k).negativeWeight(),
                                byUser.first(block, k),
                                byUser.count(block, k)),
                        true);
            }
        }
        for (int k = 0; k < behaviors; k++) {
            sums.total(k, headSums.from(8L * k * tiling.sums()));
        }
        card.launch(
                program.kernel("solve_heads"),
                behaviors,
                1,
                THREADS,
                tiling.headsShared(),
                d,
                weights,
                settings.keep(),
                headSums,
                userGram,
                itemGram,
                headWork,
                heads,
                losses);
        double[] byBehavior = new double[behaviors];
        card.read(losses, byBehavior);
        double loss = 0;
        for (double part : byBehavior) {
            loss += part;
        }
        return loss;
    }

    private void findRows(Positives.Block block) {
        int columns = (int) ((32L * block.rows() + THREADS - 1) / THREADS);
        card.launch(
                program.kernel("rows_of_positives"),
                columns,
                1,
                THREADS,
                0,
                byUser.offsets(),
                byUser.shift(),
                block.rows(),
                behaviors,
                block.from(),
                rowOf);
    }

    @Override
    public EhcfModel model() {
        float[] users = new float[Math.multiplyExact(data.users(), d)];
        float[] items = new float[Math.multiplyExact(data.items(), d)];
        float[] all = new float[behaviors * d];
        card.read(userFactors, users);
        card.read(itemFactors, items);
        card.read(heads, all);
        return new EhcfModel(d, users, items, split(all, d));
    }

    static float[][] split(float[] all, int d) {
        float[][] heads = new float[all.length / d][d];
        for (int k = 0; k < heads.length; k++) {
            System.arraycopy(all, k * d, heads[k], 0, d);
        }
        return heads;
    }

    @Override
    public void close() {
        memory.close();
    }
}
