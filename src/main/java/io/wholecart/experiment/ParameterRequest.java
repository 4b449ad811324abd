package io.wholecart.experiment;

import io.wholecart.platform.InputError;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Training parameters as a request or a file says them: every field optional, what is absent has a default. */
public record ParameterRequest(
        @Nullable String solver,
        @Nullable Integer factors,
        @Nullable Integer iterations,
        @Nullable Double keep,
        @Nullable List<@Nullable Behavior> behaviors,
        @Nullable Double popularityExponent,
        @Nullable Double relaxation,
        @Nullable Double tolerance,
        @Nullable Boolean warmStart,
        @Nullable Adagrad adagrad,
        @Nullable Boolean holdout,
        @Nullable Boolean tune,
        @Nullable Tuning tuning) {

    /** A behavior as a request says it; absent numbers are an error that names the field. */
    public record Behavior(
            @Nullable String name,
            @Nullable Double lambda,
            @Nullable Double negativeWeight,
            @Nullable List<String> precedents) {}

    /** The solver's own settings as a request says them. */
    public record Adagrad(
            @Nullable Double learningRate,
            @Nullable Integer batchSize,
            @Nullable Double transferPenalty,
            @Nullable Boolean transfer,
            @Nullable Boolean multiTask) {

        private TrainingParameters.Adagrad over(TrainingParameters.Adagrad defaults) {
            return new TrainingParameters.Adagrad(
                    or(learningRate, defaults.learningRate()),
                    or(batchSize, defaults.batchSize()),
                    or(transferPenalty, defaults.transferPenalty()),
                    or(transfer, defaults.transfer()),
                    or(multiTask, defaults.multiTask()));
        }
    }

    /** The search as a request says it. */
    public record Tuning(
            @Nullable Integer seconds,
            @Nullable String metric,
            @Nullable List<Integer> factors) {

        private TrainingParameters.Tuning over(TrainingParameters.Tuning defaults) {
            return new TrainingParameters.Tuning(
                    or(seconds, defaults.seconds()), or(metric, defaults.metric()), or(factors, defaults.factors()));
        }
    }

    /** A request that says nothing. */
    public static ParameterRequest empty() {
        return new ParameterRequest(null, null, null, null, null, null, null, null, null, null, null, null, null);
    }

    /** A request that says nothing but to search for the best settings first. */
    public static ParameterRequest search() {
        return new ParameterRequest(null, null, null, null, null, null, null, null, null, null, null, true, null);
    }

    /** A request that says nothing but to go on from the active model for some iterations. */
    public static ParameterRequest goingOn(int iterations) {
        return new ParameterRequest(null, null, iterations, null, null, null, null, null, true, null, null, null, null);
    }

    /**
     * These parameters where they are given, the defaults where not; what is incomplete is added to the errors. Two
     * defaults are found for what they go with and are left out where that is given: the popularity exponent with the
     * negative weights, the relaxation with the number of sweeps.
     */
    public TrainingParameters over(TrainingParameters defaults, List<InputError> errors) {
        return new TrainingParameters(
                or(solver, defaults.solver()),
                or(factors, defaults.factors()),
                or(iterations, defaults.iterations()),
                or(keep, defaults.keep()),
                behaviors == null ? defaults.behaviors() : complete(behaviors, errors),
                or(popularityExponent, behaviors == null ? defaults.popularityExponent() : 0),
                or(relaxation, iterations == null ? defaults.relaxation() : 1),
                or(tolerance, defaults.tolerance()),
                or(warmStart, defaults.warmStart()),
                adagrad == null ? defaults.adagrad() : adagrad.over(defaults.adagrad()),
                or(holdout, defaults.holdout()),
                or(tune, defaults.tune()),
                tuning == null ? defaults.tuning() : tuning.over(defaults.tuning()));
    }

    private static <T> T or(@Nullable T given, T otherwise) {
        return given == null ? otherwise : given;
    }

    private static List<TrainingParameters.Behavior> complete(List<@Nullable Behavior> asked, List<InputError> errors) {
        List<TrainingParameters.Behavior> complete = new ArrayList<>();
        for (int i = 0; i < asked.size(); i++) {
            Behavior one = asked.get(i);
            if (one == null || one.name == null || one.lambda == null || one.negativeWeight == null) {
                errors.add(InputError.field("behaviors[" + i + "]", "needs name, lambda and negativeWeight"));
            } else {
                complete.add(new TrainingParameters.Behavior(one.name, one.lambda, one.negativeWeight, one.precedents));
            }
        }
        return complete;
    }
}
