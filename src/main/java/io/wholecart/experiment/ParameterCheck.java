package io.wholecart.experiment;

import io.wholecart.ehcf.Solver;
import io.wholecart.evaluation.Metric;
import io.wholecart.platform.InputError;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Finds what is wrong with training parameters, field by field. Comparisons are written so that NaN fails them; where a
 * limit is left out, it is so in the single precision that solvers reckon in, too.
 *
 * @param solvers by name
 * @param behaviors all that are configured, the last is the target
 */
public record ParameterCheck(Map<String, Solver> solvers, List<String> behaviors) {

    private static final int MAX_FACTORS = 512;
    private static final int MAX_ITERATIONS = 1_000;
    private static final double MIN_KEEP = 0.01;
    private static final double MIN_NEGATIVE_WEIGHT = 1e-6;
    private static final double LAMBDA_TOLERANCE = 1e-3;
    private static final double MAX_RELAXATION = 1.95;
    private static final int MAX_BATCH = 65_536;
    private static final int MAX_SECONDS = 86_400;
    private static final int MAX_CHOICES = 8;

    /** Checks against these solvers and behaviors. */
    public static ParameterCheck of(Collection<Solver> solvers, List<String> behaviors) {
        Map<String, Solver> byName = new TreeMap<>();
        solvers.forEach(solver -> byName.put(solver.name(), solver));
        return new ParameterCheck(byName, behaviors);
    }

    /** What is wrong, nothing if all is well. */
    public List<InputError> errors(TrainingParameters asked) {
        Errors errors = new Errors(new ArrayList<>());
        Solver solver = solvers.get(asked.solver());
        errors.unless(solver != null, "solver", "is unknown; known are " + solvers.keySet());
        errors.unless(
                asked.factors() >= 1 && asked.factors() <= MAX_FACTORS, "factors", "must be from 1 to " + MAX_FACTORS);
        errors.unless(
                asked.iterations() >= 1 && asked.iterations() <= MAX_ITERATIONS,
                "iterations",
                "must be from 1 to " + MAX_ITERATIONS);
        errors.unless(asked.keep() >= MIN_KEEP && asked.keep() <= 1, "keep", "must be from " + MIN_KEEP + " to 1");
        errors.unless(
                asked.popularityExponent() >= 0 && asked.popularityExponent() <= 1,
                "popularityExponent",
                "must be from 0 to 1");
        errors.unless(
                asked.relaxation() >= 1 && asked.relaxation() <= MAX_RELAXATION,
                "relaxation",
                "must be from 1 to " + MAX_RELAXATION);
        errors.unless(
                asked.tolerance() >= 0 && (float) asked.tolerance() < 1, "tolerance", "must be at least 0 and below 1");
        errors.unless(
                solver == null || solver.continues() || !asked.warmStart(),
                "warmStart",
                "is not for the solver " + asked.solver());
        adagrad(asked.adagrad(), errors);
        tuning(asked.tuning(), errors);
        behaviors(asked, errors);
        return errors.found;
    }

    private static void adagrad(TrainingParameters.Adagrad adagrad, Errors errors) {
        errors.unless(
                (float) adagrad.learningRate() > 0 && adagrad.learningRate() <= 1,
                "adagrad.learningRate",
                "must be above 0 and at most 1");
        errors.unless(
                adagrad.batchSize() >= 1 && adagrad.batchSize() <= MAX_BATCH,
                "adagrad.batchSize",
                "must be from 1 to " + MAX_BATCH);
        errors.unless(
                adagrad.transferPenalty() >= 0 && adagrad.transferPenalty() <= 1,
                "adagrad.transferPenalty",
                "must be from 0 to 1");
    }

    private static void tuning(TrainingParameters.Tuning tuning, Errors errors) {
        errors.unless(
                tuning.seconds() >= 1 && tuning.seconds() <= MAX_SECONDS,
                "tuning.seconds",
                "must be from 1 to " + MAX_SECONDS);
        try {
            Metric.parse(tuning.metric());
        } catch (IllegalArgumentException e) {
            errors.unless(false, "tuning.metric", String.valueOf(e.getMessage()));
        }
        errors.unless(
                tuning.factors().size() <= MAX_CHOICES
                        && tuning.factors().stream().allMatch(f -> f != null && f >= 1 && f <= MAX_FACTORS),
                "tuning.factors",
                "must be up to " + MAX_CHOICES + " numbers from 1 to " + MAX_FACTORS);
    }

    private void behaviors(TrainingParameters asked, Errors errors) {
        int before = errors.found.size();
        Set<String> names = new LinkedHashSet<>();
        double sum = 0;
        for (int i = 0; i < asked.behaviors().size(); i++) {
            TrainingParameters.Behavior behavior = asked.behaviors().get(i);
            String field = "behaviors[" + i + "].";
            errors.unless(behaviors.contains(behavior.name()), field + "name", "is unknown; known are " + behaviors);
            errors.unless(names.add(behavior.name()), field + "name", "stands there twice");
            errors.unless(behavior.lambda() >= 0 && behavior.lambda() <= 1, field + "lambda", "must be from 0 to 1");
            errors.unless(
                    behavior.negativeWeight() >= MIN_NEGATIVE_WEIGHT && behavior.negativeWeight() <= 1,
                    field + "negativeWeight",
                    "must be from " + MIN_NEGATIVE_WEIGHT + " to 1");
            sum += behavior.lambda();
        }
        String target = behaviors.get(behaviors.size() - 1);
        errors.unless(names.contains(target), "behaviors", "must contain the target " + target);
        errors.unless(
                Math.abs(sum - 1) <= LAMBDA_TOLERANCE, "behaviors", "have lambdas that sum to " + sum + ", not 1");
        precedents(asked, names, errors);
        if (errors.found.size() == before) {
            try {
                asked.transferGraph(asked.behaviorNames(behaviors));
            } catch (IllegalArgumentException e) {
                errors.unless(false, "behaviors", "have precedents that go round in a circle");
            }
        }
    }

    private static void precedents(TrainingParameters asked, Set<String> names, Errors errors) {
        for (int i = 0; i < asked.behaviors().size(); i++) {
            List<String> precedents = asked.behaviors().get(i).precedents();
            String field = "behaviors[" + i + "].precedents";
            if (precedents != null) {
                errors.unless(
                        names.containsAll(precedents), field, "must be behaviors that are learned from: " + names);
                errors.unless(new HashSet<>(precedents).size() == precedents.size(), field, "has one twice");
            }
        }
    }

    private record Errors(List<InputError> found) {

        void unless(boolean good, String field, String message) {
            if (!good) {
                found.add(InputError.field(field, message));
            }
        }
    }
}
