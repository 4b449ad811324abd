package io.wholecart.commandline;

import io.wholecart.ehcf.EhcfModel;
import io.wholecart.ehcf.Solver;
import io.wholecart.evaluation.Evaluation;
import io.wholecart.evaluation.LeaveOneOut;
import io.wholecart.experiment.Training;
import io.wholecart.experiment.TrainingParameters;
import io.wholecart.interaction.Interactions;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import org.jspecify.annotations.Nullable;

/**
 * One set of parameters, trained and measured.
 *
 * @param pairs distinct training pairs by behavior
 * @param iterations done, fewer than asked for where the solver stopped early
 * @param loss after the last of them
 */
record Measured(
        TrainingParameters parameters,
        int users,
        int items,
        Map<String, Integer> pairs,
        int iterations,
        double loss,
        double solveSeconds,
        double evaluateSeconds,
        Evaluation metrics) {

    static Measured on(Inputs.Prepared data, TrainingParameters parameters, boolean quiet) {
        Interactions train = data.split().train();
        long started = System.nanoTime();
        Progress progress = new Progress(parameters.iterations(), quiet);
        EhcfModel model;
        try {
            model = Training.solve(data.solver(), train, parameters.hyperparameters(train.behaviors()), null, progress);
        } finally {
            progress.close();
        }
        long solved = System.nanoTime();
        Evaluation metrics = LeaveOneOut.evaluate(model, data.split(), data.ranker(), () -> false);
        Map<String, Integer> pairs = new LinkedHashMap<>();
        for (int k = 0; k < train.behaviors().size(); k++) {
            pairs.put(train.behaviors().get(k), train.byUser().get(k).size());
        }
        return new Measured(
                parameters,
                train.users(),
                train.items(),
                pairs,
                progress.done,
                progress.loss,
                (solved - started) / 1e9,
                (System.nanoTime() - solved) / 1e9,
                metrics);
    }

    /** For people. */
    void print(PrintWriter out) {
        out.println(users + " users, " + items + " items; "
                + pairs.entrySet().stream()
                        .map(pair -> pair.getValue() + " " + pair.getKey())
                        .collect(Collectors.joining(", ")));
        out.println(describe(parameters));
        out.printf(
                Locale.ROOT,
                "loss %.6g after %d iterations; solved in %.1f s, measured in %.1f s%n%n",
                loss,
                iterations,
                solveSeconds,
                evaluateSeconds);
        out.printf("%-22s %8s  %-32s %s%n", "", "users", "HR@10 / 50 / 100 / 200", "NDCG@10 / 50 / 100 / 200");
        row(out, "all held-out items", metrics.users(), metrics.hitRatio(), metrics.ndcg());
        row(out, "new to their users", metrics.newUsers(), metrics.newHitRatio(), metrics.newNdcg());
        for (Evaluation.Activity group : metrics.activity()) {
            row(out, group.targetEvents() + " target events", group.users(), group.hitRatio(), group.ndcg());
        }
        out.flush();
    }

    private static void row(
            PrintWriter out, String name, int users, Map<Integer, Double> hitRatio, Map<Integer, Double> ndcg) {
        out.printf("%-22s %8d  %-32s %s%n", name, users, figures(hitRatio), figures(ndcg));
    }

    private static String figures(Map<Integer, Double> byCutoff) {
        return byCutoff.isEmpty()
                ? "–"
                : byCutoff.values().stream()
                        .map(value -> String.format(Locale.ROOT, "%.4f", value))
                        .collect(Collectors.joining(" / "));
    }

    /** In one line. */
    static String describe(TrainingParameters parameters) {
        return parameters.solver() + ", " + parameters.factors() + " factors, " + parameters.iterations()
                + " iterations, keep " + parameters.keep() + ", popularity exponent "
                + parameters.popularityExponent() + "; "
                + parameters.behaviors().stream()
                        .map(b -> b.name() + " λ " + b.lambda() + " c " + b.negativeWeight())
                        .collect(Collectors.joining(", "));
    }

    private static final class Progress implements Solver.Listener, AutoCloseable {

        private final @Nullable ProgressBar bar;
        private int done;
        private double loss;

        Progress(int iterations, boolean quiet) {
            bar = quiet
                    ? null
                    : new ProgressBarBuilder()
                            .setTaskName("Training")
                            .setInitialMax(iterations)
                            .build();
        }

        @Override
        public void iteration(int now, double newLoss) {
            done = now;
            loss = newLoss;
            if (bar != null) {
                bar.stepTo(now);
                bar.setExtraMessage(String.format(Locale.ROOT, "loss %.6g", newLoss));
            }
        }

        @Override
        public boolean canceled() {
            return false;
        }

        @Override
        public void close() {
            if (bar != null) {
                bar.close();
            }
        }
    }
}
