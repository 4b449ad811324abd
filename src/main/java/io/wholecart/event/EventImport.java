package io.wholecart.event;

import io.wholecart.platform.ApiException;
import io.wholecart.platform.InputError;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Semaphore;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.jdbc.core.ConnectionCallback;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;
import tools.jackson.databind.json.JsonMapper;

/**
 * Imports a stream of events in constant memory: lines are checked and copied into a staging table, then merged into
 * the event table in the same transaction. One bad line and nothing is stored.
 */
@Component
public class EventImport {

    private static final Logger log = LoggerFactory.getLogger(EventImport.class);
    private static final int MAX_REPORTED = 100;

    /** An import keeps a connection for as long as its client sends: a few slow ones must not take them all. */
    private final Semaphore slots = new Semaphore(2);

    private final JdbcTemplate jdbc;
    private final TransactionTemplate transaction;
    private final EventReader reader;
    private final EventStore store;
    private final BehaviorNumbers behaviors;
    private final JsonMapper json;

    EventImport(
            JdbcTemplate jdbc,
            TransactionTemplate transaction,
            EventReader reader,
            EventStore store,
            BehaviorNumbers behaviors,
            JsonMapper json) {
        this.jdbc = jdbc;
        this.transaction = transaction;
        this.reader = reader;
        this.store = store;
        this.behaviors = behaviors;
        this.json = json;
    }

    /**
     * Reads CSV with a header or NDJSON, UTF-8, plain or gzip; which of them is seen from the first bytes.
     *
     * @throws ApiException a 400 that lists the first bad lines
     */
    public IngestResult read(InputStream body) throws IOException {
        if (!slots.tryAcquire()) {
            String detail = "Other imports are under way; each holds a database connection. Try again later.";
            throw new ApiException(HttpStatus.SERVICE_UNAVAILABLE, "importsBusy", detail, List.of())
                    .with(HttpHeaders.RETRY_AFTER, "10");
        }
        try {
            return store(body);
        } finally {
            slots.release();
        }
    }

    private IngestResult store(InputStream body) throws IOException {
        long started = System.nanoTime();
        Map<String, Long> received = new HashMap<>();
        try {
            InputStream plain = decompressed(body);
            Map<String, Long> accepted = transaction.execute(status -> {
                try {
                    stage(plain, received);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
                return merge();
            });
            IngestResult result = store.count(received, accepted);
            log.info(
                    "Imported {} events ({} were there already) in {} s",
                    result.accepted(),
                    result.duplicates(),
                    (System.nanoTime() - started) / 1_000_000_000);
            return result;
        } catch (UncheckedIOException e) {
            throw explain(Objects.requireNonNull(e.getCause()));
        } catch (IOException e) {
            throw explain(e);
        }
    }

    private static InputStream decompressed(InputStream body) throws IOException {
        BufferedInputStream buffered = new BufferedInputStream(body, 1 << 16);
        buffered.mark(2);
        boolean gzip = buffered.read() == 0x1f && buffered.read() == 0x8b;
        buffered.reset();
        return gzip ? new BufferedInputStream(new GZIPInputStream(buffered, 1 << 16), 1 << 16) : buffered;
    }

    private void stage(InputStream plain, Map<String, Long> received) throws IOException {
        jdbc.execute("CREATE TEMPORARY TABLE staged_event"
                + " (user_id text COLLATE \"C\", item_id text COLLATE \"C\", behavior smallint, micros bigint)"
                + " ON COMMIT DROP");
        BadLines bad = new BadLines();
        try (LimitedReader text = new LimitedReader(new InputStreamReader(plain, strictUtf8()))) {
            EventLines lines = EventLines.of(text, reader, json);
            jdbc.execute((ConnectionCallback<Boolean>) connection -> {
                try (StagingCopy copy = new StagingCopy(connection)) {
                    copyLines(lines, copy, received, bad);
                    return true;
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        }
        if (bad.count > 0) {
            store.countRejected(bad.count);
            String rest = bad.count > MAX_REPORTED ? "; the first " + MAX_REPORTED + " are listed" : "";
            String first = bad.first.get(0).describe();
            throw new ApiException(
                    HttpStatus.BAD_REQUEST,
                    "invalidLines",
                    bad.count + " bad line(s), nothing was stored. First: " + first + rest,
                    bad.first);
        }
    }

    private void copyLines(EventLines lines, StagingCopy copy, Map<String, Long> received, BadLines bad)
            throws IOException, SQLException {
        Instant now = reader.now();
        while (advance(lines)) {
            long line = lines.number();
            boolean[] flawed = {false};
            Event event = lines.event(now, error -> {
                flawed[0] = true;
                bad.add(error.atLine(line));
            });
            if (flawed[0]) {
                bad.count++;
            }
            if (event != null && bad.count == 0) {
                copy.write(event, behaviors.number(event.behavior()));
                if (received.merge(event.behavior(), 1L, Long::sum) % 1_000_000 == 0) {
                    log.info(
                            "Import has read {} events",
                            received.values().stream().mapToLong(v -> v).sum());
                }
            }
        }
        if (bad.count == 0) {
            copy.finish();
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

    private Map<String, Long> merge() {
        jdbc.execute("ANALYZE staged_event");
        for (String[] table : new String[][] {{"app_user", "user_id"}, {"item", "item_id"}}) {
            jdbc.update(("INSERT INTO %1$s (external_id) SELECT DISTINCT %2$s FROM staged_event s"
                            + " WHERE NOT EXISTS (SELECT FROM %1$s k WHERE k.external_id = s.%2$s)"
                            + " ORDER BY %2$s ON CONFLICT DO NOTHING")
                    .formatted(table[0], table[1]));
        }
        return store.insertSorted(
                "SELECT u.number, i.number, s.behavior, " + EventTime.FROM_MICROS.formatted("s.micros")
                        + " FROM staged_event s JOIN app_user u ON u.external_id = s.user_id"
                        + " JOIN item i ON i.external_id = s.item_id");
    }

    private static CharsetDecoder strictUtf8() {
        return StandardCharsets.UTF_8
                .newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT);
    }

    /** A broken body is the caller's to mend; anything else is a connection that went away. */
    private static RuntimeException explain(IOException e) {
        if (e instanceof CharacterCodingException) {
            return ApiException.invalid("body", "is not UTF-8");
        }
        if (e instanceof ZipException || e instanceof EOFException) {
            return ApiException.invalid("body", "is not a whole gzip stream");
        }
        if (e instanceof LimitedReader.LineTooLongException) {
            return ApiException.invalid("body", String.valueOf(e.getMessage()));
        }
        return new UncheckedIOException(e);
    }

    private static final class BadLines {

        private final List<InputError> first = new ArrayList<>();
        private long count;

        void add(InputError error) {
            if (first.size() < MAX_REPORTED) {
                first.add(error);
            }
        }
    }
}
