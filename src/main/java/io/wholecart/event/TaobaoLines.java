package io.wholecart.event;

import io.wholecart.platform.InputError;
import java.io.BufferedReader;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * {@code UserBehavior.csv} as Taobao published it: {@code user,item,category,pv|cart|fav|buy,seconds since 1970}, without
 * a header.
 */
final class TaobaoLines extends EventLines.OneByOne {

    private static final int COLUMNS = 5;

    private final EventReader reader;
    private final Map<String, String> behaviors;

    /**
     * Reads from here on.
     *
     * @param behaviors ours by theirs; empty for one that is not counted
     */
    TaobaoLines(LimitedReader limit, BufferedReader text, EventReader reader, Map<String, String> behaviors) {
        super(limit, text);
        this.reader = reader;
        this.behaviors = behaviors;
    }

    @Override
    public @Nullable Event event(Instant now, Consumer<InputError> errors) {
        String[] fields = line().split(",", -1);
        if (fields.length != COLUMNS) {
            errors.accept(InputError.field(
                    "line", "has " + fields.length + " columns; expected 5: user,item,category," + "behavior,seconds"));
            return null;
        }
        String behavior = behaviors.get(fields[3]);
        if (behavior == null) {
            errors.accept(InputError.field("behavior", "must be one of " + behaviors.keySet()));
            return null;
        }
        if (behavior.isEmpty()) {
            return null;
        }
        String time;
        try {
            time = Instant.ofEpochSecond(Long.parseLong(fields[4].strip())).toString();
        } catch (NumberFormatException | DateTimeException e) {
            errors.accept(InputError.field(EventReader.TIME, "must be whole seconds since 1970"));
            return null;
        }
        return reader.read(fields[0], fields[1], behavior, time, now, errors);
    }
}
