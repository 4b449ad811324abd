package io.wholecart.event;

import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.LoadingCache;
import java.time.Clock;
import java.time.Duration;
import java.time.LocalDate;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Component;

/**
 * How much there is, for people who look: counted while it is little, else estimated from some of a table's pages. So a
 * look costs the same however many events there are.
 */
@Component
public class EventCounts {

    /** Days that are told one by one, today the last. */
    public static final int DAYS = 30;

    /** Of a larger table so many are read, 32 MB: half a million events. */
    private static final long PAGES = 4_000;

    private static final Duration KEPT = Duration.ofSeconds(5);
    private static final DateTimeFormatter PARTITION = DateTimeFormatter.ofPattern("'event_'uuuu_MM");

    private final JdbcTemplate jdbc;
    private final BehaviorNumbers behaviors;
    private final Clock clock;
    private final LoadingCache<LocalDate, Counts> kept =
            Caffeine.newBuilder().expireAfterWrite(KEPT).maximumSize(1).build(this::count);

    EventCounts(JdbcTemplate jdbc, BehaviorNumbers behaviors, Clock clock) {
        this.jdbc = jdbc;
        this.behaviors = behaviors;
        this.clock = clock;
    }

    /**
     * Numbers of rows.
     *
     * @param estimated whether they come from some of the pages
     */
    public record Total(long count, boolean estimated) {}

    /**
     * A day's events by the time they happened.
     *
     * @param day in UTC
     */
    public record Day(LocalDate day, Map<String, Long> behaviors) {}

    /**
     * All of it.
     *
     * @param days the last {@value #DAYS}, each told, also those without events
     * @param daysEstimated whether the days' numbers come from some of the pages
     */
    public record Counts(Total events, Total users, Total items, List<Day> days, boolean daysEstimated) {}

    /** Not older than some seconds. */
    public Counts counts() {
        return kept.get(LocalDate.now(clock.withZone(ZoneOffset.UTC)));
    }

    private Counts count(LocalDate today) {
        LocalDate first = today.minusDays(DAYS - 1);
        double percent = percent(months(first, today));
        return new Counts(total("event"), total("app_user"), total("item"), days(first, today, percent), percent < 100);
    }

    private Total total(String table) {
        double percent = percent(List.of(table));
        Long sampled =
                jdbc.queryForObject("SELECT count(*) FROM " + table + " TABLESAMPLE SYSTEM (?)", Long.class, percent);
        return new Total(scale(Objects.requireNonNull(sampled), percent), percent < 100);
    }

    private List<Day> days(LocalDate first, LocalDate last, double percent) {
        Map<LocalDate, Map<String, Long>> found = new TreeMap<>();
        first.datesUntil(last.plusDays(1)).forEach(day -> found.put(day, new TreeMap<>()));
        jdbc.query(
                "SELECT (occurred_at AT TIME ZONE 'UTC')::date, behavior, count(*) FROM event TABLESAMPLE SYSTEM (?)"
                        + " WHERE occurred_at >= ?::timestamptz AND occurred_at < ?::timestamptz GROUP BY 1, 2",
                row -> {
                    found.getOrDefault(row.getObject(1, LocalDate.class), new TreeMap<>())
                            .put(behaviors.name(row.getShort(2)), scale(row.getLong(3), percent));
                },
                percent,
                first + "T00:00:00Z",
                last.plusDays(1) + "T00:00:00Z");
        List<Day> days = new ArrayList<>();
        found.forEach((day, counts) -> days.add(new Day(day, counts)));
        return days;
    }

    /** The tables that the days' events are in. */
    private static List<String> months(LocalDate first, LocalDate last) {
        List<String> tables = new ArrayList<>(List.of("event_default"));
        for (YearMonth month = YearMonth.from(first);
                !month.isAfter(YearMonth.from(last));
                month = month.plusMonths(1)) {
            tables.add(PARTITION.format(month));
        }
        return tables;
    }

    /** The share of the tables' pages that may be read. */
    private double percent(List<String> tables) {
        Long pages = jdbc.queryForObject(
                "SELECT coalesce(sum(pg_relation_size(part.relid)), 0)::bigint / current_setting('block_size')::bigint"
                        + " FROM unnest(?::text[]) AS t (name), pg_partition_tree(to_regclass(t.name)) AS part"
                        + " WHERE part.isleaf",
                Long.class,
                (Object) tables.toArray(String[]::new));
        return Math.min(100, 100.0 * PAGES / Math.max(1, Objects.requireNonNull(pages)));
    }

    private static long scale(long sampled, double percent) {
        return Math.round(sampled * 100 / percent);
    }
}
