package io.wholecart.training;

import io.wholecart.ehcf.ExactSolver;
import io.wholecart.ehcf.Solver;
import io.wholecart.platform.WholecartProperties;
import java.time.ZoneOffset;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.scheduling.annotation.SchedulingConfigurer;
import org.springframework.scheduling.support.CronTrigger;

@Configuration(proxyBeanMethods = false)
class TrainingConfiguration {

    @Bean
    Solver exactSolver() {
        return new ExactSolver(Runtime.getRuntime().availableProcessors());
    }

    /** The schedule; every trainer has it, the database lets one run through. */
    @Bean
    SchedulingConfigurer trainingSchedule(
            TrainingProperties properties, WholecartProperties wholecart, TrainingRuns runs) {
        return tasks -> {
            boolean trainer = wholecart.roles().contains(WholecartProperties.Role.TRAINER);
            if (trainer && !properties.schedule().equals("-")) {
                tasks.addTriggerTask(runs::requestScheduled, new CronTrigger(properties.schedule(), ZoneOffset.UTC));
            }
        };
    }
}
