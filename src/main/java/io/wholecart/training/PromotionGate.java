package io.wholecart.training;

import io.wholecart.ehcf.EhcfModel;
import io.wholecart.evaluation.Evaluation;
import io.wholecart.evaluation.LeaveOneOut;
import io.wholecart.evaluation.Metric;
import io.wholecart.evaluation.Ranker;
import io.wholecart.interaction.Snapshot;
import io.wholecart.model.ModelArtifact;
import io.wholecart.model.ModelStore;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/** Holds a new model back when it is worse than the active one on the same held-out items. */
@Component
class PromotionGate {

    private static final Logger log = LoggerFactory.getLogger(PromotionGate.class);
    /** Users whose held-out items are ranked after every iteration, for the curve. */
    private static final int SAMPLE = 1_000;

    private final ModelStore models;
    private final Ranker ranker;
    private final Metric metric;
    private final double tolerance;

    PromotionGate(ModelStore models, Ranker ranker, TrainingProperties properties) {
        this.models = models;
        this.ranker = ranker;
        this.metric = Metric.parse(properties.gate().metric());
        this.tolerance = properties.gate().tolerance();
    }

    /** The gate's metric over a sample of the held-out items; null where nothing is held out. */
    @Nullable ToDoubleFunction<EhcfModel> measure(Snapshot.@Nullable Split split, BooleanSupplier canceled) {
        if (split == null || split.testUsers().length == 0) {
            return null;
        }
        int[] users = split.testUsers();
        int[] sample = IntStream.range(0, Math.min(SAMPLE, users.length))
                .map(i -> users[(int) ((long) i * users.length / Math.min(SAMPLE, users.length))])
                .toArray();
        return model ->
                model.isFinite() ? metric.of(LeaveOneOut.evaluate(model, split, sample, ranker, canceled)) : Double.NaN;
    }

    /** Why the model must not become the active one; null when it may. */
    @Nullable String judge(Evaluation fresh, Snapshot.Split split, BooleanSupplier canceled) {
        Optional<Integer> version = models.activeVersion();
        if (version.isEmpty() || fresh.users() == 0) {
            return null;
        }
        try {
            ModelArtifact active = models.load(version.get());
            if (Boolean.FALSE.equals(active.parameters().get("holdout"))) {
                log.info(
                        "Model version {} has seen the held-out items: there is nothing to compare with",
                        version.get());
                return null;
            }
            List<String> behaviors = split.rest().behaviors();
            if (!active.behaviors().contains(behaviors.get(behaviors.size() - 1))) {
                log.info("Model version {} has another target: there is nothing to compare with", version.get());
                return null;
            }
            Evaluation before =
                    LeaveOneOut.evaluate(WarmStart.refit(active, split.rest(), canceled), split, ranker, canceled);
            return compare(version.get(), before, fresh);
        } catch (IOException e) {
            log.warn("Nothing to compare with: {}", e.getMessage());
            return null;
        }
    }

    /** Two standard errors are what chance alone makes, in a small shop a lot. */
    private @Nullable String compare(int version, Evaluation active, Evaluation fresh) {
        double before = metric.of(active);
        double now = metric.of(fresh);
        log.info("{} on the same held-out items: {} now, {} with model version {}", metric, now, before, version);
        if (now >= before * (1 - tolerance) || now >= before - 2 * metric.standardError(active)) {
            return null;
        }
        return String.format(
                Locale.ROOT,
                "Held back: %s is %.4f, that of the active version %d on the same held-out items %.4f; it may be"
                        + " activated by hand.",
                metric,
                now,
                version,
                before);
    }
}
