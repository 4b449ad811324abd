package io.wholecart.reliability;

import static org.awaitility.Awaitility.await;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.util.FileSystemUtils;

/**
 * A PostgreSQL whose process belongs to the test: it can be stopped, killed and misled, which no shared server and no
 * container allows. Its binaries are those of the embedded server.
 */
final class PostgresServer implements AutoCloseable {

    private static final Path BINARIES = Path.of("target", "test-postgres").toAbsolutePath();
    private static final Path TEMPLATE =
            Path.of("target", "reliability", "template").toAbsolutePath();
    private static final Duration LIMIT = Duration.ofMinutes(2);

    private final int port = Ports.free();
    /** As it itself sees it. */
    private final Path data;

    private final @Nullable SmallDisk disk;
    private final Path log;
    private final List<String> settings;
    private final Map<String, String> environment = new HashMap<>();
    private @Nullable Process process;

    /**
     * Does not start it yet.
     *
     * @param folder gets its data, and its log
     * @param settings as {@code max_connections=20}
     */
    PostgresServer(Path folder, String... settings) {
        this(folder, null, settings);
    }

    /**
     * Does not start it yet.
     *
     * @param folder gets its log
     * @param disk gets its data; without one, the folder does
     */
    PostgresServer(Path folder, @Nullable SmallDisk disk, String... settings) {
        this.data = (disk == null ? folder : disk.path()).resolve("postgresql").toAbsolutePath();
        this.disk = disk;
        this.log = folder.resolve("postgresql.log");
        this.settings = List.of(settings);
    }

    PostgresServer environment(String name, String value) {
        environment.put(name, value);
        return this;
    }

    /** Starts it, on its data if it has any, and waits until it answers. */
    PostgresServer start() {
        if (!Files.exists(data())) {
            copy(template(), data());
        }
        List<String> command = new ArrayList<>(disk == null ? List.of() : disk.inside());
        if ("root".equals(System.getProperty("user.name"))) {
            // PostgreSQL does not run as root; in a namespace of its own it does not see that it does.
            command.addAll(List.of("unshare", "-U"));
        }
        command.addAll(List.of(binaries().resolve("postgres").toString(), "-D", data.toString(), "-p", "" + port));
        // Nothing here takes the machine's power away: what is written outlives the process without it, too.
        for (String setting : List.of("listen_addresses=localhost", "unix_socket_directories=", "fsync=off")) {
            command.addAll(List.of("-c", setting));
        }
        settings.forEach(setting -> command.addAll(List.of("-c", setting)));
        process = Processes.start(command, environment, log);
        await().atMost(LIMIT).pollInterval(Duration.ofMillis(50)).until(() -> {
            if (!process().isAlive()) {
                throw new AssertionError("PostgreSQL ended while starting, see " + log);
            }
            return answers();
        });
        return this;
    }

    /** Breaks connections off and writes what is to be written (its "fast" shutdown). */
    void stop() {
        Processes.signal(process().pid(), "INT");
        try {
            if (!process().waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)) {
                throw new AssertionError("PostgreSQL does not stop, see " + log);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    /** kill -9 of all of its processes: the next start replays its log. */
    void crash() {
        Processes.kill(Processes.withDescendants(process().toHandle()));
    }

    /** Makes another one its standby, which is to be told of it by {@code primary_conninfo}; both are stopped. */
    void copyTo(PostgresServer standby) {
        copy(data(), standby.data());
        try {
            Files.createFile(standby.data().resolve("standby.signal"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Keeps its data as they are now, for {@link #setBack}; it is stopped. */
    void save() {
        copy(data(), saved());
    }

    /** Forgets all since {@link #save}, as a backup and a standby that was behind do; it is stopped. */
    void setBack() {
        copy(saved(), data());
    }

    private Path saved() {
        return data().resolveSibling("saved");
    }

    /** Starts it again where it has ended, or is about to; it answers then. */
    void revive() {
        await().atMost(LIMIT).until(() -> !process().isAlive() || answers());
        if (!process().isAlive()) {
            start();
        }
    }

    private boolean answers() {
        try (Connection connection = connect()) {
            return connection.isValid(5);
        } catch (SQLException e) {
            return false;
        }
    }

    private Process process() {
        if (process == null) {
            throw new IllegalStateException("not started");
        }
        return process;
    }

    int port() {
        return port;
    }

    Path data() {
        return disk == null ? data : disk.seenFromOutside(data);
    }

    String url() {
        return "jdbc:postgresql://localhost:" + port + "/postgres";
    }

    /** What a node needs to know to use it. */
    String[] arguments(String... others) {
        return Stream.concat(
                        Stream.of("--spring.datasource.url=" + url(), "--spring.datasource.username=postgres"),
                        Stream.of(others))
                .toArray(String[]::new);
    }

    /** The caller closes it. */
    Connection connect() throws SQLException {
        return DriverManager.getConnection(url(), "postgres", "");
    }

    void execute(String sql) {
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw new AssertionError(sql, e);
        }
    }

    /** The first column of the rows, as text. */
    List<String> query(String sql) {
        try (Connection connection = connect();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            List<String> values = new ArrayList<>();
            while (rows.next()) {
                values.add(rows.getString(1));
            }
            return values;
        } catch (SQLException e) {
            throw new AssertionError(sql, e);
        }
    }

    /** An initialized data directory, made once, to be copied. */
    private static synchronized Path template() {
        if (!Files.exists(TEMPLATE.resolve("PG_VERSION"))) {
            Path making = TEMPLATE.resolveSibling("template-in-the-making");
            try {
                FileSystemUtils.deleteRecursively(making);
                Files.createDirectories(making.getParent());
                EmbeddedPostgres.builder()
                        .setOverrideWorkingDirectory(BINARIES.toFile())
                        .setDataDirectory(making)
                        .setCleanDataDirectory(false)
                        .setLocaleConfig("locale", "C")
                        .start()
                        .close();
                Files.move(making, TEMPLATE);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return TEMPLATE;
    }

    private static Path binaries() {
        template();
        try (Stream<Path> unpacked = Files.list(BINARIES)) {
            return unpacked.filter(folder -> Files.exists(folder.resolve("bin/postgres")))
                    .max(Comparator.naturalOrder())
                    .orElseThrow()
                    .resolve("bin");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** In place of what is there. */
    private static void copy(Path from, Path to) {
        try (Stream<Path> files = Files.walk(from)) {
            FileSystemUtils.deleteRecursively(to);
            for (Path file : (Iterable<Path>) files::iterator) {
                Path target = to.resolve(from.relativize(file).toString());
                Files.createDirectories(target.getParent());
                Files.copy(file, target, java.nio.file.StandardCopyOption.COPY_ATTRIBUTES);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        if (process != null && process.isAlive()) {
            crash();
        }
    }

    /** A signal, by its name without SIG, to all of its processes. */
    void signalAll(String name) {
        Processes.withDescendants(process().toHandle()).forEach(one -> Processes.signal(one.pid(), name));
    }
}
