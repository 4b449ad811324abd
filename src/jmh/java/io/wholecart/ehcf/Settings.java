package io.wholecart.ehcf;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** The reference settings. */
final class Settings {

    private Settings() {}

    /** Equal shares, keep 0.5, c = 0.01. */
    static Hyperparameters of(int behaviors, int factors, int iterations, float exponent, float relaxation) {
        List<Hyperparameters.Weight> weights = new ArrayList<>();
        IntStream.range(0, behaviors).forEach(k -> weights.add(new Hyperparameters.Weight(1f / behaviors, 0.01f)));
        Hyperparameters.Adagrad adagrad = Hyperparameters.Adagrad.paper(behaviors);
        return new Hyperparameters(factors, iterations, 0.5f, weights, exponent, relaxation, 0, adagrad, 1);
    }
}
