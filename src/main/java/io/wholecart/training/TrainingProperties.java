package io.wholecart.training;

import java.util.List;
import org.springframework.boot.context.properties.ConfigurationProperties;

/**
 * What a training run does where its request says nothing.
 *
 * @param schedule Spring's cron with seconds, in UTC; "-" for none
 */
@ConfigurationProperties("wholecart.training")
record TrainingProperties(
        String schedule,
        String solver,
        int factors,
        int iterations,
        double keep,
        boolean holdout,
        List<TrainingParameters.Behavior> behaviors) {

    TrainingParameters defaults() {
        return new TrainingParameters(solver, factors, iterations, keep, behaviors, false, holdout);
    }
}
