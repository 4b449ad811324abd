package io.wholecart.event;

import io.wholecart.platform.ApiException;
import io.wholecart.platform.InputError;
import io.wholecart.support.ConfiguredService;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * An event's texts and a page's cursor, each on a line: the user, the item, the time, the cursor. {@code ~} and
 * {@code ^} are the halves of a Unicode character.
 */
public final class EventFieldsFuzz {

    private static final Pattern TIME =
            Pattern.compile("(\\d{4})-(\\d\\d)-(\\d\\d)[Tt](\\d\\d):(\\d\\d)(?::(\\d\\d)(?:\\.(\\d{0,9}))?)?"
                    + "(?:[Zz]|([+-])(\\d\\d)(?::(\\d\\d)(?::(\\d\\d))?)?)");

    private EventFieldsFuzz() {}

    public static void fuzzerInitialize() {
        ConfiguredService.start();
    }

    public static void fuzzerTestOneInput(byte[] input) {
        String[] texts = new String(input, StandardCharsets.UTF_8)
                .replace('~', '\ud83d')
                .replace('^', '\ude00')
                .split("\n", 4);
        List<InputError> errors = new ArrayList<>();
        String item = part(texts, 1);
        String time = part(texts, 2);
        Event event = ImportOutcome.READER.read(texts[0], item, "view", time, ImportOutcome.NOW, errors::add);
        errors.forEach(ConfiguredService::requireHonest);
        List<String> wrong = errors.stream().map(InputError::field).toList();
        require(wrong.contains(EventReader.USER) != isId(texts[0]), "user '" + texts[0] + "': " + errors);
        require(wrong.contains(EventReader.ITEM) != isId(item), "item '" + item + "': " + errors);
        Long micros = time == null ? Long.valueOf(EventTime.micros(ImportOutcome.NOW)) : micros(time);
        require(wrong.contains(EventReader.TIME) == (micros == null), "time '" + time + "': " + errors);
        require(errors.isEmpty() == (event != null), event + " in spite of " + errors);
        if (event != null && micros != null) {
            require(
                    event.userId().equals(texts[0])
                            && event.itemId().equals(item)
                            && event.behavior().equals("view"),
                    Arrays.toString(texts) + " became " + event);
            require(EventTime.micros(event.occurredAt()) == micros, "time '" + time + "' became " + event);
            require(EventTime.instant(micros).equals(event.occurredAt()), micros + " is not " + event);
            String written = event.occurredAt().toString();
            Event again = ImportOutcome.READER.read(
                    event.userId(), event.itemId(), "view", written, ImportOutcome.NOW, errors::add);
            require(event.equals(again), event + " became " + again + errors);
        }
        cursor(part(texts, 3));
    }

    private static @Nullable String part(String[] texts, int at) {
        return at < texts.length ? texts[at] : null;
    }

    /** The rule, said otherwise: what UTF-8 gives back, neither blank nor long nor a step in a path, nothing invisible. */
    private static boolean isId(@Nullable String text) {
        return text != null
                && !text.isBlank()
                && text.length() <= 200
                && !text.matches("\\.\\.?")
                && text.chars().noneMatch(c -> c < 32 || (c >= 127 && c < 160))
                && new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8).equals(text);
    }

    /** Microseconds since 1970; null for what is no time, before 1970 or more than a day ahead. */
    private static @Nullable Long micros(String text) {
        Matcher parts = TIME.matcher(text);
        if (!parts.matches()) {
            return null;
        }
        int hour = number(parts.group(4));
        int minute = number(parts.group(5));
        int second = number(parts.group(6));
        int offset = 3600 * number(parts.group(9)) + 60 * number(parts.group(10)) + number(parts.group(11));
        if (hour > 23 || minute > 59 || second > 59 || number(parts.group(10)) > 59 || number(parts.group(11)) > 59) {
            return null;
        }
        long days;
        try {
            days = LocalDate.of(number(parts.group(1)), number(parts.group(2)), number(parts.group(3)))
                    .toEpochDay();
        } catch (DateTimeException e) {
            return null;
        }
        long seconds = days * 86_400 + hour * 3600L + minute * 60L + second;
        seconds -= "-".equals(parts.group(8)) ? -offset : offset;
        String fraction = parts.group(7) == null ? "" : parts.group(7);
        long micros = seconds * 1_000_000 + number((fraction + "000000").substring(0, 6));
        long latest = EventTime.micros(ImportOutcome.NOW) + 86_400_000_000L;
        return offset > 18 * 3600 || micros < 0 || micros > latest ? null : micros;
    }

    private static int number(@Nullable String digits) {
        return digits == null ? 0 : Integer.parseInt(digits);
    }

    /** A cursor is refused by name, or is a place that is written as a cursor of the same place. */
    private static void cursor(@Nullable String text) {
        if (text == null) {
            return;
        }
        EventHistory.Position place;
        try {
            place = EventHistory.Position.parse(text);
        } catch (ApiException e) {
            ConfiguredService.requireHonest(e);
            require("cursor".equals(e.errors().get(0).field()), "refused " + e.errors());
            return;
        }
        require(
                place.equals(EventHistory.Position.parse(place.text())),
                text + " is another place than " + place.text());
    }

    private static void require(boolean kept, String otherwise) {
        if (!kept) {
            throw new AssertionError(otherwise);
        }
    }
}
