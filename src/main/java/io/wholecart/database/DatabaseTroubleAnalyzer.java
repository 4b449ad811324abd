package io.wholecart.database;

import io.wholecart.platform.DatabaseTrouble;
import java.sql.SQLException;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.env.Environment;

/** Says in two sentences, instead of a stack trace, that a node could not use its database while it started. */
final class DatabaseTroubleAnalyzer extends AbstractFailureAnalyzer<SQLException> {

    /** Classes of SQL states: not let in (28), no such database (3D). */
    private static final Set<String> REFUSED = Set.of("28", "3D");

    private final Environment environment;

    DatabaseTroubleAnalyzer(Environment environment) {
        this.environment = environment;
    }

    @Override
    protected @Nullable FailureAnalysis analyze(Throwable rootFailure, SQLException cause) {
        String state = cause.getSQLState();
        boolean refused = state != null && REFUSED.contains(state.substring(0, 2));
        if (!refused && !DatabaseTrouble.passes(cause)) {
            return null;
        }
        String url = environment.getProperty("spring.datasource.url", "");
        // Behind the question mark there may be a password.
        String where = url.isEmpty() ? "" : " at " + url.replaceFirst("\\?.*", "");
        return new FailureAnalysis(
                "The node cannot use the database" + where + ": " + cause.getMessage(),
                "See to it that the server runs and lets this node in (spring.datasource.url, .username, .password),"
                        + " and start the node again.",
                rootFailure);
    }
}
