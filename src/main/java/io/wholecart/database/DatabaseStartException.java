package io.wholecart.database;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** The embedded database cannot start; says why and what to do. */
final class DatabaseStartException extends RuntimeException {

    private final String action;

    DatabaseStartException(String description, String action, @Nullable Throwable cause) {
        super(description, cause);
        this.action = action;
    }

    /** Shows the two sentences instead of a stack trace. */
    static final class Analyzer extends AbstractFailureAnalyzer<DatabaseStartException> {

        @Override
        protected FailureAnalysis analyze(Throwable rootFailure, DatabaseStartException cause) {
            return new FailureAnalysis(String.valueOf(cause.getMessage()), cause.action, rootFailure);
        }
    }
}
