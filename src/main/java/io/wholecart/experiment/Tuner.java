package io.wholecart.experiment;

import io.wholecart.ehcf.EhcfModel;
import io.wholecart.ehcf.Solver;
import io.wholecart.evaluation.Evaluation;
import io.wholecart.evaluation.LeaveOneOut;
import io.wholecart.evaluation.Metric;
import io.wholecart.evaluation.Ranker;
import io.wholecart.interaction.Snapshot;
import io.wholecart.platform.NotEnoughMemoryException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.stream.IntStream;

/**
 * Searches for the parameters that rank held-out validation items best: Hyperband (Li et al. 2018), successive halving
 * that begins more and less briefly in turn, until the budget is used up. A first round draws nine sets, trains all of
 * them briefly, the best third for longer and the best of those in full; the next draws fewer and begins longer, for
 * what only shows after a while. Rounds after the first draw half of their sets near the best so far.
 */
public final class Tuner {

    /** What is learned of a search as it goes on. */
    public interface Listener {

        /** A trial ended. */
        void trial(Trial trial);

        /**
         * Asked before each trial: throws where there would be no memory to train with these in the end.
         *
         * @throws NotEnoughMemoryException which leaves these parameters out
         */
        default void requireRoom(TrainingParameters parameters) {}

        /** Whether the search should give up; called often. */
        boolean canceled();
    }

    private static final int ROUND = 9;
    private static final int PROMOTED_SHARE = 3;
    private static final int PARENTS = 3;
    /** Enough to tell a hit ratio of 0.25 to half a point; all trials see the same users. */
    private static final int MAX_USERS = 8_192;

    private static final long SEED = 20_160_604;

    private static final Comparator<Trial> BEST_LAST =
            Comparator.comparingDouble(trial -> trial.value() == null ? Double.NEGATIVE_INFINITY : trial.value());

    private final Solver solver;
    private final Ranker ranker;
    private final Snapshot.Split validation;
    private final TrainingParameters base;
    private final Listener listener;
    private final Metric metric;
    private final Random random = new Random(SEED);
    private final SearchSpace space;
    private final int[] users;
    private final long deadline;
    private final List<Trial> trials = new ArrayList<>();
    private int rounds;

    private Tuner(Solver solver, Ranker ranker, Snapshot known, TrainingParameters base, Listener listener) {
        this.solver = solver;
        this.ranker = ranker;
        this.validation = known.leaveOneOut();
        this.base = base;
        this.listener = listener;
        this.metric = Metric.parse(base.tuning().metric());
        this.space = new SearchSpace(base, random);
        this.users = sample(validation.testUsers());
        this.deadline =
                System.nanoTime() + Duration.ofSeconds(base.tuning().seconds()).toNanos();
    }

    /**
     * Searches until the budget of the base's {@code tuning} is used up; the first trial, the base, may take longer.
     *
     * @param known events to learn from and, each user's last target event, to measure on; no test item may be in it
     * @param base tried first, and what the others differ from
     * @return the parameters of the best trial
     * @throws CancellationException when the listener wanted to stop
     * @throws UnfitDataException when there is nothing to measure on, or no trial came to a model
     */
    public static TrainingParameters search(
            Solver solver, Ranker ranker, Snapshot known, TrainingParameters base, Listener listener) {
        return new Tuner(solver, ranker, known, base, listener).search();
    }

    private TrainingParameters search() {
        if (users.length == 0) {
            throw new UnfitDataException("Tuning needs users with at least three target events (two where nothing is"
                    + " held out for the final measure): there are none.");
        }
        try {
            do {
                round();
            } while (!over());
        } catch (CancellationException e) {
            // A trial was broken off: the budget is used up, or somebody wants to stop.
        }
        if (listener.canceled()) {
            throw new CancellationException("The search was canceled.");
        }
        return trials.stream()
                .filter(trial -> trial.value() != null)
                .max(BEST_LAST)
                .map(this::settled)
                .orElseThrow(() -> new UnfitDataException(
                        "None of " + trials.size() + " trials came to a model whose numbers are finite."));
    }

