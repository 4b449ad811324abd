package io.wholecart.event;

import io.wholecart.platform.InputError;
import io.wholecart.support.ConfiguredService;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/** What an import promises whatever it is given: each is held against another way to the same result. */
final class ImportPromises {

    private static final String MARK = "\uFEFF";
    private static final String GOOD_JSON = "{\"userId\":\"u\",\"itemId\":\"i\",\"behavior\":\"view\"}\n";
    private static final String GOOD_TAOBAO = "1,2,3,pv,1511544070\n";

    /** Longer texts may have lines that are too long, which is seen a little earlier or later; and they take long. */
    private static final int LONG = 32 << 10;

    private static final int MANY_LINES = 12;

    private final byte[] body;
    private final boolean taobao;
    private final ImportOptions options;
    private final ImportOutcome outcome;

    private ImportPromises(byte[] body, boolean taobao) {
        this.body = body;
        this.taobao = taobao;
        this.options = new ImportOptions(true, taobao);
        this.outcome = of(body);
    }

    private ImportOutcome of(byte[] bytes) {
        return ImportOutcome.of(new ByteArrayInputStream(bytes), options);
    }

    private ImportOutcome of(String text) {
        return of(text.getBytes(StandardCharsets.UTF_8));
    }

    static void hold(byte[] body, boolean taobao) {
        byte[] plain = decompressed(body);
        ImportPromises promises = new ImportPromises(body, taobao);
        if (plain == null) {
            require(promises.outcome.refused() != null, "took half a gzip stream");
            return;
        }
        if (plain.length > LONG) {
            return;
        }
        promises.sameInPieces();
        promises.strictOnesTakeAllOrNothing();
        promises.eventsComeBack();
        if (plain != body) {
            promises.sameAs(promises.of(plain), "plain");
        } else {
            promises.sameAs(promises.of(gzip(body)), "as gzip");
            String text = text(body);
            if (text == null) {
                require(promises.outcome.refused() != null, "took what is not UTF-8");
            } else {
                promises.ofText(text);
            }
        }
    }

    private void ofText(String text) {
        if (!text.startsWith(MARK)) {
            sameAs(of(MARK + text), "with a byte order mark");
        }
        boolean json = !taobao && text.stripLeading().startsWith("{");
        boolean quoted = text.indexOf('"') >= 0;
        if (text.indexOf('\r') < 0 && (json || !quoted)) {
            sameAs(of(text.replace("\n", "\r\n")), "with CRLF");
        }
        String content = text.startsWith(MARK) ? text.substring(1) : text;
        String[] lines = content.split("\r\n|\r|\n", -1);
        errorsPointAtLines(lines.length);
        if (taobao || (json && lines.length <= MANY_LINES && !text.startsWith(MARK))) {
            linesStandForThemselves(lines);
        }
        if (!taobao && !quoted && !content.isBlank() && !content.stripLeading().startsWith("{")) {
            plainCsvIsSplitAtCommas(lines);
        }
    }

    private void sameInPieces() {
        sameAs(ImportOutcome.of(new InPieces(body, Arrays.hashCode(body)), options), "in pieces");
    }

    private void strictOnesTakeAllOrNothing() {
        ImportOutcome strict =
                ImportOutcome.of(new ByteArrayInputStream(body), new ImportOptions(false, options.taobao()));
        if (outcome.refused() != null) {
            require(strict.refused() != null, "took strictly what is refused otherwise: " + outcome);
        } else if (outcome.bad() > 0) {
            require(
                    strict.events().isEmpty() && strict.errors().equals(outcome.errors()),
                    "strictly " + strict + "; else " + outcome);
        } else {
            require(strict.equals(outcome), "without a bad line, strictly " + strict + "; else " + outcome);
        }
    }

    /** What was taken is taken again when it is written as CSV, as NDJSON and as the body of POST /events. */
    private void eventsComeBack() {
        List<Event> events = outcome.events();
        StringBuilder csv = new StringBuilder("occurredAt,itemId,behavior,userId\r\n");
        StringBuilder json = new StringBuilder();
        for (Event event : events) {
            csv.append(event.occurredAt()).append(',').append(quoted(event.itemId()));
            csv.append(',').append(event.behavior()).append(',').append(quoted(event.userId()));
            csv.append("\r\n");
            json.append(ConfiguredService.JSON.writeValueAsString(event)).append('\n');
        }
        ImportOptions usual = new ImportOptions(false, false);
        for (CharSequence text : List.of(csv, json)) {
            byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
            ImportOutcome again = ImportOutcome.of(new ByteArrayInputStream(bytes), usual);
            if (!events.isEmpty()) {
                require(
                        again.equals(new ImportOutcome(events, 0, 0, null, List.of())),
                        events + " came back as " + again);
            }
        }
        EventPost posted = EventPost.of(ConfiguredService.JSON.writeValueAsBytes(events));
        require(posted.events().equals(events), events + " came back as " + posted);
    }

