package io.wholecart.commandline;

import io.wholecart.evaluation.Metric;
import io.wholecart.experiment.ParameterRequest;
import io.wholecart.experiment.TrainingParameters;
import io.wholecart.experiment.Trial;
import io.wholecart.experiment.Tuner;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Searches for the best settings on files. */
@Command(
        name = "tune",
        mixinStandardHelpOptions = true,
        description = "Searches for the settings that rank validation items best (each user's last but one),"
                + " then trains with them and measures on the held-out items. Needs no database.")
final class TuneCommand implements Callable<Integer> {

    private static final int SHOWN = 10;

    @Spec
    private CommandSpec command;

    @Mixin
    private Inputs inputs;

    @Option(
            names = "--seconds",
            paramLabel = "N",
            description = "Budget of the search; the final training comes after.")
    private @Nullable Integer seconds;

    @Option(
            names = "--metric",
            paramLabel = "M",
            description = "What is best: hitRatio, ndcg, newHitRatio, newNdcg, meanHitRatio or meanNdcg, with @10, @50,"
                    + " @100 or @200; by default " + Metric.DEFAULT + ".")
    private @Nullable String metric;

    @Option(
            names = "--factors",
            split = ",",
            paramLabel = "N",
            description = "Numbers of factors to try; by default half, once and twice the usual.")
    private @Nullable List<Integer> factors;

    @Option(names = "--save", paramLabel = "FILE", description = "Where to write what was found, for --config.")
    private @Nullable Path save;

    /** Only asked of picocli. */
    @SuppressWarnings("NullAway.Init")
    TuneCommand() {}

    /** What the search came to, for machines. */
    private record Found(TrainingParameters winner, List<Trial> trials, Measured measured) {}

    @Override
    public Integer call() throws IOException {
        Inputs.Prepared prepared = inputs.read(new ParameterRequest(
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                new ParameterRequest.Tuning(seconds, metric, factors)));
        if (save != null && !writable(save)) {
            throw new ParameterException(command.commandLine(), "--save: " + save + " cannot be written");
        }
        List<Trial> trials = new ArrayList<>();
        TrainingParameters winner = search(prepared, trials);
        if (save != null) {
            Files.writeString(save, Inputs.JSON.writerWithDefaultPrettyPrinter().writeValueAsString(winner) + "\n");
        }
        Measured measured = Measured.on(prepared, winner, inputs.json);
        PrintWriter out = command.commandLine().getOut();
        if (inputs.json) {
            out.println(Inputs.JSON.writeValueAsString(new Found(winner, trials, measured)));
        } else {
            print(out, prepared.parameters().tuning().metric(), trials);
            measured.print(out);
        }
        return 0;
    }

    /** Asked before a search that takes minutes. */
    private static boolean writable(Path file) {
        Path folder = file.toAbsolutePath().getParent();
        return Files.exists(file)
                ? Files.isRegularFile(file) && Files.isWritable(file)
                : folder != null && Files.isDirectory(folder) && Files.isWritable(folder);
    }

    private TrainingParameters search(Inputs.Prepared prepared, List<Trial> trials) {
        try (Progress progress = new Progress(prepared.parameters().tuning(), inputs.json, trials)) {
            return Tuner.search(
                    prepared.solver(), prepared.ranker(), prepared.split().rest(), prepared.parameters(), progress);
        }
    }

    private static void print(PrintWriter out, String metric, List<Trial> trials) {
        out.println("The best of " + trials.size() + " trials by " + metric + " on the validation items:");
        trials.stream()
                .filter(trial -> trial.value() != null)
                .sorted(Comparator.comparing(Trial::value, Comparator.nullsLast(Comparator.reverseOrder())))
                .limit(SHOWN)
                .forEach(trial ->
                        out.printf(Locale.ROOT, "%.4f  %s%n", trial.value(), Measured.describe(trial.parameters())));
        out.println();
        out.println("The best of them on the held-out items:");
    }

    /** Collects the trials and shows how much of the budget is used. */
    private static final class Progress implements Tuner.Listener, AutoCloseable {

        private final List<Trial> trials;
        private final @Nullable ProgressBar bar;
        private final long started = System.nanoTime();
        private double best;

        Progress(TrainingParameters.Tuning tuning, boolean quiet, List<Trial> trials) {
            this.trials = trials;
            this.bar = quiet
                    ? null
                    : new ProgressBarBuilder()
                            .setTaskName("Tuning")
                            .setInitialMax(tuning.seconds())
                            .setUnit(" s", 1)
                            .build();
        }

        @Override
        public void trial(Trial trial) {
            trials.add(trial);
            best = Math.max(best, trial.value() == null ? 0 : trial.value());
            if (bar != null) {
                bar.setExtraMessage(String.format(Locale.ROOT, "%d trials, best %.4f", trials.size(), best));
            }
        }

        @Override
        public boolean canceled() {
            if (bar != null) {
                bar.stepTo((System.nanoTime() - started) / 1_000_000_000);
            }
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
