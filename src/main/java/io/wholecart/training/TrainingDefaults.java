package io.wholecart.training;

import io.wholecart.experiment.ParameterCheck;
import io.wholecart.experiment.TrainingParameters;
import io.wholecart.platform.InputError;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
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

    private static Set<String> names(TrainingParameters parameters) {
        return parameters.behaviors().stream()
                .map(TrainingParameters.Behavior::name)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /**
     * For a request to lie over.
     *
     * @param tune whether it searches: then with as many factors and iterations as are configured, so that one search
     *     after the other does not drift to ever larger or shorter trainings
     */
    TrainingParameters current(boolean tune) {
        Optional<TrainingParameters> winner =
                followTuning ? runs.lastTuned().map(TrainingRun::winner) : Optional.empty();
        if (winner.isEmpty()) {
            return configured;
        }
        TrainingParameters found = configured.tunedBy(winner.get());
        TrainingParameters tuned = tune ? found.sized(configured.factors(), configured.iterations()) : found;
        if (!names(tuned).equals(names(configured)) || !check.errors(tuned).isEmpty()) {
            log.info(
                    "What the last tuning found no longer fits the settings, it is for {}: they are used as configured",
                    names(tuned));
            return configured;
        }
        return tuned;
    }
}
