package io.wholecart;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.wholecart.event.EventCounts;
import io.wholecart.platform.WholecartProperties;
import java.lang.management.ManagementFactory;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** What the console's first view tells: how much there is, and how this node answers. */
@RestController
class OverviewController {

    private static final Instant STARTED =
            Instant.ofEpochMilli(ManagementFactory.getRuntimeMXBean().getStartTime());

    private final EventCounts events;
    private final MeterRegistry meters;
    private final List<String> behaviors;

    OverviewController(EventCounts events, MeterRegistry meters, WholecartProperties properties) {
        this.events = events;
        this.meters = meters;
        this.behaviors = properties.behaviors();
    }

    /**
     * The answer.
     *
     * @param behaviors in the order of the shopper's way
     */
    record Overview(List<String> behaviors, EventCounts.Counts counts, Traffic traffic) {}

    /**
     * How this node answered since it started; rates are the difference of two looks at the same node.
     *
     * @param startedAt when, which also tells one node from another
     * @param requests those to the API, without the administration's
     * @param failed those of them that were answered with a 5xx
     * @param recommendations by their source
     */
    record Traffic(Instant startedAt, Timed requests, long failed, Map<String, Timed> recommendations) {}

    /**
     * So many, and how long they took together.
     *
     * @param seconds the sum
     */
    record Timed(long count, double seconds) {

        static Timed of(Collection<Timer> timers) {
            return new Timed(
                    timers.stream().mapToLong(Timer::count).sum(),
                    timers.stream()
                            .mapToDouble(timer -> timer.totalTime(TimeUnit.SECONDS))
                            .sum());
        }
    }

    @GetMapping("/api/v1/admin/overview")
    Overview overview() {
        return new Overview(behaviors, events.counts(), traffic());
    }

    private Traffic traffic() {
        List<Timer> requests = meters.find("http.server.requests").timers().stream()
                .filter(timer -> tag(timer, "uri").startsWith("/api/v1/")
                        && !tag(timer, "uri").startsWith("/api/v1/admin/"))
                .toList();
        List<Timer> failed = requests.stream()
                .filter(timer -> tag(timer, "status").startsWith("5"))
                .toList();
        Map<String, Timed> sources = new TreeMap<>();
        meters.find("wholecart.recommendation")
                .timers()
                .forEach(timer -> sources.put(tag(timer, "source"), Timed.of(List.of(timer))));
        return new Traffic(STARTED, Timed.of(requests), Timed.of(failed).count(), sources);
    }

    private static String tag(Timer timer, String key) {
        return Objects.requireNonNullElse(timer.getId().getTag(key), "");
    }
}
