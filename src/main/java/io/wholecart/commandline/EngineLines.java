package io.wholecart.commandline;

import io.wholecart.cuda.CardException;
import io.wholecart.cuda.Engine;
import java.util.Locale;
import picocli.CommandLine;

/**
 * Says on the error stream where a command works, beside its answer.
 *
 * @param choice what was asked for: that a card is absent is worth a line only where it was
 */
record EngineLines(CommandLine command, Engine.Choice choice) implements Engine.Watch {

    @Override
    public void begins(String work, String engine, String description) {
        if (engine.equals(Engine.CARD)) {
            command.getErr().println("On " + description + ": " + work + ".");
        }
    }

    @Override
    public void solved(String work, String engine) {}

    @Override
    public void fallsBack(String work, CardException why) {
        if (why.reason() == CardException.Reason.ABSENT && choice == Engine.Choice.AUTO) {
            return;
        }
        command.getErr()
                .println("No CUDA card for " + work + ", the processor does it ("
                        + why.reason().name().toLowerCase(Locale.ROOT) + "): " + why.getMessage());
    }
}
