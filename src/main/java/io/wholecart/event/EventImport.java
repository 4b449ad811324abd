package io.wholecart.event;

import io.wholecart.platform.ApiException;
import io.wholecart.platform.Patience;
import io.wholecart.platform.WholecartProperties;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
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
 * the event table in the same transaction.
 */
@Component
public class EventImport {

    private static final Logger log = LoggerFactory.getLogger(EventImport.class);

    /** While lines come in and partitions are made it holds nothing that others wait for; from then on it does. */
    private static final String IDLE = "SET LOCAL idle_in_transaction_session_timeout = '%s'";

    /** An import keeps a connection for as long as its client sends: a few slow ones must not take them all. */
    private final Semaphore slots = new Semaphore(2);

    private final JdbcTemplate jdbc;
    private final TransactionTemplate transaction;
    private final EventReader reader;
    private final EventStore store;
    private final BehaviorNumbers behaviors;
    private final EventPartitions partitions;
    private final HistoryCache cache;
    private final WholecartProperties properties;
    private final JsonMapper json;

    EventImport(
            JdbcTemplate jdbc,
            TransactionTemplate transaction,
            EventReader reader,
            EventStore store,
            BehaviorNumbers behaviors,
            EventPartitions partitions,
            HistoryCache cache,
            WholecartProperties properties,
            JsonMapper json) {
        this.cache = cache;
        this.jdbc = jdbc;
        this.transaction = transaction;
        this.reader = reader;
        this.store = store;
        this.behaviors = behaviors;
        this.partitions = partitions;
        this.properties = properties;
        this.json = json;
    }

    /**
     * Reads UTF-8, plain or gzip.
     *
     * @throws ApiException a 400 that lists the first bad lines
     */
    public ImportResult read(InputStream body, ImportOptions options) throws IOException {
        if (!slots.tryAcquire()) {
            String detail = "Other imports are under way; each holds a database connection. Try again later.";
            throw new ApiException(HttpStatus.SERVICE_UNAVAILABLE, "importsBusy", detail, List.of())
                    .with(HttpHeaders.RETRY_AFTER, "10");
        }
        try {
            return store(body, options);
        } finally {
            slots.release();
        }
    }

    private ImportResult store(InputStream body, ImportOptions options) throws IOException {
        long started = System.nanoTime();
        ImportLines lines = new ImportLines(options, reader, behaviors);
        try {
            InputStream plain = decompressed(body);
            Map<String, Long> accepted = transaction.execute(status -> {
                Patience.anHour(jdbc);
                jdbc.execute(IDLE.formatted("1h"));
                try {
                    stage(plain, options, lines);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
                return merge(lines);
            });
            ImportResult result = lines.result(store.count(lines.received(), accepted));
            log.info(
                    "Imported {} events ({} were there already, {} bad lines left out) in {} s",
                    result.accepted(),
                    result.duplicates(),
                    result.rejected(),
                    (System.nanoTime() - started) / 1_000_000_000);
            return result;
        } catch (UncheckedIOException e) {
            throw explain(Objects.requireNonNull(e.getCause()));
        } catch (IOException e) {
            throw explain(e);
        } finally {
            cache.allChanged();
            if (lines.bad() > 0) {
                store.countRejected(lines.bad());
            }
        }
    }

    static InputStream decompressed(InputStream body) throws IOException {
        BufferedInputStream buffered = new BufferedInputStream(body, 1 << 16);
        buffered.mark(2);
        boolean gzip = buffered.read() == 0x1f && buffered.read() == 0x8b;
        buffered.reset();
        return gzip ? new BufferedInputStream(new GZIPInputStream(new ToItsEnd(buffered), 1 << 16), 1 << 16) : buffered;
    }

    /**
     * Says that there is more for as long as there is: on JDK 17 GZIPInputStream takes a network that is slow for the
     * end of the stream where a member ends, and would leave those behind it unread.
     */
    private static final class ToItsEnd extends FilterInputStream {

        ToItsEnd(BufferedInputStream in) {
            super(in);
        }

        @Override
        public int available() throws IOException {
            in.mark(1);
            int next = in.read();
            in.reset();
            return next < 0 ? 0 : 1;
        }
    }

    private void stage(InputStream plain, ImportOptions options, ImportLines lines) throws IOException {
        jdbc.execute("CREATE TEMPORARY TABLE staged_event"
                + " (user_id text COLLATE \"C\", item_id text COLLATE \"C\", behavior smallint, micros bigint)"
                + " ON COMMIT DROP");
        try (LimitedReader text = ImportLines.decoded(plain)) {
            EventLines opened = ImportLines.open(
                    text, options, reader, json, properties.events().taobao());
            jdbc.execute((ConnectionCallback<Boolean>) connection -> {
                try (StagingCopy copy = new StagingCopy(connection)) {
                    lines.copy(opened, copy);
                    return true;
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        }
        lines.refuseIfSpoiled();
    }

    private Map<String, Long> merge(ImportLines lines) {
        partitions.ensure(lines.months());
        jdbc.execute(IDLE.formatted("30s"));
        // No user is taken away while the numbers that stand in the rows are used: see UserErasure.
        jdbc.execute("SELECT pg_advisory_xact_lock_shared(removal_lock())");
        // A month that moves to a partition of its own must not do so between planning and inserting.
        jdbc.execute("LOCK TABLE ONLY event IN ROW EXCLUSIVE MODE");
        jdbc.execute("ANALYZE staged_event");
        for (String[] table : new String[][] {{"app_user", "user_id"}, {"item", "item_id"}}) {
            jdbc.update(("INSERT INTO %1$s (external_id) SELECT DISTINCT %2$s FROM staged_event s"
                            + " WHERE NOT EXISTS (SELECT FROM %1$s k WHERE k.external_id = s.%2$s)"
                            + " ORDER BY %2$s ON CONFLICT DO NOTHING")
                    .formatted(table[0], table[1]));
        }
        Map<String, Long> accepted = new HashMap<>();
        jdbc.query(
                "WITH fresh AS (INSERT INTO event (user_number, item_number, behavior, occurred_at, received_at)"
                        + " SELECT u.number, i.number, s.behavior, " + EventTime.FROM_MICROS.formatted("s.micros")
                        + ", (SELECT received_now())"
                        + " FROM staged_event s JOIN app_user u ON u.external_id = s.user_id"
                        + " JOIN item i ON i.external_id = s.item_id"
                        + " ORDER BY 1, 2, 3, 4 ON CONFLICT DO NOTHING RETURNING behavior)"
                        + " SELECT behavior, count(*) FROM fresh GROUP BY behavior",
                row -> {
                    accepted.put(behaviors.name(row.getShort(1)), row.getLong(2));
                });
        return accepted;
    }

    /** A broken body is the caller's to mend; anything else is a connection that went away. */
    static RuntimeException explain(IOException e) {
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
}
