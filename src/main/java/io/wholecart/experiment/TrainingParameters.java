package io.wholecart.experiment;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.wholecart.ehcf.Hyperparameters;
import io.wholecart.ehcf.TransferGraph;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Everything a training is told; kept with the run and the model.
 *
 * @param solver {@code exact} or {@code adagrad}
 * @param iterations sweeps of {@code exact}, epochs of {@code adagrad}
 * @param keep the dropout's keep probability
 * @param behaviors those that are learned from, the target among them
 * @param popularityExponent how much more a popular item weighs as a negative; 0 for not
 * @param relaxation how far {@code exact} goes towards each solution and beyond, from 1 to below 2: above 1 fewer sweeps
 *     do
 * @param tolerance {@code exact} stops when a sweep lowers the loss by less than this share; 0 for never
 * @param warmStart whether to go on from the active model
 * @param adagrad what only {@code adagrad} asks for
 * @param holdout whether to hold each user's last target event out and measure on it
 * @param tune whether to search for the best settings first
 * @param tuning how to search
 */
public record TrainingParameters(
        String solver,
        int factors,
        int iterations,
        double keep,
        List<Behavior> behaviors,
        double popularityExponent,
        double relaxation,
        double tolerance,
        boolean warmStart,
        Adagrad adagrad,
        boolean holdout,
        boolean tune,
        Tuning tuning) {

    private static final long SEED = 20_200_207;

    /**
     * A behavior's part in the loss.
     *
     * @param lambda its share; all shares sum to 1
     * @param negativeWeight weight of a pair without the behavior, against 1 for one with it
     * @param precedents behaviors whose prediction vectors this one's is made from; null for all earlier ones
     */
    public record Behavior(
            String name,
            double lambda,
            double negativeWeight,

            @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable List<String> precedents) {}

    /**
     * What only the solver {@code adagrad} asks for.
     *
     * @param batchSize users in a mini-batch
     * @param transferPenalty L2 on the transfer matrices
     * @param transfer whether prediction vectors are made from those of precedents; else each is free
     * @param multiTask whether a step serves all behaviors at once; else they take turns
     */
    public record Adagrad(
            double learningRate, int batchSize, double transferPenalty, boolean transfer, boolean multiTask) {}

    /**
     * How to search for the best settings.
     *
     * @param seconds the search's budget; the training with what it found comes after
     * @param metric what is best, such as {@code meanHitRatio@100}
     * @param factors numbers of factors to try; empty for half, once and twice the usual
     */
    public record Tuning(int seconds, String metric, List<Integer> factors) {}

    /** Names in the configured order, so that the target is the last. */
    public List<String> behaviorNames(List<String> known) {
        return known.stream()
                .filter(name -> behaviors.stream().anyMatch(b -> b.name.equals(name)))
                .toList();
    }

    /** For the solver, with the behaviors in this order. */
    public Hyperparameters hyperparameters(List<String> order) {
        List<Hyperparameters.Weight> weights = order.stream()
                .map(this::behavior)
                .map(b -> new Hyperparameters.Weight((float) b.lambda, (float) b.negativeWeight))
                .toList();
        return new Hyperparameters(
                factors,
                iterations,
                (float) keep,
                weights,
                (float) popularityExponent,
                (float) relaxation,
                (float) tolerance,
                new Hyperparameters.Adagrad(
                        (float) adagrad.learningRate,
                        adagrad.batchSize,
                        (float) adagrad.transferPenalty,
                        adagrad.multiTask,
                        adagrad.transfer ? transferGraph(order) : TransferGraph.none(order.size())),
                SEED);
    }

    private Behavior behavior(String name) {
        return behaviors.stream().filter(b -> b.name.equals(name)).findFirst().orElseThrow();
    }

    /** Which behavior is made from which; throws where they go round in a circle or one is not in the order. */
    TransferGraph transferGraph(List<String> order) {
        return new TransferGraph(IntStream.range(0, order.size())
                .mapToObj(k -> {
                    List<String> precedents = behavior(order.get(k)).precedents;
                    return precedents == null
                            ? IntStream.range(0, k).boxed().toList()
                            : precedents.stream().map(order::indexOf).toList();
                })
                .toList());
    }

    /** The same for data that has only these behaviors; the shares of those that are left again sum to 1. */
    public TrainingParameters onlyWith(List<String> known) {
        List<Behavior> left =
                behaviors.stream().filter(b -> known.contains(b.name)).toList();
        double sum = left.stream().mapToDouble(Behavior::lambda).sum();
        List<Behavior> scaled = left.stream()
                .map(b -> new Behavior(
                        b.name, sum == 0 ? 1.0 / left.size() : b.lambda / sum, b.negativeWeight, b.precedents))
                .toList();
        return with(factors, iterations, keep, scaled, popularityExponent);
    }

    /** The same with other settings of the loss, for a run that does not search: what tuning changes. */
    TrainingParameters with(
            int newFactors, int newIterations, double newKeep, List<Behavior> newBehaviors, double newExponent) {
        return new TrainingParameters(
                solver,
                newFactors,
                newIterations,
                newKeep,
                newBehaviors,
                newExponent,
                relaxation,
                tolerance,
                warmStart,
                adagrad,
                holdout,
                false,
                tuning);
    }

    /** The same for so many iterations. */
    TrainingParameters iterating(int newIterations) {
        return sized(factors, newIterations);
    }

    /** The same with so many factors and iterations. */
    public TrainingParameters sized(int newFactors, int newIterations) {
        return with(newFactors, newIterations, keep, behaviors, popularityExponent);
    }

    /** These, but with the settings of the loss that a search found best. */
    public TrainingParameters tunedBy(TrainingParameters winner) {
        return new TrainingParameters(
                winner.solver,
                winner.factors,
                winner.iterations,
                winner.keep,
                winner.behaviors,
                winner.popularityExponent,
                relaxation,
                tolerance,
                warmStart,
                adagrad,
                holdout,
                tune,
                tuning);
    }
}
