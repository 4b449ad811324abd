package io.wholecart.experiment;

import static org.assertj.core.api.Assertions.assertThat;

import io.wholecart.ehcf.AdagradSolver;
import io.wholecart.ehcf.ExactSolver;
import io.wholecart.platform.InputError;
import io.wholecart.support.ConfiguredService;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ParameterCheckTest {

    private static List<InputError> errors(String json) {
        ParameterCheck check = ParameterCheck.of(
                List.of(new ExactSolver(1), new AdagradSolver(1)), ConfiguredService.PROPERTIES.behaviors());
        return check.errors(ConfiguredService.JSON
                .readValue(json, ParameterRequest.class)
                .over(ConfiguredService.TRAINING, new ArrayList<>()));
    }

    /** Found by fuzzing: a double above 0 may be 0 as a float, one below 1 may be 1. */
    @Test
    void limitsHoldInTheSinglePrecisionOfTheSolvers() {
        assertThat(errors("{\"tolerance\":0.99999999999,\"adagrad\":{\"learningRate\":1e-300}}"))
                .extracting(InputError::field)
                .containsExactly("tolerance", "adagrad.learningRate");
        assertThat(errors("{\"tolerance\":0.9999,\"adagrad\":{\"learningRate\":1e-30}}"))
                .isEmpty();
    }
}
