package io.wholecart.commandline;

import io.wholecart.cuda.CardCheck;
import io.wholecart.cuda.CardException;
import io.wholecart.ehcf.Hyperparameters;
import io.wholecart.interaction.Interactions;
import io.wholecart.interaction.Snapshot;
import io.wholecart.interaction.SparseMatrix;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import tools.jackson.databind.json.JsonMapper;

/** Looks at the CUDA card of this machine. Needs neither Spring nor ND4J, so that the bundle for such machines is small. */
@Command(
        name = "gpu-check",
        mixinStandardHelpOptions = true,
        description =
                "Compiles the kernels for this machine's CUDA card, compares both solvers and the ranking with the"
                        + " processor's, and times them.%n",
        exitCodeListHeading = "Exit status:%n",
        exitCodeList = {
            " 0:all agrees",
            " 1:something does not agree, or failed",
            " 2:wrong arguments",
            " 3:there is no card that can be used"
        })
public final class GpuCheckCommand implements Callable<Integer> {

    private static final int NO_CARD = 3;
    /** With more interactions than this the processor's engine would keep everybody waiting. */
    private static final long COMPARED = 2_000_000;

    private static final List<String> BEHAVIORS = List.of("view", "cart", "purchase");
    private static final int MOST_FACTORS = 256;

    @Spec
    private CommandSpec command;

    @Option(names = "--data", paramLabel = "DIR", description = "A folder as the command evaluate takes; else made up.")
    private @Nullable Path data;

    @Option(names = "--users", defaultValue = "50000", description = "Of made-up data, by default ${DEFAULT-VALUE}.")
    private int users;

    @Option(names = "--items", defaultValue = "40000", description = "Of made-up data, by default ${DEFAULT-VALUE}.")
    private int items;

    @Option(
            names = "--interactions",
            defaultValue = "400000",
            description = "Of made-up data, by default ${DEFAULT-VALUE}.")
    private long interactions;

    @Option(names = "--factors", defaultValue = "64", description = "By default ${DEFAULT-VALUE}.")
    private int factors;

    @Option(names = "--sweeps", defaultValue = "14", description = "Sweeps of exact, by default ${DEFAULT-VALUE}.")
    private int sweeps;

    @Option(
            names = "--epochs",
            defaultValue = "20",
            description = "Timed epochs of adagrad, by default ${DEFAULT-VALUE}.")
    private int epochs;

    @Option(
            names = "--compared-epochs",
            defaultValue = "0",
            paramLabel = "N",
            description =
                    "Also compare HR@100 after so many epochs with dropout; the processor takes half a second each"
                            + " on Taobao's data.")
    private int comparedEpochs;

    @Option(names = "--json", description = "Answer in JSON.")
    private boolean json;

    /** Only asked of picocli. */
    @SuppressWarnings("NullAway.Init")
    GpuCheckCommand() {}

    /** The command alone, in the bundle for machines without the rest. */
    public static void main(String[] args) {
        System.exit(new CommandLine(new GpuCheckCommand()).execute(args));
    }

    @Override
    public Integer call() {
        checkArguments();
        PrintWriter out = command.commandLine().getOut();
        try (CardCheck check = new CardCheck()) {
            Map<String, Object> report = report(check);
            if (json) {
                out.println(JsonMapper.builder()
                        .build()
                        .writerWithDefaultPrettyPrinter()
                        .writeValueAsString(report));
            } else {
                print(out, "", report);
            }
            out.flush();
            return report.get("agreement") instanceof Map<?, ?> found && Boolean.TRUE.equals(found.get("passed"))
                    ? CommandLine.ExitCode.OK
                    : CommandLine.ExitCode.SOFTWARE;
        } catch (CardException e) {
            boolean absent = e.reason() == CardException.Reason.ABSENT || e.reason() == CardException.Reason.UNSUITABLE;
            command.commandLine()
                    .getErr()
                    .println((absent ? "No usable card: " : "The card failed: ") + e.getMessage());
            return absent ? NO_CARD : CommandLine.ExitCode.SOFTWARE;
        }
    }

