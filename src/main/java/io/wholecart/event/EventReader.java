package io.wholecart.event;

import io.wholecart.platform.ExternalId;
import io.wholecart.platform.InputError;
import io.wholecart.platform.WholecartProperties;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/** Turns received fields into an {@link Event}, or says what is wrong with which field. */
@Component
class EventReader {

    static final String USER = "userId";
    static final String ITEM = "itemId";
    static final String BEHAVIOR = "behavior";
    static final String TIME = "occurredAt";
    static final Set<String> FIELDS = Set.of(USER, ITEM, BEHAVIOR, TIME);

    /** Clocks differ; a day covers every time zone mistake that still means "now". */
    private static final Duration MAX_AHEAD = Duration.ofDays(1);

    private static final Instant EARLIEST = Instant.parse("1970-01-01T00:00:00Z");

    private final List<String> behaviors;
    private final WholecartProperties.Events kept;
    private final Clock clock;

    EventReader(WholecartProperties properties, Clock clock) {
        this.behaviors = properties.behaviors();
        this.kept = properties.events();
        this.clock = clock;
    }

    /** The time for events that tell none. */
    Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MICROS);
    }

    /**
     * Reads one JSON event at which the parser stands, to its end, building no tree: what a hostile body nests in it
     * is skipped. Null after at least one error was given to {@code errors}.
     */
    @Nullable Event read(JsonParser json, Instant now, Consumer<InputError> errors) {
        if (json.currentToken() != JsonToken.START_OBJECT) {
            json.skipChildren();
            errors.accept(new InputError(null, null, null, "must be an object with userId, itemId and behavior"));
            return null;
        }
        Map<String, String> texts = new HashMap<>();
        InputError flaw = null;
        while (json.nextToken() == JsonToken.PROPERTY_NAME) {
            String field = json.currentName();
            JsonToken value = json.nextToken();
            boolean id = field.equals(USER) || field.equals(ITEM);
            if (!FIELDS.contains(field)) {
                flaw = InputError.field(InputError.shortened(field), "is not a known field");
                json.skipChildren();
            } else if (value == JsonToken.VALUE_STRING || (id && value == JsonToken.VALUE_NUMBER_INT)) {
                // Shops with numeric ids may send them as JSON numbers.
                texts.put(field, json.getString());
            } else if (value != JsonToken.VALUE_NULL) {
                flaw = InputError.field(field, "must be a string");
                json.skipChildren();
            }
        }
        if (flaw != null) {
            errors.accept(flaw);
            return null;
        }
        return read(texts.get(USER), texts.get(ITEM), texts.get(BEHAVIOR), texts.get(TIME), now, errors);
    }

    /** Reads one event from its texts; null after at least one error was given to {@code errors}. */
    @Nullable Event read(
            @Nullable String user,
            @Nullable String item,
            @Nullable String behavior,
            @Nullable String time,
            Instant now,
            Consumer<InputError> errors) {
        String userFlaw = ExternalId.flaw(user);
        String itemFlaw = ExternalId.flaw(item);
        if (userFlaw != null) {
            errors.accept(InputError.field(USER, userFlaw));
        }
        if (itemFlaw != null) {
            errors.accept(InputError.field(ITEM, itemFlaw));
        }
        boolean known = behavior != null && behaviors.contains(behavior);
        if (!known) {
            String message = behavior == null || behavior.isEmpty()
                    ? "must not be empty; known are " + behaviors
                    : "'" + InputError.shortened(behavior) + "' is unknown; known are " + behaviors;
            errors.accept(InputError.field(BEHAVIOR, message));
        }
        Instant occurredAt = time(time, now, errors);
        if (user == null || item == null || behavior == null || userFlaw != null || itemFlaw != null) {
            return null;
        }
        return !known || occurredAt == null ? null : new Event(user, item, behavior, occurredAt);
    }

    private @Nullable Instant time(@Nullable String text, Instant now, Consumer<InputError> errors) {
        if (text == null) {
            return now;
        }
        String flaw;
        Instant oldest = kept.oldest(now);
        try {
            Instant time = OffsetDateTime.parse(text).toInstant().truncatedTo(ChronoUnit.MICROS);
            if (time.isAfter(now.plus(MAX_AHEAD))) {
                flaw = "is more than a day in the future";
            } else if (time.isBefore(EARLIEST)) {
                flaw = "is before 1970";
            } else if (oldest != null && time.isBefore(oldest)) {
                flaw = "is older than events are kept here (wholecart.events.retention)";
            } else {
                return time;
            }
        } catch (DateTimeException e) {
            flaw = "must be ISO-8601 with an offset, like 2026-05-04T17:30:00Z";
        }
        errors.accept(InputError.field(TIME, flaw));
        return null;
    }
}
