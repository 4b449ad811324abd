package io.wholecart.event;

import io.wholecart.platform.InputError;
import java.io.BufferedReader;
import java.io.IOException;
import java.time.Instant;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The lines of an import, one after the other. */
interface EventLines {

    /** Goes to the next line that is not blank; false at the end. */
    boolean advance() throws IOException;

    /** Number of the current line, from 1. */
    long number();

    /**
     * The current line's event; null after at least one error was given to {@code errors}, and without one where the
     * line is of a kind that is not counted.
     */
    @Nullable Event event(Instant now, Consumer<InputError> errors);

    /** Lines of text, each of which stands for itself. */
    abstract class OneByOne implements EventLines {

        private final LimitedReader limit;
        private final BufferedReader text;
        private long number;
        private String line = "";

        OneByOne(LimitedReader limit, BufferedReader text) {
            this.limit = limit;
            this.text = text;
        }

        final String line() {
            return line;
        }

        @Override
        public final boolean advance() throws IOException {
            do {
                limit.nextLine();
                String next = text.readLine();
                if (next == null) {
                    return false;
                }
                line = next;
                number++;
            } while (line.isBlank());
            return true;
        }

        @Override
        public final long number() {
            return number;
        }
    }
}
