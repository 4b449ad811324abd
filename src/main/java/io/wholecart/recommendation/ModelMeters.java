package io.wholecart.recommendation;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** What the metrics tell of the model that is served; not a number before the first one. */
@Component
class ModelMeters {

    private record Served(LiveIndex index, Instant trained) {}

    private final MultiGauge quality;
    private volatile @Nullable Served served;
    private volatile @Nullable Refusal refused;

    ModelMeters(MeterRegistry meters, Clock clock) {
        quality = MultiGauge.builder("wholecart.model.quality").register(meters);
        gauge(meters, "version", live -> live.index.version());
        gauge(meters, "users", live -> live.index.artifact().userIds().size());
        gauge(meters, "items", live -> live.index.items());
        gauge(meters, "bytes", live -> live.index.bytes());
        gauge(meters, "age.seconds", live -> (clock.millis() - live.trained.toEpochMilli()) / 1000.0);
        for (Refusal.Reason reason : Refusal.Reason.values()) {
            meters.gauge("wholecart.model.refused", Tags.of("reason", reason.name()), this, own -> {
                Refusal refusal = own.refused;
                return refusal != null && refusal.reason() == reason ? refusal.version() : 0;
            });
        }
    }

    /** The version that should be served and is not, by why; 0 for none. */
    void refuse(@Nullable Refusal refusal) {
        refused = refusal;
    }

    private void gauge(MeterRegistry meters, String name, ToDoubleFunction<Served> value) {
        meters.gauge("wholecart.model." + name, this, own -> {
            Served live = own.served;
            return live == null ? Double.NaN : value.applyAsDouble(live);
        });
    }

    void serve(LiveIndex index, Instant trained) {
        served = new Served(index, trained);
        List<MultiGauge.Row<?>> rows = new ArrayList<>();
        Map<String, Object> metrics = index.artifact().metrics();
        if (metrics != null) {
            metrics.forEach((metric, byCutoff) -> {
                if (byCutoff instanceof Map<?, ?> values) {
                    values.forEach((n, value) -> {
                        if (value instanceof Number number) {
                            Tags tags = Tags.of("metric", metric, "n", String.valueOf(n));
                            rows.add(MultiGauge.Row.of(tags, number.doubleValue()));
                        }
                    });
                }
            });
        }
        quality.register(rows, true);
    }
}
