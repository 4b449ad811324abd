package io.wholecart.training;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.wholecart.experiment.TrainingParameters;
import io.wholecart.experiment.Trial;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.EnumType;
import jakarta.persistence.Enumerated;
import jakarta.persistence.GeneratedValue;
import jakarta.persistence.GenerationType;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.hibernate.annotations.JdbcTypeCode;
import org.hibernate.type.SqlTypes;
import org.jspecify.annotations.Nullable;

/** One training run: the request, the claim of a worker, how far it is and how it ended. */
@Entity
@Table(name = "training_run")
class TrainingRun {

    /** A run's way; the last three are final. */
    enum Status {
        QUEUED,
        RUNNING,
        SUCCEEDED,
        FAILED,
        CANCELED
    }

    /** Who asked for the run. */
    enum Trigger {
        MANUAL,
        SCHEDULE,
        EVENTS,
        DEMO
    }

    @Id
    @GeneratedValue(strategy = GenerationType.IDENTITY)
    private @Nullable Long id;

    @Enumerated(EnumType.STRING)
    private Status status = Status.QUEUED;

    @Enumerated(EnumType.STRING)
    private Trigger trigger = Trigger.MANUAL;

    @JdbcTypeCode(SqlTypes.JSON)
    private TrainingParameters parameters;

    /** What the search found, where there was one. */
    @JdbcTypeCode(SqlTypes.JSON)
    private @Nullable TrainingParameters winner;

    private @Nullable String phase;
    private int iteration;
    /** What the search found, as soon as it has, in place of what was asked for. */
    private @Nullable Integer iterations;

    private @Nullable Double loss;

    @JdbcTypeCode(SqlTypes.JSON)
    private @Nullable Map<String, Object> metrics;

    @Column(name = "model_version")
    private @Nullable Integer modelVersion;

    @Column(name = "snapshot_at")
    private @Nullable Instant snapshotAt;

    @Column(name = "created_at")
    private Instant createdAt = Instant.EPOCH;

    @Column(name = "started_at")
    private @Nullable Instant startedAt;

    @Column(name = "finished_at")
    private @Nullable Instant finishedAt;

    private @Nullable String error;
    /** Milliseconds of each phase. */
    @JdbcTypeCode(SqlTypes.JSON)
    private Map<String, Long> timings = Map.of();

    /** Why the model was held back. */
    private @Nullable String gate;
    /** Read by the queries that ask whose the run is. */
    @SuppressWarnings("UnusedVariable")
    private @Nullable UUID worker;

    private int attempts;

    /** For JPA. */
    @SuppressWarnings("NullAway.Init")
    protected TrainingRun() {}

    TrainingRun(Trigger trigger, TrainingParameters parameters, Instant now) {
        this.trigger = trigger;
        this.parameters = parameters;
        // As PostgreSQL keeps it, so that the first answer does not differ from the later ones.
        this.createdAt = now.truncatedTo(ChronoUnit.MICROS);
    }

    long id() {
        return Objects.requireNonNull(id, "not saved yet");
    }

    TrainingParameters parameters() {
        return parameters;
    }

    @Nullable TrainingParameters winner() {
        return winner;
    }

    int attempts() {
        return attempts;
    }

    boolean active() {
        return status == Status.QUEUED || status == Status.RUNNING;
    }

    void claim(UUID by, Instant now) {
        status = Status.RUNNING;
        worker = by;
        startedAt = now;
        attempts++;
        phase = null;
        iteration = 0;
        iterations = null;
        loss = null;
    }

    void succeed(int version, Progress end, Map<String, Long> took, TrainingPipeline.Outcome outcome, Instant now) {
        timings = took;
        status = Status.SUCCEEDED;
        phase = end.phase();
        iteration = end.iteration();
        iterations = end.iterations();
        loss = end.loss();
        modelVersion = version;
        metrics = outcome.artifact().metrics();
        winner = outcome.winner();
        snapshotAt = outcome.snapshotAt();
        gate = outcome.held();
        finishedAt = now;
    }

    void fail(String reason, Instant now) {
        status = Status.FAILED;
        error = reason;
        finishedAt = now;
    }

    void cancel(Instant now) {
        status = Status.CANCELED;
        finishedAt = now;
    }

    /** Gives the run back, for another worker or this one after its restart. */
    void release() {
        status = Status.QUEUED;
        worker = null;
        startedAt = null;
        phase = null;
        iteration = 0;
        iterations = null;
        loss = null;
        timings = Map.of();
        attempts--;
    }

    /**
     * A run as the API shows it.
     *
     * @param timings milliseconds of each phase
     * @param gate why the model was held back, where it was
     * @param curve what was reached after each iteration; none in the list of all runs
     * @param tuning the search, for a run that tunes
     */
    record View(
            long id,
            Status status,
            Trigger trigger,
            TrainingParameters parameters,
            Progress progress,
            @Nullable Map<String, Object> metrics,
            @Nullable Integer modelVersion,
            Instant createdAt,
            @Nullable Instant startedAt,
            @Nullable Instant finishedAt,
            @Nullable String error,
            Map<String, Long> timings,

            @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String gate,

            @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable List<Curve.Point> curve,

            @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Tuning tuning) {}

    /**
     * A search as the API shows it.
     *
     * @param winner the parameters that it found, once the run has ended well
     * @param trials in their order; none in the list of all runs
     */
    record Tuning(@Nullable TrainingParameters winner, List<Trial> trials) {}

    /**
     * How far a run is.
     *
     * @param iteration iterations done
     * @param iterations iterations asked for
     * @param loss after the last one done
     */
    record Progress(
            @Nullable String phase,
            int iteration,
            int iterations,
            @Nullable Double loss) {}

    /** Without what stands in rows beside it. */
    View view() {
        return view(null, List.of());
    }

    View view(@Nullable List<Curve.Point> curve, List<Trial> trials) {
        return new View(
                id(),
                status,
                trigger,
                parameters,
                new Progress(phase, iteration, iterations == null ? parameters.iterations() : iterations, loss),
                metrics,
                modelVersion,
                createdAt,
                startedAt,
                finishedAt,
                error,
                timings,
                gate,
                curve,
                parameters.tune() ? new Tuning(winner, trials) : null);
    }
}
