package io.wholecart.ehcf;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** What the benchmarks share: settings, and a listener that lets a solver do its work. */
enum Silent implements Solver.Listener {
    LISTENER;

    /** The reference settings: equal weights, keep 0.5, c = 0.01. */
    static Hyperparameters settings(int behaviors, int factors) {
        List<Hyperparameters.Weight> weights = new ArrayList<>();
        IntStream.range(0, behaviors).forEach(k -> weights.add(new Hyperparameters.Weight(1f / behaviors, 0.01f)));
        return new Hyperparameters(factors, 1, 0.5f, weights, 0, 1, 0, Hyperparameters.Adagrad.paper(behaviors), 1);
    }

    @Override
    public void iteration(int done, double loss) {
        // Nobody asks.
    }

    @Override
    public boolean canceled() {
        return false;
    }
}
