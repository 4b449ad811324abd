package io.wholecart.event;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.wholecart.platform.ApiException;
import io.wholecart.platform.UserHash;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Component;

/** What a user did: the event table's read side. */
@Component
public class EventHistory {

    private static final String MICROS = "(extract(epoch FROM e.occurred_at) * 1000000)::bigint";

    private final JdbcTemplate jdbc;
    private final BehaviorNumbers behaviors;

    EventHistory(JdbcTemplate jdbc, BehaviorNumbers behaviors) {
        this.jdbc = jdbc;
        this.behaviors = behaviors;
    }

    /**
     * What a request for recommendations must know of a user.
     *
     * @param erased whether the user was erased after a model's snapshot, so that the model must not know the user
     * @param items ids of the items that the user touched in the asked behaviors
     */
    public record Past(boolean erased, Set<String> items) {}

    /**
     * Looks a user up, in one query.
     *
     * @param names configured behaviors
     * @param snapshotAt events that the model has not seen were received at or after this time
     */
    public Past past(String userId, List<String> names, Instant snapshotAt) {
        Set<String> items = new HashSet<>();
        boolean[] erased = {false};
        jdbc.query(
                "SELECT NULL FROM erased_user WHERE id_hash = ? AND erased_at >= "
                        + EventTime.FROM_MICROS.formatted("?")
                        + " UNION ALL SELECT DISTINCT i.external_id FROM app_user u"
                        + " JOIN event e ON e.user_number = u.number JOIN item i ON i.number = e.item_number"
                        + " WHERE u.external_id = ? AND e.behavior = ANY (?::smallint[])",
                row -> {
                    String item = row.getString(1);
                    if (item == null) {
                        erased[0] = true;
                    } else {
                        items.add(item);
                    }
                },
                UserHash.of(userId),
                EventTime.micros(snapshotAt),
                userId,
                behaviors.numbers(names));
        return new Past(erased[0], items);
    }

    /** Users that were erased at or after this time, for answers while the database is away. */
    public ErasedUsers erasedSince(Instant time) {
        Set<String> hashes = new HashSet<>();
        jdbc.query(
                "SELECT encode(id_hash, 'hex') FROM erased_user WHERE erased_at >= "
                        + EventTime.FROM_MICROS.formatted("?"),
                row -> {
                    hashes.add(row.getString(1));
                },
                EventTime.micros(time));
        return new ErasedUsers(hashes);
    }

    /**
     * The items that most users gave this behavior, the most popular first, with the number of users. Looks at all
     * events of the behavior: not for every request.
     */
    public Map<String, Integer> popular(String behavior, int limit) {
        Map<String, Integer> popular = new LinkedHashMap<>();
        jdbc.query(
                "SELECT i.external_id, p.users FROM (SELECT item_number, count(DISTINCT user_number)::integer AS users"
                        + " FROM event WHERE behavior = ? GROUP BY item_number ORDER BY users DESC, item_number LIMIT ?) p"
                        + " JOIN item i ON i.number = p.item_number ORDER BY p.users DESC, p.item_number",
                row -> {
                    popular.put(row.getString(1), row.getInt(2));
                },
                behaviors.number(behavior),
                limit);
        return popular;
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
    private record Position(long micros, int item, short behavior) {

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
