package io.wholecart.experiment;

import io.wholecart.evaluation.Evaluation;
import org.jspecify.annotations.Nullable;

/**
 * One set of parameters, tried in a search.
 *
 * @param number from 1
 * @param value of the search's metric on the validation items; null where the parameters gave no usable model
 * @param metrics all that was measured
 */
public record Trial(
        int number,
        TrainingParameters parameters,
        @Nullable Double value,
        @Nullable Evaluation metrics,
        double seconds) {}
