package io.wholecart;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.wholecart.interaction.SourceInterruptedException;
import io.wholecart.platform.AttentiveSockets;
import io.wholecart.platform.Patience;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.jdbc.autoconfigure.JdbcConnectionDetails;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.stereotype.Component;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.TransactionException;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Where snapshots are read: a standby when one is configured and has caught up with the primary, else the primary, and
 * the primary for a while after a standby broke a read off.
 */
@Component
class SnapshotDatabase implements DisposableBean {

    private static final Logger log = LoggerFactory.getLogger(SnapshotDatabase.class);
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final long POLL_MILLIS = 100;

    private static final Duration AVOIDED = Duration.ofMinutes(10);

    private final JdbcTemplate primary;
    private volatile long avoidedUntil = System.nanoTime();
    private final @Nullable HikariDataSource replica;

    SnapshotDatabase(
            JdbcTemplate primary,
            ReplicaProperties properties,
            JdbcConnectionDetails details,
            @Value("${spring.datasource.hikari.connection-init-sql}") String settings) {
        this.primary = primary;
        this.replica = open(properties, details, settings);
    }

    private static @Nullable HikariDataSource open(
            ReplicaProperties properties, JdbcConnectionDetails details, String settings) {
        if (properties.url() == null || properties.url().isBlank()) {
            return null;
        }
        HikariConfig config = new HikariConfig();
        config.setPoolName("replica");
        config.setJdbcUrl(properties.url());
        config.setUsername(properties.username() == null ? details.getUsername() : properties.username());
        config.setPassword(properties.password() == null ? details.getPassword() : properties.password());
        config.setMaximumPoolSize(2);
        config.setMinimumIdle(0);
        config.setConnectionTimeout(3_000);
        config.setConnectionInitSql(settings);
        config.addDataSourceProperty("socketTimeout", "30");
        config.addDataSourceProperty("connectTimeout", "3");
        config.addDataSourceProperty("tcpKeepAlive", "true");
        config.addDataSourceProperty("socketFactory", AttentiveSockets.class.getName());
        // A replica that is away must not keep the service from starting.
        config.setInitializationFailTimeout(-1);
        return new HikariDataSource(config);
    }

    /**
     * Does all reading in one transaction that sees one state, which includes everything committed before this call.
     *
     * @throws SourceInterruptedException when a standby broke off; the next read is from the primary
     */
    void read(Consumer<JdbcTemplate> reading) {
        JdbcTemplate from =
                replica == null || System.nanoTime() - avoidedUntil < 0 ? primary : caughtUp(new JdbcTemplate(replica));
        DataSource source = from.getDataSource();
        if (source == null) {
            throw new IllegalStateException("no data source");
        }
        TransactionTemplate consistent = new TransactionTemplate(new JdbcTransactionManager(source));
        consistent.setIsolationLevel(TransactionDefinition.ISOLATION_REPEATABLE_READ);
        consistent.setReadOnly(true);
        AtomicReference<RuntimeException> reason = new AtomicReference<>();
        try {
            consistent.executeWithoutResult(status -> {
                Patience.anHour(from);
                try {
                    reading.accept(from);
                } catch (RuntimeException e) {
                    reason.set(e);
                    throw e;
                }
            });
        } catch (RuntimeException e) {
            // Whoever gives up in the middle ends the connection, so that the rollback fails, too, and hides the
            // reason.
            RuntimeException why = Objects.requireNonNullElse(reason.get(), e);
            if (from == primary
                    || !(why instanceof DataAccessException
                            || why instanceof TransactionException
                            || why instanceof UncheckedIOException)) {
                throw why;
            }
            log.warn("The replica broke off: the snapshot is read from the primary: {}", why.toString());
            avoidedUntil = System.nanoTime() + AVOIDED.toNanos();
            throw new SourceInterruptedException(why);
        }
    }

    /** The replica once it has all that the primary has now, or the primary. */
    private JdbcTemplate caughtUp(JdbcTemplate copy) {
        try {
            if (!Boolean.TRUE.equals(copy.queryForObject("SELECT pg_is_in_recovery()", Boolean.class))) {
                log.warn(
                        "wholecart.replica.url is not a standby of the primary: the snapshot is read from the primary");
                return primary;
            }
            String position = primary.queryForObject("SELECT pg_current_wal_flush_lsn()::text", String.class);
            long end = System.nanoTime() + PATIENCE.toNanos();
            do {
                if (Boolean.TRUE.equals(
                        copy.queryForObject("SELECT pg_last_wal_replay_lsn() >= ?::pg_lsn", Boolean.class, position))) {
                    return copy;
                }
                Thread.sleep(POLL_MILLIS);
            } while (System.nanoTime() < end);
            log.warn("The replica is more than {} behind: the snapshot is read from the primary", PATIENCE);
        } catch (DataAccessException | TransactionException e) {
            log.warn("The replica does not answer: the snapshot is read from the primary: {}", e.toString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return primary;
    }

    @Override
    public void destroy() {
        if (replica != null) {
            replica.close();
        }
    }
}
