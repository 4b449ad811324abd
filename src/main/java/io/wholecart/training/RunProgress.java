package io.wholecart.training;

import io.wholecart.ehcf.Solver;
import io.wholecart.experiment.Trial;
import io.wholecart.experiment.Tuner;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How far the run is: written by the pipeline, read by the heartbeat. */
final class RunProgress implements Solver.Listener, Tuner.Listener {

    private static final Logger log = LoggerFactory.getLogger(RunProgress.class);

    private final Consumer<Trial> trials;
    private volatile TrainingRun.Progress state;
    private volatile double iterationsDone;
    private volatile boolean canceled;

    /** Follows a run of so many iterations; trials, should there be any, are passed on. */
    RunProgress(int iterations, Consumer<Trial> trials) {
        this.state = new TrainingRun.Progress(null, 0, iterations, null);
        this.trials = trials;
    }

    void phase(String name) {
        state = new TrainingRun.Progress(name, state.iteration(), state.iterations(), state.loss());
    }

    /** Tells how many iterations there will be, which tuning may have changed. */
    void expect(int iterations) {
        iterationsDone = 0;
        state = new TrainingRun.Progress(state.phase(), 0, iterations, null);
    }

    @Override
    public void iteration(int done, double loss) {
        state = new TrainingRun.Progress(state.phase(), done, state.iterations(), loss);
        log.info("Iteration {} of {}: loss {}", done, state.iterations(), loss);
    }

    @Override
    public void trial(Trial trial) {
        log.info("Trial {}: {} with {}", trial.number(), trial.value(), trial.parameters());
        trials.accept(trial);
    }

    TrainingRun.Progress state() {
        return state;
    }

    @Override
    public void progress(double iterations) {
        iterationsDone = iterations;
    }

    /** Share of the iterations done, with what is done of the one under way. */
    double ratio() {
        TrainingRun.Progress now = state;
        return Math.max(now.iteration(), Math.min(iterationsDone, now.iteration() + 1)) / now.iterations();
    }

    @Nullable Double loss() {
        return state.loss();
    }

    void cancel() {
        canceled = true;
    }

    @Override
    public boolean canceled() {
        return canceled;
    }
}
