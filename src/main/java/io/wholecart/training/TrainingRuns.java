package io.wholecart.training;

import io.wholecart.experiment.ParameterCheck;
import io.wholecart.experiment.ParameterRequest;
import io.wholecart.experiment.TrainingParameters;
import io.wholecart.experiment.Trial;
import io.wholecart.interaction.GrowingSource;
import io.wholecart.model.ModelStore;
import io.wholecart.platform.ApiException;
import io.wholecart.platform.InputError;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;
import tools.jackson.databind.json.JsonMapper;

/** The queue of training runs: rows that any trainer may claim, one at a time in the whole deployment. */
@Service
public class TrainingRuns {

    static final String PATH = "/api/v1/admin/training-runs";

    private static final Logger log = LoggerFactory.getLogger(TrainingRuns.class);
    private static final List<TrainingRun.Status> ACTIVE =
            List.of(TrainingRun.Status.QUEUED, TrainingRun.Status.RUNNING);
    private static final int MAX_ATTEMPTS = 3;

    private final TrainingRunRepository runs;
    private final Trials trials;
    private final TrainingDefaults defaults;
    private final ParameterCheck check;
    private final Curve curve;
    private final GrowingSource events;
    private final ModelStore models;
    private final TrainingProperties properties;
    private final JsonMapper json;
    private final JdbcTemplate jdbc;

    TrainingRuns(
            TrainingRunRepository runs,
            Trials trials,
            TrainingDefaults defaults,
            ParameterCheck check,
            Curve curve,
            GrowingSource events,
            ModelStore models,
            TrainingProperties properties,
            JsonMapper json,
            JdbcTemplate jdbc) {
        this.runs = runs;
        this.trials = trials;
        this.defaults = defaults;
        this.check = check;
        this.curve = curve;
        this.events = events;
        this.models = models;
        this.properties = properties;
        this.json = json;
        this.jdbc = jdbc;
    }

    /** Queues a run with the configured parameters for the demo shop; none when one is under way. */
    public void requestForDemo() {
        request(TrainingRun.Trigger.DEMO, ParameterRequest.empty());
    }

    /** Whether no run is queued or running. */
    public boolean idle() {
        return runs.findFirstByStatusIn(ACTIVE).isEmpty();
    }

    /** Queues a run, or answers 409 with the place of the one that is under way. */
    TrainingRun.View request(TrainingRun.Trigger trigger, ParameterRequest asked) {
        List<InputError> errors = new ArrayList<>();
        TrainingParameters parameters = asked.over(defaults.current(Boolean.TRUE.equals(asked.tune())), errors);
        if (errors.isEmpty()) {
            errors.addAll(check.errors(parameters));
        }
        if (!errors.isEmpty()) {
            throw ApiException.invalid(errors);
        }
        try {
            // The unique index on active runs decides, also between nodes.
            return runs.saveAndFlush(new TrainingRun(trigger, parameters, events.mark()))
                    .view();
        } catch (DataIntegrityViolationException e) {
            Optional<TrainingRun> other = runs.findFirstByStatusIn(ACTIVE);
            String detail = "A training run is queued or running already.";
            ApiException conflict = new ApiException(HttpStatus.CONFLICT, "runInProgress", detail, List.of());
            throw other.isEmpty()
                    ? conflict
                    : conflict.with(
                            HttpHeaders.LOCATION, PATH + "/" + other.get().id());
        }
    }

    /** Queues a scheduled run, unless one is under way or nothing came in since the last one of its kind. */
    void requestScheduled(boolean tune) {
        Instant last = (tune ? runs.lastTunedSnapshot() : runs.lastSnapshot()).orElse(Instant.EPOCH);
        if (events.changesSince(last, 1) == 0) {
            log.info("Scheduled training skipped: no new events since {}", last);
            return;
        }
        requestQuietly(TrainingRun.Trigger.SCHEDULE, tune ? ParameterRequest.search() : unattended());
    }

    /** Queues a run when enough events came in since the last one. */
    void requestAfterEvents() {
        long wanted = properties.afterEvents();
        if (idle() && events.changesSince(runs.lastAttempt().orElse(Instant.EPOCH), wanted) >= wanted) {
            log.info("{} new events: a training run starts", wanted);
            requestQuietly(TrainingRun.Trigger.EVENTS, unattended());
        }
    }

