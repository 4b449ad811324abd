package io.wholecart.training;

import io.micrometer.core.instrument.MeterRegistry;
import io.wholecart.ehcf.EhcfModel;
import io.wholecart.ehcf.Solver;
import io.wholecart.evaluation.LeaveOneOut;
import io.wholecart.evaluation.RankingMetrics;
import io.wholecart.interaction.EventSource;
import io.wholecart.interaction.Interactions;
import io.wholecart.interaction.Snapshot;
import io.wholecart.interaction.SparseMatrix;
import io.wholecart.model.ModelArtifact;
import io.wholecart.platform.WholecartProperties;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/** From events to a model: snapshot, split, solve, evaluate. */
@Component
class TrainingPipeline {

    private static final Logger log = LoggerFactory.getLogger(TrainingPipeline.class);
    private static final TypeReference<Map<String, Object>> JSON_OBJECT = new TypeReference<>() {};

    private final EventSource events;
    private final List<Solver> solvers;
    private final List<String> known;
    private final JsonMapper json;
    private final MeterRegistry meters;

    TrainingPipeline(
            EventSource events,
            List<Solver> solvers,
            WholecartProperties wholecart,
            JsonMapper json,
            MeterRegistry meters) {
        this.events = events;
        this.solvers = List.copyOf(solvers);
        this.known = wholecart.behaviors();
        this.json = json;
        this.meters = meters;
    }

    /**
     * What a run made.
     *
     * @param snapshotAt events that are not in it were received at or after this time
     */
    record Outcome(ModelArtifact artifact, Instant snapshotAt) {}

    /** The data is not fit to learn from; the message tells the user why. */
    static final class UnfitDataException extends RuntimeException {
        UnfitDataException(String message) {
            super(message);
        }
    }

    Outcome run(TrainingParameters parameters, RunProgress progress) {
        List<String> behaviors = parameters.behaviorNames(known);
        Snapshot snapshot = phase("snapshot", progress, () -> Snapshot.take(events, behaviors));
        describe(snapshot);
        Snapshot.@Nullable Split split = parameters.holdout() ? phase("split", progress, snapshot::leaveOneOut) : null;
        Interactions data = split == null ? snapshot.all() : split.train();
        requireFit(data, parameters.holdout());
        EhcfModel model = phase(
                "solve",
                progress,
                () -> solver(parameters.solver()).solve(data, parameters.hyperparameters(behaviors), progress));
        requireFinite(progress.loss());
        Map<String, Object> metrics =
                split == null ? null : phase("evaluate", progress, () -> evaluate(model, split, progress));
        progress.phase("publish");
        ModelArtifact artifact = new ModelArtifact(
                model,
                behaviors,
                snapshot.userIds(),
                snapshot.itemIds(),
                popularity(data),
                json.convertValue(parameters, JSON_OBJECT),
                metrics);
        return new Outcome(artifact, snapshot.settledUntil());
    }

    private <T> T phase(String name, RunProgress progress, Supplier<T> work) {
        progress.phase(name);
        long started = System.nanoTime();
        T result = work.get();
        Duration took = Duration.ofNanos(System.nanoTime() - started);
        meters.timer("wholecart.training", "phase", name).record(took);
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

    private static void requireFit(Interactions data, boolean holdout) {
        SparseMatrix target = data.byUser().get(data.target());
        if (target.size() == 0) {
            String name = data.behaviors().get(data.target());
            throw new UnfitDataException("There are no " + name + " events to learn from"
                    + (holdout ? " after the last of each user was held out." : "."));
        }
    }

    private static void requireFinite(@Nullable Double loss) {
        if (loss == null || !Double.isFinite(loss)) {
            throw new UnfitDataException("The loss is not a finite number: these settings do not work on this data.");
        }
    }

    private Solver solver(String name) {
        return solvers.stream()
                .filter(solver -> solver.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new UnfitDataException("This trainer has no solver " + name + "."));
    }

    private Map<String, Object> evaluate(EhcfModel model, Snapshot.Split split, RunProgress progress) {
        RankingMetrics metrics = LeaveOneOut.evaluate(model, split, progress::canceled);
        log.info("Held-out items of {} users: HR {}, NDCG {}", metrics.users(), metrics.hitRatio(), metrics.ndcg());
        return json.convertValue(metrics, JSON_OBJECT);
    }

    /** How many users gave each item a target event. */
    private static int[] popularity(Interactions data) {
        SparseMatrix byItem = data.byItem().get(data.target());
        int[] popularity = new int[byItem.rows()];
        for (int v = 0; v < popularity.length; v++) {
            popularity[v] = byItem.end(v) - byItem.start(v);
        }
        return popularity;
    }
}
