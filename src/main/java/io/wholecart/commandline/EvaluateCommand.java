package io.wholecart.commandline;

import io.wholecart.experiment.ParameterRequest;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Trains on files and measures on held-out items. */
@Command(
        name = "evaluate",
        mixinStandardHelpOptions = true,
        description = "Trains on files and measures how well held-out items are ranked. Needs no database.")
final class EvaluateCommand implements Callable<Integer> {

    @Spec
    private CommandSpec command;

    @Mixin
    private Inputs inputs;

    /** Only asked of picocli. */
    @SuppressWarnings("NullAway.Init")
    EvaluateCommand() {}

    @Override
    public Integer call() {
        Inputs.Prepared prepared = inputs.read(ParameterRequest.empty());
        Measured measured = Measured.on(prepared, prepared.parameters(), inputs.json);
        if (inputs.json) {
            command.commandLine().getOut().println(Inputs.JSON.writeValueAsString(measured));
        } else {
            measured.print(command.commandLine().getOut());
        }
        return 0;
    }
}