    private void requestQuietly(TrainingRun.Trigger trigger, ParameterRequest asked) {
        try {
            request(trigger, asked);
        } catch (ApiException e) {
            log.info("Training that starts by itself skipped: {}", e.getMessage());
        }
    }

    /** On from the active model where that is wanted and possible, else afresh. */
    private ParameterRequest unattended() {
        TrainingParameters usual = defaults.current(false);
        boolean warm = runs.warmInARow() + 1 < properties.fullEvery()
                && usual.solver().equals("exact")
                && models.activeSuits(usual.factors(), usual.holdout());
        return warm ? ParameterRequest.goingOn(properties.warmIterations()) : ParameterRequest.empty();
    }

    List<TrainingRun.View> list() {
        return runs.findTop100ByOrderByIdDesc().stream().map(TrainingRun::view).toList();
    }

    TrainingRun.View find(long id) {
        return runs.findById(id)
                .map(run -> run.view(curve.of(id), trials.of(id)))
                .orElseThrow(TrainingRuns::unknown);
    }

    /** Without what stands in rows beside it: for those who look again and again. */
    TrainingRun.View glance(long id) {
        return runs.findById(id).map(TrainingRun::view).orElseThrow(TrainingRuns::unknown);
    }

    /** Cancels a run that waits or runs; one that has ended stays as it is. */
    @Transactional
    TrainingRun.View cancel(long id) {
        TrainingRun run = runs.locked(id).orElseThrow(TrainingRuns::unknown);
        if (run.active()) {
            run.cancel(events.mark());
        }
        return run.view(curve.of(id), trials.of(id));
    }

    private static ApiException unknown() {
        return ApiException.notFound("There is no such training run.");
    }

    /** Takes a waiting run, or one whose worker died, for this worker. */
    @Transactional
    Optional<TrainingRun> claim(UUID worker) {
        Optional<TrainingRun> found = runs.claimable();
        if (found.isPresent() && found.get().attempts() >= MAX_ATTEMPTS) {
            found.get().fail("Given up: " + MAX_ATTEMPTS + " workers died while they had it.", events.mark());
            return Optional.empty();
        }
        found.ifPresent(run -> {
            trials.clear(run.id());
            curve.clear(run.id());
            run.claim(worker, events.mark());
            // By the clock that it is compared with.
            jdbc.update("UPDATE training_run SET heartbeat_at = now() WHERE id = ?", run.id());
        });
        return found;
    }

    /**
     * Publishes the model and ends the run well, both or neither; not when the run was taken away meanwhile. That is looked
     * at last: the run's row stays free for signs of life, and for others when there are none, while the model is written.
     */
    @Transactional
    int succeed(long id, UUID worker, RunProgress end, TrainingPipeline.Outcome outcome) {
        int version = models.publish(outcome.artifact(), id, outcome.snapshotAt(), outcome.held() == null);
        curve.keep(id, worker, end.points());
        TrainingRun run = runs.owned(id, worker)
                .orElseThrow(() -> new CancellationException("The run was canceled or given to another trainer."));
        run.succeed(version, end.state(), end.timings(), outcome, events.mark());
        return version;
    }

    /** Records a trial of this worker's run. */
    void keep(long id, UUID worker, Trial trial) {
        trials.add(id, worker, trial);
    }

    @Transactional
    void fail(long id, UUID worker, String reason) {
        runs.owned(id, worker).ifPresent(run -> run.fail(reason, events.mark()));
    }

    @Transactional
    void release(long id, UUID worker) {
        runs.owned(id, worker).ifPresent(TrainingRun::release);
    }

    /** False when the run is no longer this worker's. */
    boolean heartbeat(long id, UUID worker, RunProgress progress) {
        TrainingRun.Progress now = progress.state();
        String phase = now.phase() == null ? "" : now.phase();
        String timings = json.writeValueAsString(progress.timings());
        // One statement that commits by itself: who is stopped in the middle of it leaves no lock.
        boolean ours = jdbc.update(
                        "UPDATE training_run SET heartbeat_at = now(), phase = ?, iteration = ?, iterations = ?, loss = ?,"
                                + " timings = ?::jsonb WHERE id = ? AND worker = ? AND status = 'RUNNING'",
                        phase,
                        now.iteration(),
                        now.iterations(),
                        now.loss(),
                        timings,
                        id,
                        worker)
                == 1;
        if (ours) {
            curve.keep(id, worker, progress.points());
        }
        return ours;
    }
}
