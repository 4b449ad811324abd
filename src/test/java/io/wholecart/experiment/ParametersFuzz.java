package io.wholecart.experiment;

import io.wholecart.ehcf.AdagradSolver;
import io.wholecart.ehcf.ExactSolver;
import io.wholecart.ehcf.Hyperparameters;
import io.wholecart.platform.ApiException;
import io.wholecart.platform.InputError;
import io.wholecart.support.ConfiguredService;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import tools.jackson.core.type.TypeReference;

/** Any bytes as the body of {@code POST /admin/training-runs}. */
public final class ParametersFuzz {

    private static final List<String> BEHAVIORS = ConfiguredService.PROPERTIES.behaviors();
    private static final ParameterCheck CHECK =
            ParameterCheck.of(List.of(new ExactSolver(1), new AdagradSolver(1)), BEHAVIORS);

    private ParametersFuzz() {}

    public static void fuzzerInitialize() {
        ConfiguredService.start();
    }

    public static void fuzzerTestOneInput(byte[] body) {
        ParameterRequest request;
        try {
            request = ConfiguredService.body(body, new TypeReference<>() {});
        } catch (ApiException e) {
            ConfiguredService.requireHonest(e);
            return;
        }
        List<InputError> errors = new ArrayList<>();
        TrainingParameters asked = request.over(ConfiguredService.TRAINING, errors);
        if (errors.isEmpty()) {
            errors.addAll(CHECK.errors(asked));
        }
        if (!errors.isEmpty()) {
            errors.forEach(ConfiguredService::requireHonest);
            require(errors.stream().allMatch(error -> error.field() != null), "no field is named: " + errors);
            return;
        }
        List<String> order = asked.behaviorNames(BEHAVIORS);
        requireSound(asked.hyperparameters(order), order.size(), asked);
        TrainingParameters kept = ConfiguredService.JSON.readValue(
                ConfiguredService.JSON.writeValueAsString(asked), TrainingParameters.class);
        require(asked.equals(kept), "kept as " + kept + ": " + asked);
        ParameterRequest written = ConfiguredService.body(
                ConfiguredService.JSON.writeValueAsBytes(asked), new TypeReference<ParameterRequest>() {});
        require(asked.equals(written.over(ConfiguredService.TRAINING, errors)), "not asked for again: " + asked);
    }

    /** The solvers reckon in single precision: what was checked must hold there, too. */
    private static void requireSound(Hyperparameters told, int behaviors, TrainingParameters asked) {
        double lambdas = 0;
        boolean good = told.behaviors().size() == behaviors
                && told.factors() >= 1
                && told.factors() <= 512
                && told.iterations() >= 1
                && told.keep() > 0
                && told.keep() <= 1
                && told.popularityExponent() >= 0
                && told.popularityExponent() <= 1
                && told.relaxation() >= 1
                && told.relaxation() < 2
                && told.tolerance() >= 0
                && told.tolerance() < 1
                && told.adagrad().learningRate() > 0
                && told.adagrad().batchSize() >= 1
                && told.adagrad().transferPenalty() >= 0
                && new HashSet<>(told.adagrad().transfer().order()).size() == behaviors;
        for (Hyperparameters.Weight weight : told.behaviors()) {
            good &= weight.lambda() >= 0 && weight.negativeWeight() > 0 && weight.negativeWeight() <= 1;
            lambdas += weight.lambda();
        }
        require(good && Math.abs(lambdas - 1) < 0.01, asked + " became " + told);
    }

    private static void require(boolean kept, String otherwise) {
        if (!kept) {
            throw new AssertionError(otherwise);
        }
    }
}