    /** A short trial's parameters stay short only where the same ones, trained for longer, did worse. */
    private TrainingParameters settled(Trial best) {
        TrainingParameters parameters = best.parameters();
        boolean triedLonger = trials.stream()
                .map(Trial::parameters)
                .anyMatch(other -> other.iterations() > parameters.iterations()
                        && parameters.iterating(other.iterations()).equals(other));
        return triedLonger ? parameters : parameters.iterating(base.iterations());
    }

    private void round() {
        int[] rungs = rungs();
        int first = rounds++ % rungs.length;
        List<TrainingParameters> candidates = draw(ROUND / (first + 1));
        for (int rung = first; rung < rungs.length; rung++) {
            List<Trial> tried = new ArrayList<>();
            for (TrainingParameters candidate : candidates) {
                tried.add(attempt(candidate.iterating(rungs[rung])));
            }
            tried.sort(BEST_LAST.reversed());
            candidates = tried.stream()
                    .limit(Math.max(1, tried.size() / PROMOTED_SHARE))
                    .map(Trial::parameters)
                    .toList();
        }
    }

    /** A ninth, a third and all of the base's iterations; two at least, as one sweep tells little. */
    private int[] rungs() {
        int full = base.iterations();
        return IntStream.of(Math.max(Math.min(2, full), full / 9), Math.max(Math.min(2, full), full / 3), full)
                .distinct()
                .toArray();
    }

    private List<TrainingParameters> draw(int count) {
        List<TrainingParameters> parents = trials.stream()
                .sorted(BEST_LAST.reversed())
                .limit(PARENTS)
                .map(Trial::parameters)
                .toList();
        List<TrainingParameters> drawn = new ArrayList<>();
        if (parents.isEmpty()) {
            drawn.add(base);
        }
        while (drawn.size() < count) {
            boolean near = !parents.isEmpty() && random.nextBoolean();
            drawn.add(near ? space.near(parents.get(random.nextInt(parents.size()))) : space.anywhere());
        }
        return drawn;
    }

    private Trial attempt(TrainingParameters parameters) {
        long started = System.nanoTime();
        Double value = null;
        Evaluation metrics = null;
        try {
            listener.requireRoom(parameters);
            EhcfModel model = Training.solve(
                    solver,
                    validation.train(),
                    parameters.hyperparameters(validation.train().behaviors()),
                    null,
                    solving());
            metrics = LeaveOneOut.evaluate(model, validation, users, ranker, this::over);
            value = metric.of(metrics);
        } catch (UnfitDataException e) {
            // These parameters gave no usable model: a trial without a value.
        } catch (NotEnoughMemoryException | OutOfMemoryError e) {
            // So many factors do not fit beside the data; others may.
            if (trials.isEmpty()) {
                throw e;
            }
        }
        Trial trial = new Trial(trials.size() + 1, parameters, value, metrics, (System.nanoTime() - started) / 1e9);
        trials.add(trial);
        listener.trial(trial);
        return trial;
    }

    private Solver.Listener solving() {
        return new Solver.Listener() {
            @Override
            public void iteration(int done, double loss) {
                // A trial is short; what counts is its end.
            }

            @Override
            public boolean canceled() {
                return over();
            }
        };
    }

    private boolean over() {
        return listener.canceled() || (!trials.isEmpty() && System.nanoTime() >= deadline);
    }

    private int[] sample(int[] all) {
        int[] shuffled = all.clone();
        for (int i = 0; i < Math.min(MAX_USERS, shuffled.length); i++) {
            int j = i + random.nextInt(shuffled.length - i);
            int swapped = shuffled[i];
            shuffled[i] = shuffled[j];
            shuffled[j] = swapped;
        }
        return IntStream.of(shuffled).limit(MAX_USERS).sorted().toArray();
    }
}
