package io.wholecart.platform;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.config.MeterFilter;
import java.util.Map;
import org.springframework.stereotype.Component;

/** Prometheus' help texts: of our own metrics, and of the framework's that come without one. */
@Component
class MeterWords implements MeterFilter {

    private static final Map<String, String> WORDS = Map.ofEntries(
            Map.entry("wholecart.events", "Events received, by behavior and by what became of them"),
            Map.entry("wholecart.ingest", "Time to store a request's events"),
            Map.entry("wholecart.recommendation", "Time to answer a request for recommendations"),
            Map.entry("wholecart.fallback", "Answers that were less than the model's best, and why"),
            Map.entry("wholecart.training.runs", "Training runs that ended here, by how"),
            Map.entry("wholecart.training", "Time that a run's phases took"),
            Map.entry("wholecart.training.engine.solves", "Models that were solved, by what solved them"),
            Map.entry("wholecart.training.engine.fallback", "What the processor did in a card's place, and why"),
            Map.entry("wholecart.training.loss", "Loss of the run that is under way here"),
            Map.entry("wholecart.training.progress.ratio", "How far the run is that is under way here, 0 to 1"),
            Map.entry("wholecart.model.version", "Version of the model that is served"),
            Map.entry("wholecart.model.refused", "Active version that this node cannot serve, by why; 0 for none"),
            Map.entry("wholecart.model.age.seconds", "Time since the served model's events were read"),
            Map.entry("wholecart.model.quality", "The served model's metrics on held-out items"),
            Map.entry("wholecart.model.users", "Users that the served model knows"),
            Map.entry("wholecart.model.items", "Items that the served model knows"),
            Map.entry("wholecart.model.bytes", "Memory of the served model"),
            Map.entry("http.server.requests", "Time to answer HTTP requests"),
            Map.entry("http.server.requests.active", "HTTP requests that are being answered"),
            Map.entry("tasks.scheduled.execution", "Time that scheduled tasks took"),
            Map.entry("tasks.scheduled.execution.active", "Scheduled tasks that are under way"));

    @Override
    public Meter.Id map(Meter.Id id) {
        String words = id.getDescription() == null ? WORDS.get(id.getName()) : null;
        return words == null
                ? id
                : new Meter.Id(id.getName(), Tags.of(id.getTags()), id.getBaseUnit(), words, id.getType());
    }
}
