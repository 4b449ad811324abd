package io.wholecart.training;

import io.micrometer.core.instrument.MeterRegistry;
import io.wholecart.cuda.Engine;
import io.wholecart.evaluation.Ranker;
import io.wholecart.experiment.ParameterCheck;
import io.wholecart.experiment.TrainingParameters;
import io.wholecart.platform.WholecartProperties;
import java.time.Duration;
import java.time.ZoneOffset;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;
import org.springframework.scheduling.annotation.SchedulingConfigurer;
import org.springframework.scheduling.config.ScheduledTaskRegistrar;
import org.springframework.scheduling.support.CronTrigger;

@Configuration(proxyBeanMethods = false)
class TrainingConfiguration {

    /** No schedule. */
    private static final String NEVER = "-";

    private static final Duration COUNT_EVERY = Duration.ofSeconds(5);

    @Bean
    ParameterCheck parameterCheck(WholecartProperties wholecart, Engine engine) {
        return ParameterCheck.of(engine.solvers(), wholecart.behaviors());
    }

    @Bean
    Engine trainingEngine(TrainingProperties properties, MeterRegistry meters) {
        return new Engine(
                properties.engine(),
                Runtime.getRuntime().availableProcessors(),
                new EngineWatch(meters, properties.engine()));
    }

    @Bean
    Ranker ranker(Engine engine) {
        return engine.ranker();
    }

    /** What a run does where its request says nothing. */
    @Bean
    TrainingParameters configuredParameters(Environment environment) {
        return Binder.get(environment)
                .bind("wholecart.training", TrainingParameters.class)
                .get();
    }

    /** The schedules; every trainer has them, the database lets one run through. */
    @Bean
    SchedulingConfigurer trainingSchedule(
            TrainingProperties properties, WholecartProperties wholecart, TrainingRuns runs) {
        return tasks -> {
            if (wholecart.roles().contains(WholecartProperties.Role.TRAINER)) {
                schedule(tasks, properties.schedule(), () -> runs.requestScheduled(false));
                schedule(tasks, properties.tuningSchedule(), () -> runs.requestScheduled(true));
                if (properties.afterEvents() > 0) {
                    tasks.addFixedDelayTask(runs::requestAfterEvents, COUNT_EVERY);
                }
            }
        };
    }

    private static void schedule(ScheduledTaskRegistrar tasks, String cron, Runnable request) {
        if (!cron.equals(NEVER)) {
            tasks.addTriggerTask(request, new CronTrigger(cron, ZoneOffset.UTC));
        }
    }
}
