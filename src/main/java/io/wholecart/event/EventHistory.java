package io.wholecart.event;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.wholecart.platform.ApiException;
import io.wholecart.platform.Patience;
import io.wholecart.platform.UserHash;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/** What a user did: the event table's read side. */
@Component
public class EventHistory {

    private static final String MICROS = "(extract(epoch FROM e.occurred_at) * 1000000)::bigint";

    /** Of a user who did more with more items than this some is left out, of the target last. */
    private static final int MAX_TOUCHED = 20_000;

    /** A row without an item for a user who was erased. */
    private static final String PAST =
            "SELECT NULL::integer, NULL::smallint, false FROM erased_user WHERE id_hash = ? AND erased_at >= "
                    + EventTime.FROM_MICROS.formatted("?")
                    + " UNION ALL (SELECT e.item_number, e.behavior, bool_or(e.received_at >= "
                    + EventTime.FROM_MICROS.formatted("?")
                    + ") FROM app_user u JOIN event e ON e.user_number = u.number WHERE u.external_id = ?"
                    + " GROUP BY 1, 2 ORDER BY 2 DESC LIMIT ?)";

    /** Half-lives are cut where a double would be zero, which PostgreSQL calls an error. */
    private static final String POPULAR =
            "SELECT p.item_number, i.external_id, p.score FROM (SELECT item_number, sum(score) AS score FROM ("
                    + "SELECT e.item_number, w.weight * exp(-0.693147180559945 * least(1000, greatest(0,"
                    + " extract(epoch FROM now() - max(e.occurred_at))::float8 / ?))) AS score FROM event e"
                    + " JOIN unnest(?::smallint[], ?::float8[]) AS w (behavior, weight) ON w.behavior = e.behavior"
                    + " GROUP BY e.user_number, e.item_number, e.behavior, w.weight) AS touched"
                    + " GROUP BY item_number ORDER BY score DESC, item_number LIMIT ?) p"
                    + " JOIN item i ON i.number = p.item_number ORDER BY p.score DESC, p.item_number";

    /** A shopper waits for these answers. */
    private static final Duration LIMIT = Duration.ofSeconds(2);

    /** It passes over all events; until it ends, what was counted before is shown. */
    private static final Duration POPULAR_LIMIT = Duration.ofMinutes(10);

    private final JdbcTemplate jdbc;
    private final JdbcTemplate patient;
    private final TransactionTemplate transaction;
    private final BehaviorNumbers behaviors;
    private final HistoryCache cache;

    EventHistory(JdbcTemplate jdbc, TransactionTemplate transaction, BehaviorNumbers behaviors, HistoryCache cache) {
        this.cache = cache;
        this.jdbc = Patience.of(LIMIT, jdbc);
        this.patient = jdbc;
        this.transaction = transaction;
        this.behaviors = behaviors;
    }

    /**
     * What a request for recommendations must know of a user.
     *
     * @param erased whether the user was erased after a model's snapshot, so that the model must not know the user
     * @param newer whether there are events that the model has not seen
     * @param touched what the user did with which item, each once
     */
    public record Past(boolean erased, boolean newer, List<Touch> touched) {}

    /** One or more events of the same kind with the same item, by the item's number. */
    public record Touch(int item, String behavior) {}

    /**
     * Looks a user up, in memory or in one query.
     *
     * @param snapshotAt events that the model has not seen were received at or after this time
     */
    public Past past(String userId, Instant snapshotAt) {
        return cache.get(userId, snapshotAt, () -> read(userId, snapshotAt));
    }

    private Past read(String userId, Instant snapshotAt) {
        List<Touch> touched = new ArrayList<>();
        boolean[] erased = {false};
        boolean[] newer = {false};
        jdbc.query(
                PAST,
                row -> {
                    int item = row.getInt(1);
                    if (row.wasNull()) {
                        erased[0] = true;
                    } else {
                        touched.add(new Touch(item, behaviors.name(row.getShort(2))));
                        newer[0] |= row.getBoolean(3);
                    }
                },
                UserHash.of(userId),
                EventTime.micros(snapshotAt),
                EventTime.micros(snapshotAt),
                userId,
                MAX_TOUCHED);
        return new Past(erased[0], newer[0], List.copyOf(touched));
    }

    /**
     * What the user did with which item, and when first.
     *
     * @param item the item's number
     */
    public record Occurrence(int item, String itemId, String behavior, Instant occurredAt) {}

