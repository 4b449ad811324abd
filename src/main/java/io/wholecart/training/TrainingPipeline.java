package io.wholecart.training;

import io.micrometer.core.instrument.MeterRegistry;
import io.wholecart.ehcf.EhcfModel;
import io.wholecart.ehcf.FoldIn;
import io.wholecart.ehcf.LossWeights;
import io.wholecart.ehcf.Solver;
import io.wholecart.evaluation.Evaluation;
import io.wholecart.evaluation.LeaveOneOut;
import io.wholecart.evaluation.Ranker;
import io.wholecart.experiment.ParameterCheck;
import io.wholecart.experiment.Training;
import io.wholecart.experiment.TrainingParameters;
import io.wholecart.experiment.Trial;
import io.wholecart.experiment.Tuner;
import io.wholecart.experiment.UnfitDataException;
import io.wholecart.interaction.EventSource;
import io.wholecart.interaction.Interactions;
import io.wholecart.interaction.Snapshot;
import io.wholecart.interaction.SnapshotKeeper;
import io.wholecart.interaction.SparseMatrix;
import io.wholecart.interaction.TooLargeException;
import io.wholecart.model.ModelArtifact;
import io.wholecart.model.ModelStore;
import io.wholecart.platform.Heap;
import io.wholecart.platform.NotEnoughMemoryException;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/** From events to a model: snapshot, split, tune, solve, evaluate. */
@Component
class TrainingPipeline {

    private static final Logger log = LoggerFactory.getLogger(TrainingPipeline.class);
    private static final TypeReference<Map<String, Object>> JSON_OBJECT = new TypeReference<>() {};

    private final SnapshotKeeper keeper = new SnapshotKeeper(Heap::hasRoom);
    private final EventSource events;
    private final ParameterCheck check;
    private final ModelStore models;
    private final PromotionGate gate;
    private final Ranker ranker;
    private final JsonMapper json;
    private final MeterRegistry meters;

    TrainingPipeline(
            EventSource events,
            ParameterCheck check,
            ModelStore models,
            PromotionGate gate,
            Ranker ranker,
            JsonMapper json,
            MeterRegistry meters) {
        this.events = events;
        this.check = check;
        this.models = models;
        this.gate = gate;
        this.ranker = ranker;
        this.json = json;
        this.meters = meters;
    }

    /**
     * What a run made.
     *
     * @param winner what it was trained with where it searched for the best settings
     * @param snapshotAt events that are not in it were received at or after this time
     * @param held why the model must not become the active one; null when it may
     */
    record Outcome(
            ModelArtifact artifact,
            @Nullable TrainingParameters winner,
            Instant snapshotAt,
            @Nullable String held) {}

    Outcome run(TrainingParameters asked, RunProgress progress) {
        List<String> behaviors = asked.behaviorNames(check.behaviors());
        Snapshot snapshot = phase("snapshot", progress, () -> snapshot(behaviors, progress));
        describe(snapshot);
        requireRoom(snapshot, dataBytes(snapshot, asked), asked);
        Snapshot.@Nullable Split split = asked.holdout() ? phase("split", progress, snapshot::leaveOneOut) : null;
        TrainingParameters winner = asked.tune()
                ? phase("tune", progress, () -> tune(asked, split == null ? snapshot : split.rest(), progress))
                : null;
        TrainingParameters parameters = winner == null ? asked : asked.tunedBy(winner);
        Interactions data = split == null ? snapshot.all() : split.train();
        requireRoom(snapshot, 0, parameters);
        progress.expect(parameters.iterations(), gate.measure(split, progress::canceled));
        LossWeights loss = LossWeights.of(data, parameters.hyperparameters(behaviors));
        EhcfModel solved = phase("solve", progress, () -> solve(parameters, snapshot, data, progress));
        // Users as they will be served: by the equation, here without the held-out events.
        EhcfModel model = split == null ? solved : folded(solved, loss, data.byUser(), progress);
        Evaluation metrics = split == null ? null : phase("evaluate", progress, () -> evaluate(model, split, progress));
        String held = metrics == null || split == null
                ? null
                : optionalPhase("gate", progress, () -> gate.judge(metrics, split, progress::canceled));
        progress.phase("publish");
        ModelArtifact artifact = new ModelArtifact(
                folded(model, loss, snapshot.byUser(), progress),
                behaviors,
                snapshot.userIds(),
                snapshot.itemIds(),
                loss,
                json.convertValue(parameters, JSON_OBJECT),
                metrics == null ? null : json.convertValue(metrics, JSON_OBJECT));
        return new Outcome(artifact, winner, snapshot.settledUntil(), held);
    }

