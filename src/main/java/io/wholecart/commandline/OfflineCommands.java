package io.wholecart.commandline;

import io.wholecart.experiment.UnfitDataException;
import io.wholecart.platform.NotEnoughMemoryException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Set;
import org.springframework.boot.logging.LoggingSystem;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The commands of the jar beside its service. */
@Command(
        name = "java -jar wholecart.jar",
        description = "Without a command, the service starts; its settings are given as --name=value.%n"
                + "\"migrate\", with such settings, brings the database's schema up to date and exits.%n",
        subcommands = {EvaluateCommand.class, TuneCommand.class, GpuCheckCommand.class, CommandLine.HelpCommand.class})
public final class OfflineCommands {

    private static final Set<String> NAMES = Set.of("evaluate", "tune", "gpu-check", "help", "--help", "-h");

    private OfflineCommands() {}

    /** Whether these arguments are a command's, not the service's. */
    public static boolean understand(String[] args) {
        return args.length > 0 && NAMES.contains(args[0]);
    }

    /** Runs the command; the result is the process's exit status: 2 for wrong arguments, 1 for a failure. */
    public static int run(String[] args) {
        // Libraries greet in the log, which would get between the lines of the answer.
        LoggingSystem.get(OfflineCommands.class.getClassLoader()).beforeInitialize();
        return commandLine().execute(args[0].startsWith("-") ? new String[] {"help"} : args);
    }

    static CommandLine commandLine() {
        return new CommandLine(new OfflineCommands())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setExecutionExceptionHandler((failure, command, parsed) -> {
                    if (failure instanceof UnfitDataException
                            || failure instanceof NotEnoughMemoryException
                            || failure instanceof IOException
                            || failure instanceof UncheckedIOException) {
                        command.getErr().println(failure.getMessage());
                        return CommandLine.ExitCode.SOFTWARE;
                    }
                    throw failure;
                });
    }
}