    private void errorsPointAtLines(int lines) {
        long before = 0;
        for (InputError error : outcome.errors()) {
            Long line = error.line();
            if (outcome.refused() == null || line != null) {
                require(
                        line != null && line >= before && line >= 1 && line <= lines,
                        error + " in " + lines + " lines");
                before = line;
            }
        }
        if (outcome.refused() == null) {
            require(
                    outcome.events().size() + outcome.bad() + outcome.ignored() <= lines,
                    "more than one event a line: " + outcome);
            require(outcome.errors().isEmpty() == (outcome.bad() == 0), "counts other lines than it lists: " + outcome);
        }
    }

    /** Each line alone, after a good one that says which format it is. */
    private void linesStandForThemselves(String[] lines) {
        if (outcome.refused() != null || lines.length > MANY_LINES) {
            return;
        }
        List<Event> events = new ArrayList<>();
        List<InputError> errors = new ArrayList<>();
        long bad = 0;
        long ignored = 0;
        for (int i = 0; i < lines.length; i++) {
            ImportOutcome one = of((taobao ? GOOD_TAOBAO : GOOD_JSON) + lines[i]);
            events.addAll(one.events().subList(1, one.events().size()));
            for (InputError error : one.errors()) {
                errors.add(error.atLine(i + 1));
            }
            bad += one.bad();
            ignored += one.ignored();
        }
        ImportOutcome added = new ImportOutcome(events, bad, ignored, null, first(errors));
        require(added.equals(outcome), "line by line " + added + "; at once " + outcome);
    }

    /** Without quotes CSV needs no parser. */
    private void plainCsvIsSplitAtCommas(String[] lines) {
        List<String> header =
                Arrays.stream(lines[0].split(",", -1)).map(String::strip).toList();
        boolean good = EventReader.FIELDS.containsAll(header)
                && new HashSet<>(header).size() == header.size()
                && header.containsAll(List.of(EventReader.USER, EventReader.ITEM, EventReader.BEHAVIOR));
        require(good == (outcome.refused() == null), "header " + header + ": " + outcome);
        if (!good) {
            return;
        }
        List<Event> events = new ArrayList<>();
        List<InputError> errors = new ArrayList<>();
        long bad = 0;
        for (int i = 1; i < lines.length; i++) {
            long line = i + 1L;
            String[] fields = lines[i].split(",", -1);
            int before = errors.size();
            if (fields.length == header.size()) {
                Event event = ImportOutcome.READER.read(
                        fields[header.indexOf(EventReader.USER)],
                        fields[header.indexOf(EventReader.ITEM)],
                        fields[header.indexOf(EventReader.BEHAVIOR)],
                        time(fields, header.indexOf(EventReader.TIME)),
                        ImportOutcome.NOW,
                        error -> errors.add(error.atLine(line)));
                if (event != null) {
                    events.add(event);
                }
            } else if (!lines[i].isBlank()) {
                errors.add(
                        InputError.field("line", "has " + fields.length + " columns, the header has " + header.size())
                                .atLine(line));
            }
            bad += errors.size() > before ? 1 : 0;
        }
        ImportOutcome split = new ImportOutcome(events, bad, 0, null, first(errors));
        require(split.equals(outcome), "split " + split + "; parsed " + outcome);
    }

    private static @Nullable String time(String[] fields, int at) {
        return at < 0 || fields[at].isEmpty() ? null : fields[at];
    }

    private static List<InputError> first(List<InputError> errors) {
        return errors.subList(0, Math.min(100, errors.size()));
    }

    /** Whatever was told, but for where text cannot be read, which is only known roughly. */
    private void sameAs(ImportOutcome other, String how) {
        boolean same = outcome.refused() == null
                ? outcome.equals(other)
                : other.refused() != null
                        && (text(Objects.requireNonNull(decompressed(body))) == null
                                || withoutNumbers(outcome.refused()).equals(withoutNumbers(other.refused())));
        require(same, how + " " + other + "; as it was " + outcome);
    }

    private static String withoutNumbers(String text) {
        return text.replaceAll("\\d+", "#");
    }

    private static String quoted(String field) {
        return '"' + field.replace("\"", "\"\"") + '"';
    }

    /** Null where these are not UTF-8. */
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

    /** The same bytes where they are no gzip; null where they are but half a stream. */
    private static byte @Nullable [] decompressed(byte[] bytes) {
        if (bytes.length < 2 || bytes[0] != 0x1f || bytes[1] != (byte) 0x8b) {
            return bytes;
        }
        try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(bytes))) {
            return in.readAllBytes();
        } catch (IOException e) {
            return null;
        }
    }

    private static byte[] gzip(byte[] bytes) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }

    private static void require(boolean kept, String otherwise) {
        if (!kept) {
            throw new AssertionError(otherwise);
        }
    }
}
