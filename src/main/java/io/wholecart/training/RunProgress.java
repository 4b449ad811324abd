package io.wholecart.training;

import io.wholecart.ehcf.EhcfModel;
import io.wholecart.ehcf.Solver;
import io.wholecart.experiment.Trial;
import io.wholecart.experiment.Tuner;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How far the run is: written by the pipeline, read by the heartbeat. */
final class RunProgress implements Solver.Listener, Tuner.Listener {

    private static final Logger log = LoggerFactory.getLogger(RunProgress.class);

    private final Consumer<Trial> trials;
    private final Queue<Curve.Point> points = new ConcurrentLinkedQueue<>();
    private final Map<String, Long> timings = new LinkedHashMap<>();
    private volatile TrainingRun.Progress state;
    private volatile double iterationsDone;
    private volatile boolean canceled;
    private @Nullable ToDoubleFunction<EhcfModel> measure;

    /** Follows a run of so many iterations; trials, should there be any, are passed on. */
    RunProgress(int iterations, Consumer<Trial> trials) {
        this.state = new TrainingRun.Progress(null, 0, iterations, null);
        this.trials = trials;
    }

    void phase(String name) {
        state = new TrainingRun.Progress(name, state.iteration(), state.iterations(), state.loss());
    }

    synchronized void took(String phase, long millis) {
        timings.put(phase, millis);
    }

    /** Milliseconds of the phases that have ended. */
    synchronized Map<String, Long> timings() {
        return new LinkedHashMap<>(timings);
    }

    /**
     * Tells how many iterations there will be, which tuning may have changed.
     *
     * @param measuring what is told of the model after each; null for nothing
     */
    void expect(int iterations, @Nullable ToDoubleFunction<EhcfModel> measuring) {
        iterationsDone = 0;
        measure = measuring;
        state = new TrainingRun.Progress(state.phase(), 0, iterations, null);
    }

    @Override
    public void iteration(int done, double loss) {
        reached(done, loss, null);
    }

    @Override
    public void iteration(int done, double loss, Supplier<EhcfModel> model) {
        reached(done, loss, measure == null ? null : (Double) measure.applyAsDouble(model.get()));
    }

    private void reached(int done, double loss, @Nullable Double metric) {
        state = new TrainingRun.Progress(state.phase(), done, state.iterations(), loss);
        points.add(new Curve.Point(done, loss, metric));
        log.info(
                "Iteration {} of {}: loss {}{}",
                done,
                state.iterations(),
                loss,
                metric == null ? "" : ", of some held-out items " + Math.round(metric * 1e4) / 1e4);
    }

    /** What was reached and is not kept yet. */
    Queue<Curve.Point> points() {
        return points;
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
