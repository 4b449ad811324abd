package io.wholecart.training;

import io.wholecart.experiment.ParameterCheck;
import io.wholecart.experiment.TrainingParameters;
import io.wholecart.platform.InputError;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/** What a run does where its request says nothing: what the last search found, else what is configured. */
@Component
class TrainingDefaults {

    private static final Logger log = LoggerFactory.getLogger(TrainingDefaults.class);

    private final TrainingParameters configured;
    private final boolean followTuning;
    private final TrainingRunRepository runs;
    private final ParameterCheck check;

    TrainingDefaults(
            TrainingParameters configured,
            TrainingProperties properties,
            TrainingRunRepository runs,
            ParameterCheck check) {
        this.configured = configured;
        this.followTuning = properties.followTuning();
        this.runs = runs;
        this.check = check;
        List<InputError> flaws = check.errors(configured);
        if (!flaws.isEmpty()) {
            throw new IllegalStateException("The settings wholecart.training are wrong: "
                    + flaws.stream().map(InputError::describe).collect(Collectors.joining("; ")));
        }
    }

    /**
     * For a request to lie over.
     *
     * @param tune whether it searches: then for as many iterations as are configured, so that a search whose winner
     *     took few does not shorten the next
     */
    TrainingParameters current(boolean tune) {
        Optional<TrainingParameters> winner =
                followTuning ? runs.lastTuned().map(TrainingRun::winner) : Optional.empty();
        if (winner.isEmpty()) {
            return configured;
        }
        TrainingParameters found = configured.tunedBy(winner.get());
        TrainingParameters tuned = tune ? found.iterating(configured.iterations()) : found;
        List<InputError> flaws = check.errors(tuned);
        if (!flaws.isEmpty()) {
            // The configured behaviors have changed since.
            log.info(
                    "What the last tuning found no longer fits the settings: {}",
                    flaws.get(0).describe());
            return configured;
        }
        return tuned;
    }
}
