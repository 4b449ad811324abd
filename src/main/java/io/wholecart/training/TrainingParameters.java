package io.wholecart.training;

import io.wholecart.ehcf.Hyperparameters;
import io.wholecart.platform.InputError;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Everything a run is told; kept with the run and the model.
 *
 * @param iterations sweeps of the exact solver
 * @param keep the dropout's keep probability
 * @param behaviors those that are learned from, the target among them
 * @param tune whether to search for the best settings
 * @param holdout whether to hold each user's last target event out and measure on it
 */
record TrainingParameters(
        String solver,
        int factors,
        int iterations,
        double keep,
        List<Behavior> behaviors,
        boolean tune,
        boolean holdout) {

    private static final int MAX_FACTORS = 512;
    private static final int MAX_ITERATIONS = 1_000;
    private static final double MIN_KEEP = 0.01;
    private static final double MIN_NEGATIVE_WEIGHT = 1e-6;
    private static final double LAMBDA_TOLERANCE = 1e-3;
    private static final long SEED = 20_200_207;

    /**
     * A behavior's part in the loss.
     *
     * @param lambda its share; all shares sum to 1
     * @param negativeWeight weight of a pair without the behavior, against 1 for one with it
     */
    record Behavior(String name, double lambda, double negativeWeight) {}

    /** As a request says it: every field optional, what is absent comes from the configuration. */
    record Request(
            @Nullable String solver,
            @Nullable Integer factors,
            @Nullable Integer iterations,
            @Nullable Double keep,
            @Nullable List<@Nullable RequestedBehavior> behaviors,
            @Nullable Boolean tune,
            @Nullable Boolean holdout) {

        /** A behavior as a request says it; absent numbers are an error that names the field. */
        record RequestedBehavior(
                @Nullable String name,
                @Nullable Double lambda,
                @Nullable Double negativeWeight) {}

        TrainingParameters over(TrainingParameters defaults, List<InputError> errors) {
            return new TrainingParameters(
                    solver == null ? defaults.solver : solver,
                    factors == null ? defaults.factors : factors,
                    iterations == null ? defaults.iterations : iterations,
                    keep == null ? defaults.keep : keep,
                    behaviors == null ? defaults.behaviors : complete(behaviors, errors),
                    tune == null ? defaults.tune : tune,
                    holdout == null ? defaults.holdout : holdout);
        }

        private static List<Behavior> complete(List<@Nullable RequestedBehavior> asked, List<InputError> errors) {
            List<Behavior> complete = new ArrayList<>();
            for (int i = 0; i < asked.size(); i++) {
                RequestedBehavior one = asked.get(i);
                if (one == null || one.name == null || one.lambda == null || one.negativeWeight == null) {
                    errors.add(InputError.field("behaviors[" + i + "]", "needs name, lambda and negativeWeight"));
                } else {
                    complete.add(new Behavior(one.name, one.lambda, one.negativeWeight));
                }
            }
            return complete;
        }
    }

    /** What is wrong with these parameters, field by field. */
    List<InputError> errors(Set<String> solvers, List<String> known) {
        List<InputError> errors = new ArrayList<>();
        check(errors, solvers.contains(solver), "solver", "is unknown; known are " + solvers);
        check(errors, factors >= 1 && factors <= MAX_FACTORS, "factors", "must be from 1 to " + MAX_FACTORS);
        check(
                errors,
                iterations >= 1 && iterations <= MAX_ITERATIONS,
                "iterations",
                "must be from 1 to " + MAX_ITERATIONS);
        check(errors, keep >= MIN_KEEP && keep <= 1, "keep", "must be from " + MIN_KEEP + " to 1");
        check(errors, !tune, "tune", "is not offered by this version");
        behaviorErrors(errors, known);
        return errors;
    }

    private void behaviorErrors(List<InputError> errors, List<String> known) {
        Set<String> names = new HashSet<>();
        double sum = 0;
        for (int i = 0; i < behaviors.size(); i++) {
            Behavior behavior = behaviors.get(i);
            String field = "behaviors[" + i + "].";
            check(errors, known.contains(behavior.name), field + "name", "is unknown; known are " + known);
            check(errors, names.add(behavior.name), field + "name", "stands there twice");
            check(errors, behavior.lambda >= 0 && behavior.lambda <= 1, field + "lambda", "must be from 0 to 1");
            check(
                    errors,
                    behavior.negativeWeight >= MIN_NEGATIVE_WEIGHT && behavior.negativeWeight <= 1,
                    field + "negativeWeight",
                    "must be from " + MIN_NEGATIVE_WEIGHT + " to 1");
            sum += behavior.lambda;
        }
        String target = known.get(known.size() - 1);
        check(errors, names.contains(target), "behaviors", "must contain the target " + target);
        check(
                errors,
                Math.abs(sum - 1) <= LAMBDA_TOLERANCE,
                "behaviors",
                "have lambdas that sum to " + sum + ", not 1");
    }

    private static void check(List<InputError> errors, boolean good, String field, String message) {
        if (!good) {
            errors.add(InputError.field(field, message));
        }
    }

    /** Names in the configured order, so that the target is the last. */
    List<String> behaviorNames(List<String> known) {
        return known.stream()
                .filter(name -> behaviors.stream().anyMatch(b -> b.name.equals(name)))
                .toList();
    }

    /** For the solver, with the behaviors in this order. */
    Hyperparameters hyperparameters(List<String> order) {
        List<Hyperparameters.Weight> weights = order.stream()
                .map(name -> behaviors.stream()
                        .filter(b -> b.name.equals(name))
                        .findFirst()
                        .orElseThrow())
                .map(b -> new Hyperparameters.Weight((float) b.lambda, (float) b.negativeWeight))
                .toList();
        return new Hyperparameters(factors, iterations, (float) keep, weights, SEED);
    }
}
