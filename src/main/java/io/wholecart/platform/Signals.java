package io.wholecart.platform;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.context.SmartLifecycle;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Component;

/**
 * What the nodes tell each other, by PostgreSQL's LISTEN and NOTIFY. Who keeps something in memory on the strength of
 * them asks {@link #epoch}: it is another one after every gap in which signals may have been missed.
 */
@Component
public class Signals implements SmartLifecycle {

    /** What {@link #epoch} says while nothing is heard. */
    public static final long DEAF = -1;

    private static final Logger log = LoggerFactory.getLogger(Signals.class);
    /** So often a silent connection is tried. */
    private static final int CHECK_MILLIS = 1_000;

    private static final int CHECK_TIMEOUT_MILLIS = 2_000;
    private static final long RETRY_MILLIS = 500;
    private static final long STOP_MILLIS = 5_000;
    private static final Duration SEND_LIMIT = Duration.ofSeconds(5);

    /** Somebody who wants to hear. */
    public interface Listener {

        /** A name that needs no quotes in SQL. */
        String channel();

        /**
         * Called for what is sent, on one thread.
         *
         * @param own whether this node sent it
         */
        void received(String payload, boolean own);
    }

    private final DataSource database;
    private final JdbcTemplate jdbc;
    /** Found at the start: they send, too. */
    private final ObjectProvider<Listener> known;

    private final boolean api;
    /** Before every payload, so that a node knows its own signals. */
    private final String self = UUID.randomUUID() + ":";

    private volatile long epoch = DEAF;
    private long lastEpoch;
    private volatile @Nullable Thread thread;

    Signals(DataSource database, JdbcTemplate jdbc, ObjectProvider<Listener> known, WholecartProperties properties) {
        this.database = database;
        this.jdbc = Patience.of(SEND_LIMIT, jdbc);
        this.known = known;
        this.api = properties.roles().contains(WholecartProperties.Role.API);
    }

    /** A number that changes with every gap, or {@link #DEAF} within one. */
    public long epoch() {
        return epoch;
    }

    /** Tells the other nodes: within a transaction when it commits, else at once. */
    public void send(String channel, String payload) {
        jdbc.query("SELECT pg_notify(?, ?)", row -> {}, channel, self + payload);
    }

    @Override
    public synchronized void start() {
        if (api) {
            Thread listening = new Thread(this::listen, "wholecart-signals");
            listening.setDaemon(true);
            thread = listening;
            listening.start();
        }
    }

    @Override
    public synchronized void stop() {
        Thread listening = thread;
        thread = null;
        if (listening != null) {
            listening.interrupt();
            try {
                listening.join(STOP_MILLIS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    @Override
    public boolean isRunning() {
        return thread != null;
    }

    @SuppressWarnings("CatchingUnchecked")
    private void listen() {
        List<Listener> listeners = known.stream().toList();
        while (thread == Thread.currentThread()) {
            try (Connection connection = database.getConnection()) {
                try {
                    hear(connection, listeners);
                } finally {
                    epoch = DEAF;
                    // Nobody else gets a connection that may be broken, or still listens.
                    if (database.isWrapperFor(HikariDataSource.class)) {
                        database.unwrap(HikariDataSource.class).evictConnection(connection);
                    }
                }
            } catch (SQLException | RuntimeException | OutOfMemoryError e) {
                log.debug("Nothing is heard of the other nodes for now", e);
                pause();
            }
        }
    }

    private void hear(Connection connection, List<Listener> listeners) throws SQLException {
        // A query's own timeout does not help where the other side is gone without a word.
        connection.setNetworkTimeout(Runnable::run, CHECK_TIMEOUT_MILLIS);
        try (Statement statement = connection.createStatement()) {
            for (Listener listener : listeners) {
                statement.execute("LISTEN " + listener.channel());
            }
            PGConnection driver = connection.unwrap(PGConnection.class);
            nextEpoch();
            while (thread == Thread.currentThread()) {
                if (!dispatch(driver.getNotifications(CHECK_MILLIS), listeners)) {
                    statement.execute("SELECT 1");
                    // What came with the answer does not end the next wait.
                    dispatch(driver.getNotifications(), listeners);
                }
            }
        }
    }

    private void nextEpoch() {
        lastEpoch++;
        epoch = lastEpoch;
    }

    private boolean dispatch(PGNotification @Nullable [] notifications, List<Listener> listeners) {
        if (notifications == null || notifications.length == 0) {
            return false;
        }
        for (PGNotification notification : notifications) {
            String text = notification.getParameter();
            boolean own = text.startsWith(self);
            String payload = text.substring(text.indexOf(':') + 1);
            for (Listener listener : listeners) {
                if (listener.channel().equals(notification.getName())) {
                    tell(listener, payload, own);
                }
            }
        }
        return true;
    }

    private void tell(Listener listener, String payload, boolean own) {
        try {
            listener.received(payload, own);
        } catch (RuntimeException e) {
            log.warn(
                    "A signal on {} cannot be read; everything kept on the strength of signals is read anew",
                    listener.channel());
            nextEpoch();
        }
    }

    private static void pause() {
        try {
            TimeUnit.MILLISECONDS.sleep(RETRY_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
