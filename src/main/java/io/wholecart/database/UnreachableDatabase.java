package io.wholecart.database;

import com.zaxxer.hikari.pool.HikariPool.PoolInitializationException;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.env.Environment;

/** Says in two sentences, instead of a stack trace, that a node got no connection to its database at its start. */
final class UnreachableDatabase extends AbstractFailureAnalyzer<PoolInitializationException> {

    private final Environment environment;

    UnreachableDatabase(Environment environment) {
        this.environment = environment;
    }

    @Override
    protected FailureAnalysis analyze(Throwable rootFailure, PoolInitializationException cause) {
        String url = environment.getProperty("spring.datasource.url", "");
        // Behind the question mark there may be a password.
        String where = url.isEmpty() ? "" : " at " + url.replaceFirst("\\?.*", "");
        return new FailureAnalysis(
                "There is no connection to the database" + where + ": " + reason(cause),
                "See to it that the server runs and lets this node in (spring.datasource.url, .username, .password),"
                        + " and start the node again.",
                rootFailure);
    }

    private static @Nullable String reason(Throwable failure) {
        Throwable cause = failure.getCause();
        return cause == null ? failure.getMessage() : cause.getMessage();
    }
}
