package io.wholecart.training;

import io.micrometer.core.instrument.MeterRegistry;
import io.wholecart.experiment.TrainingParameters;
import io.wholecart.experiment.Trial;
import io.wholecart.experiment.UnfitDataException;
import io.wholecart.platform.NotEnoughMemoryException;
import io.wholecart.platform.WholecartProperties;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/** Claims runs and works them off, one at a time, on a node with the role {@code trainer}. */
@Component
class TrainingWorker implements SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(TrainingWorker.class);
    private static final long POLL_MILLIS = 500;
    private static final long HEARTBEAT_MILLIS = 500;

    private final UUID id = UUID.randomUUID();
    private final TrainingRuns runs;
    private final TrainingPipeline pipeline;
    private final MeterRegistry meters;
    private final boolean trainer;
    private @Nullable ScheduledExecutorService threads;
    private volatile @Nullable RunProgress current;
    private volatile boolean stopping;

    TrainingWorker(TrainingRuns runs, TrainingPipeline pipeline, MeterRegistry meters, WholecartProperties properties) {
        this.runs = runs;
        this.pipeline = pipeline;
        this.meters = meters;
        this.trainer = properties.roles().contains(WholecartProperties.Role.TRAINER);
        meters.gauge("wholecart.training.progress.ratio", this, worker -> {
            RunProgress progress = worker.current;
            return progress == null ? Double.NaN : progress.ratio();
        });
        meters.gauge("wholecart.training.loss", this, worker -> {
            RunProgress progress = worker.current;
            Double loss = progress == null ? null : progress.loss();
            return loss == null ? Double.NaN : loss;
        });
    }

    @Override
    public synchronized void start() {
        if (!trainer || threads != null) {
            return;
        }
        stopping = false;
        threads = Executors.newScheduledThreadPool(1, runnable -> new Thread(runnable, "wholecart-trainer"));
        threads.scheduleWithFixedDelay(this::claimAndRun, POLL_MILLIS, POLL_MILLIS, TimeUnit.MILLISECONDS);
    }

    @Override
    public synchronized void stop() {
        if (threads == null) {
            return;
        }
        stopping = true;
        RunProgress progress = current;
        if (progress != null) {
            progress.cancel();
        }
        threads.shutdown();
        try {
            if (!threads.awaitTermination(15, TimeUnit.SECONDS)) {
                log.warn("The training did not stop in time; another trainer will take it up");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        threads = null;
    }

    @Override
    public synchronized boolean isRunning() {
        return threads != null;
    }

    private void claimAndRun() {
        try {
            Optional<TrainingRun> claimed = runs.claim(id);
            claimed.ifPresent(run -> work(run.id(), run.parameters()));
        } catch (RuntimeException | Error e) {
            // The database may be away; the next poll tries again. An error must not end the polling either.
            log.warn("Could not look for training runs: {}", e.toString());
        }
    }

    private void work(long run, TrainingParameters parameters) {
        log.info("Training run {} starts: {}", run, parameters);
        RunProgress progress = new RunProgress(parameters.iterations(), trial -> keep(run, trial));
        current = progress;
        ScheduledExecutorService heart =
                Executors.newSingleThreadScheduledExecutor(r -> new Thread(r, "wholecart-heartbeat"));
        try (TerminalBar bar = new TerminalBar(run)) {
            heart.scheduleWithFixedDelay(() -> beat(run, progress, bar), 0, HEARTBEAT_MILLIS, TimeUnit.MILLISECONDS);
            if (stopping) {
                progress.cancel();
            }
            TrainingPipeline.Outcome outcome = pipeline.run(parameters, progress);
            int version = runs.succeed(run, id, progress, outcome);
            if (outcome.held() == null) {
                log.info("Training run {} succeeded: model version {}", run, version);
            } else {
                log.warn("Training run {} made model version {}. {}", run, version, outcome.held());
            }
            count(outcome.held() == null ? "succeeded" : "held");
        } catch (CancellationException e) {
            if (stopping) {
                runs.release(run, id);
                log.info("Training run {} goes back to the queue: this node stops", run);
            } else {
                log.info("Training run {} was canceled", run);
                count("canceled");
            }
        } catch (UnfitDataException | NotEnoughMemoryException e) {
            fail(run, String.valueOf(e.getMessage()));
        } catch (OutOfMemoryError e) {
            fail(run, "Not enough memory for this data and so many factors: raise -Xmx or lower factors.");
        } catch (RuntimeException | Error e) {
            log.error("Training run {} failed", run, e);
            fail(run, e.toString());
        } finally {
            heart.shutdownNow();
            current = null;
        }
    }

    private void keep(long run, Trial trial) {
        try {
            runs.keep(run, id, trial);
        } catch (RuntimeException e) {
            // The search goes on, as it does without a heartbeat: the database may come back.
            log.warn("Trial {} of training run {} is not recorded: {}", trial.number(), run, e.toString());
        }
    }

    private void beat(long run, RunProgress progress, TerminalBar bar) {
        try {
            bar.show(progress);
            if (!runs.heartbeat(run, id, progress)) {
                progress.cancel();
            }
        } catch (RuntimeException | Error e) {
            // What gets out of here ends the heartbeat for good, and a lack of memory hits whoever asks next.
            log.warn("No heartbeat for training run {}: {}", run, e.toString());
        }
    }

    private void fail(long run, String reason) {
        log.warn("Training run {} failed: {}", run, reason);
        runs.fail(run, id, reason);
        count("failed");
    }

    private void count(String outcome) {
        meters.counter("wholecart.training.runs", "outcome", outcome).increment();
    }
}
