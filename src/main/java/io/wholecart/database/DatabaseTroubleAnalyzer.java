package io.wholecart.database;

import com.zaxxer.hikari.pool.HikariPool.PoolInitializationException;
import io.wholecart.platform.DatabaseTrouble;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.env.Environment;

/** Says in two sentences, instead of a stack trace, that a node could not use its database while it started. */
final class DatabaseTroubleAnalyzer extends AbstractFailureAnalyzer<SQLException> {

    private final Environment environment;

    DatabaseTroubleAnalyzer(Environment environment) {
        this.environment = environment;
    }

    @Override
    protected @Nullable FailureAnalysis analyze(Throwable rootFailure, SQLException cause) {
        boolean unreachable = findCause(rootFailure, PoolInitializationException.class) != null;
        if (!unreachable && !DatabaseTrouble.passes(cause)) {
            return null;
        }
        String url = environment.getProperty("spring.datasource.url", "");
        // Behind the question mark there may be a password.
        String where = url.isEmpty() ? "" : " at " + url.replaceFirst("\\?.*", "");
        return new FailureAnalysis(
                (unreachable ? "There is no connection to the database" : "The node cannot use the database") + where
                        + ": " + cause.getMessage(),
                "See to it that the server runs and lets this node in (spring.datasource.url, .username, .password),"
                        + " and start the node again.",
                rootFailure);
    }
}
