package io.wholecart.cuda;

import io.wholecart.ehcf.AdagradSolver;
import io.wholecart.ehcf.Descent;
import io.wholecart.ehcf.EhcfModel;
import io.wholecart.ehcf.ExactSolver;
import io.wholecart.ehcf.ExactStart;
import io.wholecart.ehcf.Hyperparameters;
import io.wholecart.ehcf.Solver;
import io.wholecart.evaluation.Ranker;
import io.wholecart.interaction.Interactions;
import io.wholecart.interaction.Snapshot;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.LongFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What solves and ranks: a CUDA card where there is one and it is wanted, else this machine's processor. A card is looked for
 * when there is something to do for it, once. Whatever it fails at, the processor does instead: no run is lost.
 */
public final class Engine {

    /** Which one is wanted; {@code CUDA} differs from {@code AUTO} only in how its absence is told. */
    public enum Choice {
        AUTO,
        CPU,
        CUDA
    }

    /** Told what is done where. */
    public interface Watch {

        /** Something begins on this engine, {@code cpu} or {@code cuda}; told when it is another one than the last time. */
        void begins(String work, String engine, String description);

        /** Something was solved on this engine. */
        void solved(String work, String engine);

        /** The processor does it instead; told once where there is no card. */
        void fallsBack(String work, CardException why);
    }

    public static final String PROCESSOR = "cpu";
    public static final String CARD = "cuda";

    private final Choice choice;
    private final int threads;
    private final Watch watch;
    private final LongFunction<Card> opening;
    private final long memory;
    private @Nullable Card card;
    private boolean tried;
    private String told = "";

    /**
     * An engine.
     *
     * @param threads of the processor, at least 1
     */
    public Engine(Choice choice, int threads, Watch watch) {
        this(choice, threads, watch, Card::open, Long.MAX_VALUE);
    }

    /** The same with a card that is opened otherwise, and with so much of its memory. */
    Engine(Choice choice, int threads, Watch watch, LongFunction<Card> opening, long memory) {
        this.choice = choice;
        this.threads = threads;
        this.watch = watch;
        this.opening = opening;
        this.memory = memory;
    }

    /** Every solver there is. */
    public List<Solver> solvers() {
        return List.of(
                new Either(new ExactSolver(threads), Engine::exact),
                new Either(new AdagradSolver(threads), Engine::adagrad));
    }

    /** Ranks held-out items. */
    public Ranker ranker() {
        return this::rank;
    }

    /** What is done on a card. */
    private interface OnCard {
        EhcfModel solve(
                Card card,
                Interactions data,
                Hyperparameters settings,
                @Nullable EhcfModel start,
                Solver.Listener listener);
    }

    private static EhcfModel exact(
            Card card,
            Interactions data,
            Hyperparameters settings,
            @Nullable EhcfModel start,
            Solver.Listener listener) {
        EhcfModel begun = ExactStart.of(data, settings, start, listener);
        try (ExactOnCard sweeps = new ExactOnCard(card, data, settings, begun, listener)) {
            return Descent.run(sweeps, settings, start != null, listener);
        }
    }

    private static EhcfModel adagrad(
            Card card,
            Interactions data,
            Hyperparameters settings,
            @Nullable EhcfModel start,
            Solver.Listener listener) {
        try (AdagradOnCard epochs = new AdagradOnCard(card, data, settings)) {
            for (int i = 1; i <= settings.iterations(); i++) {
                listener.iteration(i, epochs.epoch(i - 1, listener), epochs::model);
            }
            return epochs.model();
        }
    }

    private Ranker.Ranks rank(EhcfModel model, Snapshot.Split split, int[] users, BooleanSupplier canceled) {
        Card found = card("ranking").orElse(null);
        if (found != null) {
            try {
                return on(found, () -> new RankingOnCard(found, model, split).rank(users, canceled));
            } catch (CardException e) {
                failed("ranking", e);
            }
        }
        return Ranker.PROCESSOR.rank(model, split, users, canceled);
    }

    /** One after the other on a card. */
    private static <T> T on(Card card, Supplier<T> work) {
        synchronized (card) {
            card.enter();
            try {
                return work.get();
            } catch (OutOfMemoryError e) {
                // Most likely of what is copied through, outside of the heap: the processor needs none of that.
                throw new CardException(
                        CardException.Reason.MEMORY, "no memory for the card's copies: " + e.getMessage(), e);
            }
        }
    }

    private void begins(String work, String engine, String description) {
        synchronized (this) {
            String now = work + " " + engine;
            if (now.equals(told)) {
                return;
            }
            told = now;
        }
        watch.begins(work, engine, description);
    }

    /** The card, looked for at the first call. */
    private synchronized Optional<Card> card(String work) {
        if (choice != Choice.CPU && !tried) {
            tried = true;
            try {
                card = opening.apply(memory);
            } catch (CardException e) {
                watch.fallsBack(work, e);
            }
        }
        return Optional.ofNullable(card);
    }

    /** After anything but a lack of memory a card is not used any more: CUDA's contexts do not recover. */
    private synchronized void failed(String work, CardException why) {
        watch.fallsBack(work, why);
        if (why.reason() == CardException.Reason.FAILURE) {
            card = null;
        }
    }

    /** A solver on the card if it can be, else on the processor. */
    private final class Either implements Solver {

        private final Solver processor;
        private final OnCard onCard;

        Either(Solver processor, OnCard onCard) {
            this.processor = processor;
            this.onCard = onCard;
        }

        @Override
        public String name() {
            return processor.name();
        }

        @Override
        public long capacity() {
            return processor.capacity();
        }

        @Override
        public long memory(long users, long items, Hyperparameters settings) {
            return processor.memory(users, items, settings);
        }

        @Override
        public boolean continues() {
            return processor.continues();
        }

        @Override
        public EhcfModel solve(
                Interactions data, Hyperparameters settings, @Nullable EhcfModel start, Solver.Listener progress) {
            Card found = start != null && !continues() ? null : card(name()).orElse(null);
            if (found != null) {
                try {
                    EhcfModel model = on(found, () -> {
                        begins(name(), CARD, found.name());
                        return onCard.solve(found, data, settings, start, progress);
                    });
                    watch.solved(name(), CARD);
                    return model;
                } catch (CardException e) {
                    failed(name(), e);
                }
            }
            begins(name(), PROCESSOR, threads + " threads");
            EhcfModel model = processor.solve(data, settings, start, progress);
            watch.solved(name(), PROCESSOR);
            return model;
        }
    }
}
