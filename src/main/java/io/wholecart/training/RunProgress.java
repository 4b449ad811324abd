package io.wholecart.training;

import io.wholecart.ehcf.Solver;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How far the run is: written by the pipeline, read by the heartbeat. */
final class RunProgress implements Solver.Listener {

    private static final Logger log = LoggerFactory.getLogger(RunProgress.class);

    private final int iterations;
    private volatile TrainingRun.Progress state;
    private volatile boolean canceled;

    RunProgress(int iterations) {
        this.iterations = iterations;
        this.state = new TrainingRun.Progress(null, 0, iterations, null);
    }

    void phase(String name) {
        state = new TrainingRun.Progress(name, state.iteration(), iterations, state.loss());
    }

    @Override
    public void iteration(int done, double loss) {
        state = new TrainingRun.Progress(state.phase(), done, iterations, loss);
        log.info("Iteration {} of {}: loss {}", done, iterations, loss);
    }

    TrainingRun.Progress state() {
        return state;
    }

    /** Share of the iterations done. */
    double ratio() {
        return (double) state.iteration() / iterations;
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
