package io.wholecart.event;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.copy.PGCopyInputStream;
import org.springframework.jdbc.core.ConnectionCallback;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Component;

/** Reads the whole event table as a stream, by binary COPY. */
@Component
public class EventScan {

    /** Takes one event: numbers of user and item, place of the behavior in the asked list, microseconds since 2000. */
    @FunctionalInterface
    public interface Visitor {
        void event(int user, int item, int behavior, long occurredAt);
    }

    private static final String MICROS = EventTime.FROM_MICROS.formatted("?");
    private static final int HEADER_BYTES = 19;
    /** Four fields, each with a length before it: int, int, smallint, timestamptz. */
    private static final int ROW_BYTES = (4 + 4) + (4 + 4) + (4 + 2) + (4 + 8);

    private final JdbcTemplate jdbc;
    private final BehaviorNumbers numbers;

    EventScan(JdbcTemplate jdbc, BehaviorNumbers numbers) {
        this.jdbc = jdbc;
        this.numbers = numbers;
    }

    /**
     * A time such that every event and erasure that a snapshot taken after this call does not see is received at or
     * after it, whatever the clock does: who begins to write from now on keeps to the mark. Who is writing right now may
     * commit later than the snapshot, with a time not before its start; so it is the start of the oldest of them, if that
     * is earlier. Whose start cannot be seen, being of another role, may have begun at any time.
     *
     * <p>Not to be called in a transaction: the mark must be committed before anybody is looked at.
     */
    public Instant settledUntil() {
        long mark = EventTime.micros(mark());
        Long oldest = jdbc.queryForObject(
                "SELECT (extract(epoch FROM min(coalesce(a.xact_start, 'epoch'))) * 1000000)::bigint"
                        + " FROM pg_locks l LEFT JOIN pg_stat_activity a ON a.pid = l.pid WHERE l.locktype = 'advisory' AND l.granted"
                        + " AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())"
                        + " AND (l.classid::bigint << 32 | l.objid::bigint) = removal_lock()",
                Long.class);
        return EventTime.instant(oldest == null ? mark : Math.min(oldest, mark));
    }

    /** A moment after all those before: what was received and is committed already was before it, what comes is not. */
    public Instant mark() {
        return EventTime.instant(Objects.requireNonNull(
                jdbc.queryForObject("SELECT (extract(epoch FROM received_mark()) * 1000000)::bigint", Long.class)));
    }

    /** How many events were received and users erased at or after this time, counted up to a limit. */
    public long changesSince(Instant time, long limit) {
        return Objects.requireNonNull(jdbc.queryForObject(
                "SELECT count(*) FROM (SELECT FROM event WHERE received_at >= " + MICROS
                        + " UNION ALL SELECT FROM erased_user WHERE erased_at >= " + MICROS + " LIMIT ?) AS changes",
                Long.class,
                EventTime.micros(time),
                EventTime.micros(time),
                limit));
    }

    /** Whether there is any event at all. */
    public boolean any() {
        return Boolean.TRUE.equals(jdbc.queryForObject("SELECT EXISTS (SELECT FROM event)", Boolean.class));
    }

    /** Another number after events, users or items were taken away: what was read before is whole only while it stays the same. */
    public long removals() {
        return Objects.requireNonNull(jdbc.queryForObject("SELECT removals()", Long.class));
    }

    /**
     * Gives the events of the named behaviors to {@code visitor}.
     *
     * @param from reads in a repeatable-read transaction
     * @param since only those received at or after this time; null for all
     */
    public void forEach(JdbcTemplate from, @Nullable Instant since, List<String> behaviors, Visitor visitor) {
        int[] places = new int[Short.MAX_VALUE];
        Arrays.fill(places, -1);
        for (int k = 0; k < behaviors.size(); k++) {
            places[numbers.number(behaviors.get(k))] = k;
        }
        from.execute((ConnectionCallback<Boolean>) connection -> {
            boolean whole = false;
            try {
                read(copy(connection, since), places, visitor);
                whole = true;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } finally {
                if (!whole) {
                    // What the server still sends would be taken for the answer to the next statement.
                    connection.abort(Runnable::run);
                }
            }
            return true;
        });
    }

    private static DataInputStream copy(Connection connection, @Nullable Instant since) throws SQLException {
        String fresh = since == null
                ? ""
                : " WHERE received_at >= "
                        + EventTime.FROM_MICROS.formatted("bigint '" + EventTime.micros(since) + "'");
        String sql = "COPY (SELECT user_number, item_number, behavior, occurred_at FROM event" + fresh
                + ") TO STDOUT (FORMAT binary)";
        return new DataInputStream(
                new BufferedInputStream(new PGCopyInputStream(connection.unwrap(PGConnection.class), sql), 1 << 18));
    }

    private static void read(DataInputStream rows, int[] places, Visitor visitor) throws IOException {
        rows.skipNBytes(HEADER_BYTES);
        byte[] bytes = new byte[ROW_BYTES];
        ByteBuffer row = ByteBuffer.wrap(bytes);
        for (int fields = rows.readShort(); fields >= 0; fields = rows.readShort()) {
            if (rows.readNBytes(bytes, 0, ROW_BYTES) != ROW_BYTES) {
                throw new EOFException("the event table's copy broke off");
            }
            int behavior = places[row.getShort(20)];
            if (behavior >= 0) {
                visitor.event(row.getInt(4), row.getInt(12), behavior, row.getLong(26));
            }
        }
    }
}
