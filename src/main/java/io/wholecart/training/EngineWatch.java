package io.wholecart.training;

import io.micrometer.core.instrument.MeterRegistry;
import io.wholecart.cuda.CardException;
import io.wholecart.cuda.Engine;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Logs and counts what the training runs on.
 *
 * @param choice what is configured: that a card is absent is worth a warning only where one was asked for
 */
record EngineWatch(MeterRegistry meters, Engine.Choice choice) implements Engine.Watch {

    private static final Logger log = LoggerFactory.getLogger(EngineWatch.class);

    @Override
    public void begins(String work, String engine, String description) {
        log.info("Solver {} on {} ({})", work, engine, description);
    }

    @Override
    public void solved(String work, String engine) {
        meters.counter("wholecart.training.engine.solves", "engine", engine, "solver", work)
                .increment();
    }

    @Override
    public void fallsBack(String work, CardException why) {
        String reason = why.reason().name().toLowerCase(Locale.ROOT);
        if (why.reason() == CardException.Reason.ABSENT && choice == Engine.Choice.AUTO) {
            log.info("No CUDA card, training runs on the processor: {}", why.getMessage());
        } else {
            log.warn("No CUDA card for {}, the processor does it ({}): {}", work, reason, why.getMessage());
        }
        meters.counter("wholecart.training.engine.fallback", "reason", reason).increment();
    }
}