    /** All that a user did, of equal events the first. */
    public List<Occurrence> occurrences(String userId) {
        return jdbc.query(
                "SELECT e.item_number, i.external_id, e.behavior, (extract(epoch FROM min(e.occurred_at)) * 1000000)::bigint"
                        + " FROM app_user u JOIN event e ON e.user_number = u.number"
                        + " JOIN item i ON i.number = e.item_number WHERE u.external_id = ? GROUP BY 1, 2, 3 ORDER BY 3 DESC LIMIT ?",
                (row, n) -> new Occurrence(
                        row.getInt(1),
                        row.getString(2),
                        behaviors.name(row.getShort(3)),
                        EventTime.instant(row.getLong(4))),
                userId,
                MAX_TOUCHED);
    }

    /** Hashes of the users that were erased at or after this time, for answers while the database is away. */
    public Set<String> erasedSince(Instant time) {
        Set<String> hashes = new HashSet<>();
        jdbc.query(
                "SELECT encode(id_hash, 'hex') FROM erased_user WHERE erased_at >= "
                        + EventTime.FROM_MICROS.formatted("?"),
                row -> {
                    hashes.add(row.getString(1));
                },
                EventTime.micros(time));
        return hashes;
    }

    /** An item and how popular it is. */
    public record Popular(int item, String itemId, double score) {}

    /**
     * The most popular items: each user counts once for an item and a behavior, by the behavior's weight and less the
     * longer ago it was. Looks at all events: not for every request.
     *
     * @param weights by behavior
     * @param halfLife after which an event counts half
     */
    public List<Popular> popular(Map<String, Double> weights, Duration halfLife, int limit) {
        List<String> names = List.copyOf(weights.keySet());
        return Objects.requireNonNull(transaction.execute(status -> {
            Patience.forTransaction(POPULAR_LIMIT, patient);
            return patient.query(
                    POPULAR,
                    (row, n) -> new Popular(row.getInt(1), row.getString(2), row.getDouble(3)),
                    halfLife.toSeconds(),
                    behaviors.numbers(names),
                    names.stream().map(weights::get).toArray(Double[]::new),
                    limit);
        }));
    }

    /**
     * A page of a user's events.
     *
     * @param next give it as {@code cursor} for the next page; absent on the last
     */
    record Page(
            String userId,
            List<Event> events,

            @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String next) {}

    Page page(String userId, int limit, @Nullable String cursor) {
        List<Event> events = new ArrayList<>();
        List<Position> positions = new ArrayList<>();
        Position from = cursor == null ? Position.START : Position.parse(cursor);
        jdbc.query(
                "SELECT i.external_id, e.behavior, " + MICROS + ", e.item_number"
                        + " FROM app_user u JOIN event e ON e.user_number = u.number"
                        + " JOIN item i ON i.number = e.item_number WHERE u.external_id = ?"
                        + " AND (e.occurred_at, e.item_number, e.behavior) < ("
                        + EventTime.FROM_MICROS.formatted("?") + ", ?, ?)"
                        + " ORDER BY e.occurred_at DESC, e.item_number DESC, e.behavior DESC LIMIT ?",
                row -> {
                    String behavior = behaviors.name(row.getShort(2));
                    long micros = row.getLong(3);
                    events.add(new Event(userId, row.getString(1), behavior, EventTime.instant(micros)));
                    positions.add(new Position(micros, row.getInt(4), row.getShort(2)));
                },
                userId,
                from.micros,
                from.item,
                from.behavior,
                limit + 1);
        if (events.size() <= limit) {
            return new Page(userId, events, null);
        }
        return new Page(
                userId,
                List.copyOf(events.subList(0, limit)),
                positions.get(limit - 1).text());
    }

    /** Where a page ended, in the order of the listing. */
    record Position(long micros, int item, short behavior) {

        /** After every event: the year 9999. */
        static final Position START = new Position(253_402_300_799_000_000L, Integer.MAX_VALUE, Short.MAX_VALUE);

        String text() {
            String plain = micros + "," + item + "," + behavior;
            return Base64.getUrlEncoder().withoutPadding().encodeToString(plain.getBytes(StandardCharsets.US_ASCII));
        }

        static Position parse(String text) {
            try {
                String plain = new String(Base64.getUrlDecoder().decode(text), StandardCharsets.US_ASCII);
                String[] parts = plain.split(",", -1);
                long micros = Long.parseLong(parts[0]);
                if (parts.length == 3 && micros >= 0 && micros <= START.micros) {
                    return new Position(micros, Integer.parseInt(parts[1]), Short.parseShort(parts[2]));
                }
            } catch (IllegalArgumentException e) {
                throw refusal();
            }
            throw refusal();
        }

        private static ApiException refusal() {
            return ApiException.invalid("cursor", "is not one that this service gave out");
        }
    }
}
