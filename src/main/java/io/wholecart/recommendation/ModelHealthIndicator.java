package io.wholecart.recommendation;

import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.stereotype.Component;

/**
 * Whether this node serves the active version of the model. Where it cannot, it is degraded, but no less ready: it answers
 * from an older version, or with what is popular, and takes events in. Were it taken out of rotation for that, a model that
 * is damaged for all nodes would end the whole service.
 */
@Component
class ModelHealthIndicator implements HealthIndicator {

    private static final Status DEGRADED = new Status("DEGRADED");

    private final LiveModel live;

    ModelHealthIndicator(LiveModel live) {
        this.live = live;
    }

    @Override
    public Health health() {
        Refusal refusal = live.refusal();
        LiveIndex index = live.index();
        Health.Builder health = refusal == null ? Health.up() : Health.status(DEGRADED);
        if (index != null) {
            health.withDetail("serving", index.version());
        }
        if (refusal != null) {
            health.withDetail("refused", refusal.version())
                    .withDetail("reason", refusal.reason().name())
                    .withDetail("message", refusal.message());
        }
        return health.build();
    }
}
