package io.wholecart.training;

import java.io.Console;
import java.util.Locale;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/** A run's progress on the terminal in which the service was started; nothing where its output goes elsewhere. */
final class TerminalBar implements AutoCloseable {

    private static final boolean TERMINAL = isTerminal();
    private static final int STEPS = 1_000;

    private final @Nullable ProgressBar bar;

    TerminalBar(long run) {
        bar = !TERMINAL
                ? null
                : new ProgressBarBuilder()
                        .setTaskName("Training run " + run)
                        .setInitialMax(STEPS)
                        .setStyle(ProgressBarStyle.ASCII)
                        .hideEta()
                        .build();
    }

    /** From Java 22 on there is a console without a terminal, too, and a method that tells. */
    @SuppressWarnings("SystemConsoleNull")
    private static boolean isTerminal() {
        Console console = System.console();
        if (console == null) {
            return false;
        }
        try {
            return (boolean) Console.class.getMethod("isTerminal").invoke(console);
        } catch (ReflectiveOperationException e) {
            return true;
        }
    }

    void show(RunProgress progress) {
        if (bar != null) {
            Double loss = progress.loss();
            String phase = progress.state().phase();
            bar.setExtraMessage((phase == null ? "start" : phase)
                    + (loss == null ? "" : String.format(Locale.ROOT, ", loss %.6g", loss)));
            bar.stepTo(Math.round(STEPS * progress.ratio()));
        }
    }

    @Override
    public void close() {
        if (bar != null) {
            bar.close();
        }
    }
}
