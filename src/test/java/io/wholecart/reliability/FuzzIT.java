package io.wholecart.reliability;

import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Whatever is sent as an import, as JSON or as a model's file: Jazzer looks for bytes that break a promise, in a JVM of
 * its own for each target. {@code -Dwholecart.write-docs} keeps the inputs that go ways of their own.
 */
class FuzzIT {

    private static final String CODE = Stream.of(
                    "io.wholecart.**", "org.apache.commons.csv.**", "tools.jackson.core.**")
            .reduce((one, other) -> one + File.pathSeparator + other)
            .orElseThrow();
    private static final Pattern PROGRESS = Pattern.compile("#\\d+\\s+\\w+\\s+cov: (\\d+) ft: (\\d+) corp: (\\d+)/");
    private static final Pattern EXECUTED = Pattern.compile("stat::number_of_executed_units: (\\d+)");
    private static final Pattern FINDING =
            Pattern.compile("== Java (?:Exception|Assertion Error): .*|SUMMARY: libFuzzer: .*");

    /** A JVM that starts on a busy machine. */
    private static final Duration GRACE = Duration.ofMinutes(5);

    @Test
    void nothingThatIsSentBreaksAPromise() throws Exception {
        assumeThat(FuzzIT.class.getResource("/com/code_intelligence/jazzer/driver/jazzer_driver_" + host()))
                .as("Jazzer has no native part for " + host())
                .isNotNull();
        int rounds = Scale.rounds(0, FuzzTarget.values().length);
        assumeThat(rounds)
                .as("Fuzzing is for the long form; what is kept of it is tried in every build")
                .isPositive();
        Random random = Scale.random(this);
        Path folder = Scale.folder(this).toAbsolutePath();
        List<FuzzTarget> targets = new ArrayList<>(Arrays.asList(FuzzTarget.values()));
        Collections.shuffle(targets, random);
        Duration time = Scale.time(Duration.ofSeconds(8), Duration.ofSeconds(60));
        try (Tally tally = new Tally("fuzzing of imports, JSON and model files")) {
            for (FuzzTarget target : targets.subList(0, Math.min(rounds, targets.size()))) {
                fuzz(target, folder.resolve(target.type().getSimpleName()), time, random.nextInt(1 << 30), tally);
                tally.run();
            }
        }
    }

    private static void fuzz(FuzzTarget target, Path folder, Duration time, int seed, Tally tally) throws Exception {
        Path found = Files.createDirectories(folder.resolve("found"));
        Path broken = Files.createDirectories(folder.resolve("broken"));
        Path inputs = Files.createDirectories(folder.resolve("inputs"));
        write(target.madeByHand(), inputs);
        write(target.kept(), inputs);
        Path log = folder.resolve("log");
        int exit = jazzer(
                target,
                log,
                time.plus(GRACE),
                "-max_total_time=" + time.toSeconds(),
                "-seed=" + seed,
                "-timeout=30",
                "-print_final_stats=1",
                "-artifact_prefix=" + broken + File.separator,
                found.toString(),
                inputs.toString());
        String said = Files.readString(log);
        long executed = Long.parseLong(last(EXECUTED, said).orElse("0"));
        System.out.printf(
                "%s: %,d inputs in %d s, -seed=%d, %s%n",
                target.type().getSimpleName(), executed, time.toSeconds(), seed, reached(said));
        tally.fault("target of fuzzing");
        tally.promise(
                exit == 0 && executed > 0,
                target.type().getSimpleName() + " ended with " + exit + ", see " + folder + ": "
                        + last(FINDING, said).orElse("no finding"));
        if (exit == 0 && System.getProperty("wholecart.write-docs") != null) {
            target.keep(found);
        }
    }

    /** Runs it to its end, or for so long; its exit code, −1 where it had to be killed. */
    private static int jazzer(FuzzTarget target, Path log, Duration longest, String... arguments)
            throws InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx1g",
                "--enable-native-access=ALL-UNNAMED",
                "com.code_intelligence.jazzer.Jazzer",
                "--target_class=" + target.type().getName(),
                "--instrumentation_includes=" + CODE,
                "--custom_hook_includes=" + CODE,
                "--reproducer_path=" + log.getParent()));
        command.addAll(List.of(arguments));
        Process process = Processes.start(command, Map.of("CLASSPATH", System.getProperty("java.class.path")), log);
        try {
            return process.waitFor(longest.toMillis(), TimeUnit.MILLISECONDS) ? process.exitValue() : -1;
        } finally {
            Processes.kill(Processes.withDescendants(process.toHandle()));
        }
    }

    private static String reached(String said) {
        String reached = "no progress";
        Matcher progress = PROGRESS.matcher(said);
        while (progress.find()) {
            reached = "cov %s, ft %s, %s kept".formatted(progress.group(1), progress.group(2), progress.group(3));
        }
        return reached;
    }

    private static Optional<String> last(Pattern pattern, String said) {
        return pattern.matcher(said)
                .results()
                .map(match -> match.groupCount() == 0 ? match.group() : match.group(1))
                .reduce((one, later) -> later);
    }

    private static void write(Map<String, byte[]> inputs, Path folder) throws IOException {
        for (Map.Entry<String, byte[]> input : inputs.entrySet()) {
            Files.write(folder.resolve(input.getKey()), input.getValue());
        }
    }

    /** As Jazzer names it. */
    private static String host() {
        String system = System.getProperty("os.name").toLowerCase(Locale.ROOT);
        String processor = System.getProperty("os.arch");
        return (system.startsWith("mac") ? "macos" : system.startsWith("windows") ? "windows" : system) + "_"
                + (processor.equals("amd64") ? "x86_64" : processor);
    }
}
