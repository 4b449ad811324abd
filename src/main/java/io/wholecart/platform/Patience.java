package io.wholecart.platform;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Objects;
import javax.sql.DataSource;
import org.springframework.core.InfrastructureProxy;
import org.springframework.jdbc.core.ConnectionCallback;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DelegatingDataSource;

/**
 * How long the database is waited for. A connection that is silent for longer than the driver's {@code socketTimeout} is
 * given up; this is for work that takes longer, and for questions that somebody waits for.
 */
public final class Patience {

    /** For a statement to be canceled, before its connection is given up. */
    private static final int GRACE_MILLIS = 1_000;

    private Patience() {}

    /**
     * The same database with less patience: a statement that takes longer is canceled, and where the database does not
     * hear that either, its connection is given up. Within a transaction that runs it is the transaction's connection.
     *
     * @param limit whole seconds
     */
    public static JdbcTemplate of(Duration limit, JdbcTemplate jdbc) {
        DataSource database = Objects.requireNonNull(jdbc.getDataSource());
        JdbcTemplate impatient = new JdbcTemplate(new Limited(database, (int) limit.toMillis() + GRACE_MILLIS));
        impatient.setQueryTimeout((int) limit.toSeconds());
        return impatient;
    }

    /** For the rest of the transaction a statement may take an hour. */
    public static void anHour(JdbcTemplate jdbc) {
        forTransaction(Duration.ofHours(1), jdbc);
    }

    /** For the rest of the transaction: where the database is silent for longer, its connection is given up. */
    public static void forTransaction(Duration limit, JdbcTemplate jdbc) {
        jdbc.execute((ConnectionCallback<Boolean>) connection -> {
            connection.setNetworkTimeout(Runnable::run, (int) limit.toMillis());
            return true;
        });
    }

    /** The same database for work that may take as long as it takes. */
    public static DataSource withoutEnd(DataSource database) {
        return new Limited(database, 0);
    }

    /** The pool sets the driver's timeout again when it gets a connection back. */
    private static final class Limited extends DelegatingDataSource implements InfrastructureProxy {

        private final DataSource database;
        private final int millis;

        Limited(DataSource database, int millis) {
            super(database);
            this.database = database;
            this.millis = millis;
        }

        @Override
        public Connection getConnection() throws SQLException {
            Connection connection = database.getConnection();
            connection.setNetworkTimeout(Runnable::run, millis);
            return connection;
        }

        @Override
        public Object getWrappedObject() {
            return database;
        }
    }
}
