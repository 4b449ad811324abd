package io.wholecart.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SchemaMigrationTest {

    @TempDir
    private Path home;

    @Test
    void bringsAnEmptyDatabaseUpToDateAndLeavesOneThatIsAsItIs() throws Exception {
        try (EmbeddedDatabase database = EmbeddedDatabase.start(home, 0)) {
            String[] settings = {
                "migrate",
                "--spring.datasource.url=" + database.jdbcUrl(),
                "--spring.datasource.username=" + EmbeddedDatabase.USER
            };
            SchemaMigration.run(settings);
            int versions = count(database, "SELECT count(*) FROM flyway_schema_history WHERE success");
            assertThat(versions).isPositive();
            assertThat(count(database, "SELECT count(*) FROM event")).isZero();

            SchemaMigration.run(settings);
            assertThat(count(database, "SELECT count(*) FROM flyway_schema_history"))
                    .isEqualTo(versions);
        }
    }

    @Test
    void aMigrationMayTakeLongerThanATransactionMayBeSilent(@TempDir Path slow) throws Exception {
        Files.writeString(slow.resolve("V900__slow.sql"), "SELECT pg_sleep(3);");
        try (EmbeddedDatabase database = EmbeddedDatabase.start(home, 0)) {
            SchemaMigration.run(new String[] {
                "migrate",
                "--spring.datasource.url=" + database.jdbcUrl(),
                "--spring.datasource.username=" + EmbeddedDatabase.USER,
                "--spring.datasource.hikari.connection-init-sql=SET idle_in_transaction_session_timeout = '1s'",
                "--spring.flyway.locations=classpath:db/migration,filesystem:" + slow
            });
            assertThat(count(database, "SELECT count(*) FROM flyway_schema_history WHERE success AND version = '900'"))
                    .isEqualTo(1);
        }
    }

    @Test
    void anEmbeddedDatabaseMayBeForbidden() {
        assertThatThrownBy(() -> SchemaMigration.run(
                        "migrate", "--wholecart.embedded-database=false", "--wholecart.data-directory=" + home))
                .rootCause()
                .isInstanceOf(DatabaseStartException.class)
                .hasMessageContaining("No database is configured");
        assertThat(home).isEmptyDirectory();
    }

    private static int count(EmbeddedDatabase database, String sql) throws SQLException {
        try (Connection connection = DriverManager.getConnection(database.jdbcUrl(), EmbeddedDatabase.USER, "");
                Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(sql)) {
            result.next();
            return result.getInt(1);
        }
    }
}