    /** The test items are not in the snapshot that is given: the search measures on the last items in it. */
    private TrainingParameters tune(TrainingParameters asked, Snapshot snapshot, RunProgress progress) {
        return Tuner.search(solver(asked.solver()), ranker, snapshot, asked, new Tuner.Listener() {
            @Override
            public void trial(Trial trial) {
                progress.trial(trial);
            }

            @Override
            public void requireRoom(TrainingParameters tried) {
                TrainingPipeline.this.requireRoom(snapshot, 0, asked.tunedBy(tried));
            }

            @Override
            public boolean canceled() {
                return progress.canceled();
            }
        });
    }

    /** What the matrices take that are made of the snapshot. */
    private static long dataBytes(Snapshot snapshot, TrainingParameters asked) {
        long split = snapshot.leaveOneOutBytes();
        return (asked.holdout() ? split : snapshot.allBytes()) + (asked.tune() ? split : 0);
    }

    private void requireRoom(Snapshot snapshot, long dataBytes, TrainingParameters parameters) {
        Footprint.of(
                        snapshot.userIds().size(),
                        snapshot.itemIds().size(),
                        solver(parameters.solver()),
                        parameters.hyperparameters(snapshot.behaviors()))
                .require(dataBytes, parameters, models.active().orElse(null));
    }

    private Snapshot snapshot(List<String> behaviors, RunProgress progress) {
        try {
            return keeper.take(events, behaviors, progress::canceled);
        } catch (TooLargeException e) {
            throw new NotEnoughMemoryException(Heap.shortage(
                    e.bytes(),
                    String.format(
                            Locale.ROOT,
                            "There are more events than fit into memory: a snapshot of the first %,d",
                            e.events()),
                    "keep fewer events (wholecart.events.retention)"));
        }
    }

    private EhcfModel solve(TrainingParameters parameters, Snapshot snapshot, Interactions data, RunProgress progress) {
        return Training.solve(
                solver(parameters.solver()),
                data,
                parameters.hyperparameters(snapshot.behaviors()),
                parameters.warmStart() ? start(snapshot, parameters) : null,
                progress);
    }

    /** The active model's vectors, where there is one of the same kind. */
    private @Nullable EhcfModel start(Snapshot snapshot, TrainingParameters parameters) {
        Optional<Integer> version = models.activeVersion();
        if (version.isEmpty()) {
            return null;
        }
        if (!models.activeSuits(parameters.factors(), parameters.holdout())) {
            log.info("No warm start: model version {} has other factors or has seen the held-out items", version.get());
            return null;
        }
        try {
            log.info("Warm start from model version {}", version.get());
            return WarmStart.align(models.load(version.get()), snapshot);
        } catch (IOException e) {
            log.warn("No warm start: {}", e.getMessage());
        }
        return null;
    }

    private <T> T phase(String name, RunProgress progress, Supplier<T> work) {
        return Objects.requireNonNull(this.<T>optionalPhase(name, progress, work));
    }

    private <T> @Nullable T optionalPhase(String name, RunProgress progress, Supplier<@Nullable T> work) {
        progress.phase(name);
        long started = System.nanoTime();
        T result = work.get();
        Duration took = Duration.ofNanos(System.nanoTime() - started);
        meters.timer("wholecart.training", "phase", name).record(took);
        progress.took(name, took.toMillis());
        log.info("Training phase {} took {} ms", name, took.toMillis());
        return result;
    }

    private static void describe(Snapshot snapshot) {
        for (int k = 0; k < snapshot.behaviors().size(); k++) {
            log.info(
                    "Snapshot: {} distinct {} pairs",
                    snapshot.byUser().get(k).size(),
                    snapshot.behaviors().get(k));
        }
        log.info(
                "Snapshot: {} users, {} items",
                snapshot.userIds().size(),
                snapshot.itemIds().size());
    }

    private Solver solver(String name) {
        Solver solver = check.solvers().get(name);
        if (solver == null) {
            throw new UnfitDataException("This trainer has no solver " + name + ".");
        }
        return solver;
    }

    private Evaluation evaluate(EhcfModel model, Snapshot.Split split, RunProgress progress) {
        Evaluation metrics = LeaveOneOut.evaluate(model, split, ranker, progress::canceled);
        log.info(
                "Held-out items of {} users: HR {}, NDCG {}; new to their users {}: HR {}, NDCG {}",
                metrics.users(),
                metrics.hitRatio(),
                metrics.ndcg(),
                metrics.newUsers(),
                metrics.newHitRatio(),
                metrics.newNdcg());
        return metrics;
    }

    /**
     * The model with every user folded in from these events. What is served has all of them, the held-out ones, too: so
     * a user is served alike whether trained or folded in.
     */
    private static EhcfModel folded(
            EhcfModel model, LossWeights loss, List<SparseMatrix> events, RunProgress progress) {
        FoldIn foldIn = new FoldIn(model, loss, Runtime.getRuntime().availableProcessors());
        return new EhcfModel(
                model.factors(), foldIn.users(events, progress::canceled), model.itemFactors(), model.heads());
    }
}
