package io.wholecart.event;

import io.wholecart.platform.Patience;
import io.wholecart.platform.WholecartProperties;
import java.time.Clock;
import java.time.Instant;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.TransactionException;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * The event table's months: partitions made ahead, made for what an import brings, and dropped when their time is over.
 * Events of other months are in the default partition, whose months get a partition of their own when it is worth it.
 */
@Component
class EventPartitions {

    private static final Logger log = LoggerFactory.getLogger(EventPartitions.class);
    private static final int MONTHS_AHEAD = 3;
    /** A month with fewer events is better off in the default partition than as one more table. */
    private static final long WORTH_IT = 10_000;

    private static final long HOUR_MILLIS = 3_600_000;
    private static final Pattern NAME = Pattern.compile("event_(\\d{4})_(\\d{2})");

    private final JdbcTemplate jdbc;
    private final TransactionTemplate own;
    private final HistoryCache cache;
    private final WholecartProperties properties;
    private final Clock clock;

    EventPartitions(
            JdbcTemplate jdbc,
            PlatformTransactionManager transactions,
            HistoryCache cache,
            WholecartProperties properties,
            Clock clock) {
        this.cache = cache;
        this.jdbc = jdbc;
        this.own = new TransactionTemplate(transactions);
        own.setPropagationBehavior(TransactionDefinition.PROPAGATION_REQUIRES_NEW);
        this.properties = properties;
        this.clock = clock;
    }

    /** When a month begins. */
    static Instant start(YearMonth month) {
        return month.atDay(1).atStartOfDay(ZoneOffset.UTC).toInstant();
    }

    /** Makes partitions ahead, moves full months out of the default one and drops those whose time is over. */
    @Scheduled(fixedDelay = HOUR_MILLIS, initialDelay = 0)
    void maintain() {
        attempt(this::makeAhead);
        attempt(this::moveOut);
        attempt(this::forget);
    }

    private static void attempt(Runnable care) {
        try {
            care.run();
        } catch (DataAccessException | TransactionException e) {
            log.warn("Partitions could not be looked after; next try in an hour: {}", e.toString());
        }
    }

    private void makeAhead() {
        YearMonth now = YearMonth.from(clock.instant().atOffset(ZoneOffset.UTC));
        for (int ahead = 0; ahead <= MONTHS_AHEAD; ahead++) {
            ensure(now.plusMonths(ahead));
        }
    }

    private void moveOut() {
        jdbc.queryForList(
                        "SELECT to_char(occurred_at AT TIME ZONE 'UTC', 'YYYY-MM') FROM event_default"
                                + " GROUP BY 1 HAVING count(*) >= ? ORDER BY 1",
                        String.class,
                        WORTH_IT)
                .forEach(month -> ensure(YearMonth.parse(month)));
    }

    private void forget() {
        Instant oldest = properties.events().oldest(earlierClock());
        if (oldest != null) {
            try {
                drop(oldest);
            } finally {
                cache.allChanged();
            }
        }
        // No model is left that could know them.
        jdbc.update("DELETE FROM erased_user WHERE erased_at < (SELECT min(snapshot_at) FROM model)");
    }

    /** A clock that runs ahead must not drop what is to be kept: this node's and the database's have to agree. */
    private Instant earlierClock() {
        Instant here = clock.instant();
        Instant there = EventTime.instant(Objects.requireNonNull(
                jdbc.queryForObject("SELECT (extract(epoch FROM now()) * 1000000)::bigint", Long.class)));
        return here.isBefore(there) ? here : there;
    }

    /** Makes partitions for those months of an import that are worth it. */
    void ensure(Map<YearMonth, Long> months) {
        months.forEach((month, events) -> {
            if (events >= WORTH_IT) {
                try {
                    ensure(month);
                } catch (DataAccessException | TransactionException e) {
                    log.warn("No partition for {} now, its events go to the default one: {}", month, e.toString());
                }
            }
        });
    }

    private void ensure(YearMonth month) {
        String name = "event_%04d_%02d".formatted(month.getYear(), month.getMonthValue());
        if (exists(name)) {
            return;
        }
        String from = "'" + start(month) + "'";
        String to = "'" + start(month.plusMonths(1)) + "'";
        own.executeWithoutResult(status -> {
            lock();
            if (exists(name)) {
                return;
            }
            // Nobody may plan a query before the move and carry it out after: it would see the rows in neither place.
            jdbc.execute("LOCK TABLE ONLY event IN ACCESS EXCLUSIVE MODE");
            // Nothing may come into the default partition between moving a month out of it and giving it its own.
            jdbc.execute("LOCK TABLE event_default IN ACCESS EXCLUSIVE MODE");
            jdbc.execute("CREATE TABLE " + name + " (LIKE event INCLUDING DEFAULTS)");
            int moved = jdbc.update("WITH moved AS (DELETE FROM event_default WHERE occurred_at >= " + from
                    + " AND occurred_at < " + to + " RETURNING *) INSERT INTO " + name + " SELECT * FROM moved");
            jdbc.execute(
                    "ALTER TABLE event ATTACH PARTITION " + name + " FOR VALUES FROM (" + from + ") TO (" + to + ")");
            log.info("Partition {} made, {} events moved into it", name, moved);
        });
    }

    /** One node at a time; neither waiting for our locks nor holding them may stop the others for long. */
    private void lock() {
        jdbc.execute("SELECT pg_advisory_xact_lock(hashtext('wholecart.partitions'))");
        jdbc.execute("SET LOCAL lock_timeout = '2s'");
        jdbc.execute("SET LOCAL statement_timeout = '20s'");
    }

    private boolean exists(String table) {
        return Boolean.TRUE.equals(jdbc.queryForObject("SELECT to_regclass(?) IS NOT NULL", Boolean.class, table));
    }

    /** Drops the months that ended before this time, and what the default partition has of them. */
    private void drop(Instant oldest) {
        YearMonth first = YearMonth.from(oldest.atOffset(ZoneOffset.UTC));
        for (String name : partitions()) {
            YearMonth month = month(name);
            if (month != null && month.isBefore(first)) {
                own.executeWithoutResult(status -> {
                    lock();
                    removed();
                    jdbc.execute("DROP TABLE IF EXISTS " + name);
                });
                log.info("Partition {} dropped: older than wholecart.events.retention", name);
            }
        }
        String old = " FROM event_default WHERE occurred_at < '" + start(first) + "'";
        if (Boolean.TRUE.equals(jdbc.queryForObject("SELECT EXISTS (SELECT" + old + ")", Boolean.class))) {
            own.executeWithoutResult(status -> {
                Patience.anHour(jdbc);
                removed();
                int deleted = jdbc.update("DELETE" + old);
                log.info("{} events dropped: older than wholecart.events.retention", deleted);
            });
        }
    }

    /** First in its transaction, as an erasure does it: so they cannot wait for each other. */
    private void removed() {
        jdbc.update("UPDATE removal SET counter = counter + 1");
    }

    List<String> partitions() {
        return jdbc.queryForList(
                "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
                        + " WHERE i.inhparent = 'event'::regclass ORDER BY 1",
                String.class);
    }

    private static @Nullable YearMonth month(String partition) {
        Matcher matcher = NAME.matcher(partition);
        return matcher.matches()
                ? YearMonth.of(Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2)))
                : null;
    }
}
