package io.wholecart.database;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import org.flywaydb.core.internal.exception.FlywaySqlException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.jdbc.UncategorizedSQLException;
import org.springframework.mock.env.MockEnvironment;

class DatabaseTroubleAnalyzerTest {

    private final MockEnvironment environment = new MockEnvironment()
            .withProperty("spring.datasource.url", "jdbc:postgresql://db:5432/shop?user=shop&password=secret");

    private @Nullable FailureAnalysis analyze(Throwable failure) {
        return new DatabaseTroubleAnalyzer(environment)
                .analyze(new IllegalStateException("The context does not start", failure));
    }

    private static String words(@Nullable FailureAnalysis analysis) {
        assertThat(analysis).isNotNull();
        return analysis.getDescription() + " " + analysis.getAction();
    }

    @Test
    void saysWhichDatabaseIsOutOfReachAndWhyWithoutItsPassword() {
        SQLException wrong = new SQLException("password authentication failed for user \"shop\"", "28P01");
        assertThat(words(analyze(new FlywaySqlException("no connection", wrong))))
                .startsWith("The node cannot use the database at jdbc:postgresql://db:5432/shop: "
                        + "password authentication failed")
                .contains("spring.datasource.url")
                .doesNotContain("secret");
    }

    @Test
    void saysThatADatabaseCannotBeUsed() {
        SQLException ended = new SQLException("terminating connection", "57P01");
        assertThat(words(analyze(new DataAccessResourceFailureException("away", ended))))
                .startsWith(
                        "The node cannot use the database at jdbc:postgresql://db:5432/shop: terminating connection");
    }

    @Test
    void leavesMistakesTheirStackTrace() {
        SQLException mistake = new SQLException("syntax error", "42601");
        assertThat(analyze(new UncategorizedSQLException("query", "SELEC", mistake)))
                .isNull();
    }

    @Test
    void doesWithoutAnAddress() {
        environment.setProperty("spring.datasource.url", "");
        SQLException refused = new SQLException("refused", "08001");
        assertThat(words(analyze(new FlywaySqlException("no connection", refused))))
                .startsWith("The node cannot use the database: refused");
    }
}
