package io.wholecart.support;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.postgresql.PostgreSQLContainer;

/**
 * The one place that decides which real PostgreSQL the tests use: a container when Docker answers, the embedded server
 * otherwise. Started once; every caller gets an empty database of its own.
 */
public final class PostgresForTests {

    private static final Logger log = LoggerFactory.getLogger(PostgresForTests.class);
    private static final AtomicInteger DATABASES = new AtomicInteger();
    /** Every application context that is kept for later tests keeps its pool, too. */
    private static final String CONNECTIONS = "300";

    private static final Server SERVER = start();

    private PostgresForTests() {}

    private record Server(String kind, String url, String user, String password) {
        String database(String name) {
            return url.substring(0, url.lastIndexOf('/') + 1) + name;
        }
    }

    /** How to reach a database. */
    public record Database(String url, String user, String password) {}

    /** Creates an empty database. */
    public static Database create() {
        String name = "test_" + DATABASES.incrementAndGet();
        try (Connection connection = DriverManager.getConnection(SERVER.url(), SERVER.user(), SERVER.password());
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE DATABASE " + name);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
        return new Database(SERVER.database(name), SERVER.user(), SERVER.password());
    }

    private static Server start() {
        Server server = dockerAnswers() ? container() : embedded();
        try (Connection connection = DriverManager.getConnection(server.url(), server.user(), server.password())) {
            String version = connection.getMetaData().getDatabaseProductVersion();
            log.info("Tests use PostgreSQL {} ({})", version, server.kind());
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
        return server;
    }

    private static boolean dockerAnswers() {
        return DockerClientFactory.instance().isDockerAvailable();
    }

    /** Stopped by Testcontainers when this process ends. */
    @SuppressWarnings("resource")
    private static Server container() {
        PostgreSQLContainer container = new PostgreSQLContainer("postgres:17-alpine")
                .withCommand("postgres", "-c", "max_connections=" + CONNECTIONS);
        container.start();
        String kind = "container " + container.getDockerImageName();
        return new Server(
                kind, container.getJdbcUrl().replaceAll("\\?.*", ""), container.getUsername(), container.getPassword());
    }

    /** Stopped by its own shutdown hook. */
    private static Server embedded() {
        try {
            EmbeddedPostgres postgres = EmbeddedPostgres.builder()
                    .setOverrideWorkingDirectory(
                            Path.of("target", "test-postgres").toAbsolutePath().toFile())
                    .setLocaleConfig("locale", "C")
                    .setServerConfig("max_connections", CONNECTIONS)
                    .start();
            return new Server(
                    "embedded, Docker does not answer",
                    "jdbc:postgresql://localhost:" + postgres.getPort() + "/postgres",
                    "postgres",
                    "");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
