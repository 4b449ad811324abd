package io.wholecart.event;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyIn;

/** COPY into the staging table; closing it without {@link #finish()} calls the copy off. */
final class StagingCopy implements AutoCloseable {

    private static final int FLUSH_AT = 64 << 10;

    private final CopyIn copy;
    private final ByteArrayOutputStream buffer = new ByteArrayOutputStream(FLUSH_AT + 4096);

    StagingCopy(Connection connection) throws SQLException {
        copy = connection.unwrap(PGConnection.class).getCopyAPI().copyIn("COPY staged_event FROM STDIN");
    }

    void write(Event event, short behavior) throws SQLException {
        String row = escaped(event.userId())
                + '\t'
                + escaped(event.itemId())
                + '\t'
                + behavior
                + '\t'
                + EventTime.micros(event.occurredAt())
                + '\n';
        buffer.writeBytes(row.getBytes(StandardCharsets.UTF_8));
        if (buffer.size() >= FLUSH_AT) {
            flush();
        }
    }

    /** The ids have no control characters, so only the backslash has a meaning of its own. */
    private static String escaped(String id) {
        return id.indexOf('\\') < 0 ? id : id.replace("\\", "\\\\");
    }

    private void flush() throws SQLException {
        copy.writeToCopy(buffer.toByteArray(), 0, buffer.size());
        buffer.reset();
    }

    void finish() throws SQLException {
        flush();
        copy.endCopy();
    }

    @Override
    public void close() throws SQLException {
        if (copy.isActive()) {
            copy.cancelCopy();
        }
    }
}
