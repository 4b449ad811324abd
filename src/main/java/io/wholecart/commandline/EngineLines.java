package io.wholecart.commandline;

import io.wholecart.cuda.CardException;
import io.wholecart.cuda.Engine;
import java.util.Locale;
import picocli.CommandLine;

/** Says on the error stream where a command works, beside its answer. */
record EngineLines(CommandLine command) implements Engine.Watch {

    @Override
    public void uses(String work, String engine, String description) {
        if (engine.equals(Engine.CARD)) {
            command.getErr().println("On " + description + ": " + work + ".");
        }
    }

    @Override
    public void fallsBack(String work, CardException why) {
        command.getErr()
                .println("No CUDA card for " + work + ", the processor does it ("
                        + why.reason().name().toLowerCase(Locale.ROOT) + "): " + why.getMessage());
    }
}