    private void checkArguments() {
        if (data != null && !Files.isDirectory(data)) {
            throw new ParameterException(command.commandLine(), "--data: there is no folder " + data);
        }
        if (users < 1 || items < 2 || interactions < 1 || sweeps < 1 || epochs < 1 || comparedEpochs < 0) {
            throw new ParameterException(command.commandLine(), "numbers must be positive");
        }
        if (factors < 1 || factors > MOST_FACTORS) {
            throw new ParameterException(command.commandLine(), "--factors must be from 1 to " + MOST_FACTORS);
        }
    }

    private Map<String, Object> report(CardCheck check) {
        Map<String, Object> report = new LinkedHashMap<>();
        Map<String, Object> card = check.describe(factors);
        report.put("device", card);
        Snapshot.Split split = split();
        Interactions train = split.train();
        report.put("data", describe(train));
        boolean small = train.byUser().stream().mapToLong(SparseMatrix::size).sum() <= COMPARED;
        Snapshot.Split compared = small ? split : new GeneratedData(20_000, 10_000, 300_000).split();
        report.put("comparedOn", small ? "the data" : "20000 users and 10000 items, made up");
        report.put(
                "agreement",
                check.compare(
                        compared,
                        settings(compared.train().behaviors()),
                        comparedEpochs,
                        Runtime.getRuntime().availableProcessors()));
        report.put("exact", check.timeExact(train, settings(train.behaviors()), card));
        report.put("adagrad", check.timeAdagrad(train, settings(train.behaviors()), epochs, card));
        return report;
    }

    private Snapshot.Split split() {
        if (data == null) {
            return new GeneratedData(users, items, interactions).split();
        }
        EventFiles files = new EventFiles(data);
        return files.split(files.behaviors(BEHAVIORS));
    }

    private static Map<String, Object> describe(Interactions train) {
        Map<String, Object> sizes = new LinkedHashMap<>();
        sizes.put("users", train.users());
        sizes.put("items", train.items());
        for (int k = 0; k < train.behaviors().size(); k++) {
            sizes.put(train.behaviors().get(k), train.byUser().get(k).size());
        }
        return sizes;
    }

    /** The paper's for Taobao; behaviors that it does not have count alike. */
    private Hyperparameters settings(List<String> behaviors) {
        int count = behaviors.size();
        List<Hyperparameters.Weight> weights = new ArrayList<>();
        for (int k = 0; k < count; k++) {
            float cart = count == 2 ? 5f / 6 : 4f / 6;
            float lambda = count == 1 ? 1 : behaviors.get(k).equals("cart") ? cart : (1 - cart) / (count - 1);
            weights.add(new Hyperparameters.Weight(behaviors.contains("cart") ? lambda : 1f / count, 0.01f));
        }
        return new Hyperparameters(
                factors, sweeps, 0.5f, weights, 0, 1.7f, 0, Hyperparameters.Adagrad.paper(count), 20_200_207);
    }

    private static void print(PrintWriter out, String indent, Map<?, ?> values) {
        values.forEach((name, value) -> {
            if (value instanceof Map<?, ?> inner) {
                out.println(indent + name + ":");
                print(out, indent + "  ", inner);
            } else if (value instanceof List<?> list) {
                out.println(indent + name + ":");
                for (Object element : list) {
                    out.println(indent + "  " + line(element));
                }
            } else {
                out.println(indent + name + ": " + line(value));
            }
        });
    }

    private static String line(Object value) {
        if (value instanceof Map<?, ?> map) {
            StringBuilder text = new StringBuilder();
            map.forEach((name, inner) -> text.append(text.isEmpty() ? "" : ", ")
                    .append(name)
                    .append(' ')
                    .append(line(inner)));
            return text.toString();
        }
        return value instanceof Double number ? String.format(Locale.ROOT, "%.5g", number) : String.valueOf(value);
    }
}
