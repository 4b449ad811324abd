package io.wholecart.event;

import io.wholecart.platform.InputError;
import java.io.BufferedReader;
import java.time.Instant;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.databind.json.JsonMapper;

/** One JSON object a line. */
final class NdjsonLines extends EventLines.OneByOne {

    private final EventReader reader;
    private final JsonMapper json;

    NdjsonLines(LimitedReader limit, BufferedReader text, EventReader reader, JsonMapper json) {
        super(limit, text);
        this.reader = reader;
        this.json = json;
    }

    @Override
    public @Nullable Event event(Instant now, Consumer<InputError> errors) {
        try (JsonParser parser = json.createParser(line())) {
            parser.nextToken();
            Event event = reader.read(parser, now, errors);
            if (parser.nextToken() != null) {
                errors.accept(InputError.field("line", "has more than one JSON object"));
                return null;
            }
            return event;
        } catch (JacksonException e) {
            errors.accept(InputError.field("line", "is not well-formed JSON"));
            return null;
        }
    }
}
