package io.wholecart.event;

import io.wholecart.platform.ApiException;
import io.wholecart.platform.InputError;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.time.Instant;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.HttpStatus;
import tools.jackson.databind.json.JsonMapper;

/** One import's way from text to the staging table, and what was seen on it. */
final class ImportLines {

    private static final Logger log = LoggerFactory.getLogger(ImportLines.class);
    private static final int MAX_REPORTED = 100;
    private static final long LOGGED = 1_000_000;

    private final ImportOptions options;
    private final EventReader reader;
    private final BehaviorNumbers numbers;
    private final Map<String, Long> received = new HashMap<>();
    private final List<InputError> firstErrors = new ArrayList<>();
    private final Map<YearMonth, Long> months = new TreeMap<>();
    private long good;
    private long bad;
    private long ignored;
    private Instant monthStart = Instant.MAX;
    private Instant monthEnd = Instant.MIN;
    private long inMonth;

    ImportLines(ImportOptions options, EventReader reader, BehaviorNumbers numbers) {
        this.options = options;
        this.reader = reader;
        this.numbers = numbers;
    }

    /** Received events by behavior. */
    Map<String, Long> received() {
        return received;
    }

    long bad() {
        return bad;
    }

    /** How many events each month has. */
    Map<YearMonth, Long> months() {
        return months;
    }

    /** NDJSON when the text begins with a brace, CSV with a header otherwise, unless a format is asked for. */
    static EventLines open(
            LimitedReader text, ImportOptions options, EventReader reader, JsonMapper json, Map<String, String> taobao)
            throws IOException {
        BufferedReader buffered = new BufferedReader(text, 8 << 10);
        buffered.mark(1);
        if (buffered.read() != '\uFEFF') {
            buffered.reset();
        }
        if (options.taobao()) {
            return new TaobaoLines(text, buffered, reader, taobao);
        }
        return startsWithBrace(buffered)
                ? new NdjsonLines(text, buffered, reader, json)
                : new CsvLines(text, buffered, reader);
    }

    private static boolean startsWithBrace(BufferedReader text) throws IOException {
        // As far as blank lines may go before the first that says which format it is.
        text.mark(1024);
        int first = text.read();
        for (int i = 1; i < 1024 && first >= 0 && Character.isWhitespace(first); i++) {
            first = text.read();
        }
        text.reset();
        return first == '{';
    }

    static LimitedReader decoded(InputStream plain) {
        CharsetDecoder strict = StandardCharsets.UTF_8
                .newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT);
        return new LimitedReader(new InputStreamReader(plain, strict));
    }

    /** Copies the good lines; where one bad line spoils all, the rest is only looked through for more of them. */
    void copy(EventLines lines, StagingCopy copy) throws IOException, SQLException {
        Instant now = reader.now();
        while (advance(lines)) {
            long line = lines.number();
            int[] flaws = {0};
            Event event = lines.event(now, error -> {
                flaws[0]++;
                if (firstErrors.size() < MAX_REPORTED) {
                    firstErrors.add(error.atLine(line));
                }
            });
            if (flaws[0] > 0) {
                bad++;
            } else if (event == null) {
                ignored++;
            } else if (!spoiled()) {
                copy.write(event, numbers.number(event.behavior()));
                count(event);
            }
        }
        countMonth();
        if (!spoiled()) {
            copy.finish();
        }
    }

    private boolean spoiled() {
        return bad > 0 && !options.skipBad();
    }

    private void count(Event event) {
        received.merge(event.behavior(), 1L, Long::sum);
        if (event.occurredAt().isBefore(monthStart) || !event.occurredAt().isBefore(monthEnd)) {
            countMonth();
            YearMonth month = YearMonth.from(event.occurredAt().atOffset(ZoneOffset.UTC));
            monthStart = EventPartitions.start(month);
            monthEnd = EventPartitions.start(month.plusMonths(1));
        }
        inMonth++;
        if (++good % LOGGED == 0) {
            log.info("Import has read {} events", good);
        }
    }

    private void countMonth() {
        if (inMonth > 0) {
            months.merge(YearMonth.from(monthStart.atOffset(ZoneOffset.UTC)), inMonth, Long::sum);
            inMonth = 0;
        }
    }

    /** Text is decoded and buffered ahead, so the place of a flaw in it is only known roughly. */
    private static boolean advance(EventLines lines) throws IOException {
        try {
            return lines.advance();
        } catch (CharacterCodingException e) {
            throw ApiException.invalid("body", "is not UTF-8 somewhere after line " + lines.number());
        } catch (LimitedReader.LineTooLongException e) {
            throw ApiException.invalid("body", e.getMessage() + " after line " + lines.number());
        }
    }

    /** A 400 with the first bad lines, where one bad line spoils all. */
    void refuseIfSpoiled() {
        if (spoiled()) {
            String rest = firstErrors.size() == MAX_REPORTED ? "; the first " + MAX_REPORTED + " are listed" : "";
            throw new ApiException(
                    HttpStatus.BAD_REQUEST,
                    "invalidLines",
                    bad + " bad line(s), nothing was stored. First: "
                            + firstErrors.get(0).describe() + rest,
                    firstErrors);
        }
    }

    ImportResult result(IngestResult stored) {
        return new ImportResult(stored.accepted(), stored.duplicates(), bad, ignored, List.copyOf(firstErrors));
    }
}
