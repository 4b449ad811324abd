package io.wholecart.event;

import io.wholecart.platform.InputError;
import io.wholecart.support.ConfiguredService;
import java.io.ByteArrayInputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Any bytes as the body of {@code POST /events}. */
public final class EventBatchFuzz {

    /** Reads numbers and texts as they stand there, and nothing of which two readers could think differently. */
    private static final JsonMapper STRICT = ConfiguredService.JSON
            .rebuild()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();

    private static final int MANY = 30;

    private EventBatchFuzz() {}

    public static void fuzzerInitialize() {
        ConfiguredService.start();
    }

    public static void fuzzerTestOneInput(byte[] body) {
        EventPost posted = EventPost.of(body);
        String text = text(body);
        JsonNode tree = tree(body);
        if (tree == null || text == null) {
            return;
        }
        require(!"malformedJson".equals(posted.code()), "called JSON malformed: " + text);
        boolean batch = tree.isArray();
        require(
                posted.errors().stream().allMatch(e -> e.line() == null && (e.index() != null) == batch),
                "errors without a place: " + posted);
        if (batch && tree.size() <= MANY) {
            eachForItself(posted, tree);
        }
        if (!batch) {
            asTheTreeSays(posted, tree);
            asALineOfAnImport(posted, tree);
        }
        // What begins with a NUL or has one next is UTF-16 or 32 for whoever reads JSON.
        if (!text.startsWith("\uFEFF") && text.indexOf(0) < 0) {
            for (Charset charset : List.of(StandardCharsets.UTF_16BE, StandardCharsets.UTF_16LE)) {
                EventPost other = EventPost.of(("\uFEFF" + text).getBytes(charset));
                require(other.equals(posted), charset + ": " + other + "; in UTF-8 " + posted);
            }
        }
    }

    /** A batch has the events of its elements, or the errors of all that have some. */
    private static void eachForItself(EventPost posted, JsonNode tree) {
        List<Event> events = new ArrayList<>();
        List<InputError> errors = new ArrayList<>();
        for (int i = 0; i < tree.size(); i++) {
            EventPost one = EventPost.of(STRICT.writeValueAsBytes(List.of(tree.get(i))));
            events.addAll(one.events());
            for (InputError error : one.errors()) {
                errors.add(error.atIndex(i));
            }
        }
        EventPost expected = errors.isEmpty()
                ? new EventPost(events, null, List.of())
                : new EventPost(List.of(), "invalidInput", errors);
        require(expected.equals(posted), "one by one " + expected + "; together " + posted);
    }

    private static void asTheTreeSays(EventPost posted, JsonNode tree) {
        for (Event event : posted.events()) {
            require(tree.path(EventReader.USER).asString("").equals(event.userId()), tree + " became " + event);
            require(tree.path(EventReader.ITEM).asString("").equals(event.itemId()), tree + " became " + event);
            require(tree.path(EventReader.BEHAVIOR).asString("").equals(event.behavior()), tree + " became " + event);
            require(EventReader.FIELDS.containsAll(tree.propertyNames()), "took an unknown field: " + tree);
            require(
                    tree.hasNonNull(EventReader.TIME) || event.occurredAt().equals(ImportOutcome.NOW),
                    tree + " became " + event);
        }
    }

    private static void asALineOfAnImport(EventPost posted, JsonNode tree) {
        byte[] line = STRICT.writeValueAsBytes(tree);
        if (!tree.isObject() || line.length > LimitedReader.MAX_LINE / 2) {
            return;
        }
        ImportOutcome imported = ImportOutcome.of(new ByteArrayInputStream(line), new ImportOptions(true, false));
        List<InputError> errors =
                imported.errors().stream().map(EventBatchFuzz::nowhere).toList();
        require(
                imported.events().equals(posted.events()) && errors.equals(posted.errors()),
                "imported " + imported + "; posted " + posted);
    }

    private static InputError nowhere(InputError error) {
        return new InputError(null, null, error.field(), error.message());
    }

    private static @Nullable JsonNode tree(byte[] body) {
        try {
            JsonNode tree = STRICT.readTree(body);
            return tree.isMissingNode() ? null : Objects.requireNonNull(tree);
        } catch (JacksonException | NumberFormatException e) {
            return null;
        }
    }

    private static @Nullable String text(byte[] bytes) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            return null;
        }
    }

    private static void require(boolean kept, String otherwise) {
        if (!kept) {
            throw new AssertionError(otherwise);
        }
    }
}
