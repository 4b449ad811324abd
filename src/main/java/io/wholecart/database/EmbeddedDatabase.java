package io.wholecart.database;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.util.FileSystemUtils;

/**
 * A real PostgreSQL with a durable directory, run as a child of this process.
 *
 * <p>The directory holds {@code postgresql} (the database), {@code server} (the unpacked binaries) and {@code lock}.
 * The operating system drops the lock when this process dies, however it dies; so whoever holds it may stop a server
 * that a killed process left behind, and may redo a preparation that was cut off.
 */
final class EmbeddedDatabase implements AutoCloseable {

    static final String USER = "postgres";

    private static final Logger log = LoggerFactory.getLogger(EmbeddedDatabase.class);
    /** A crashed server replays its log first; that may take a while after heavy writing. */
    private static final Duration START_LIMIT = Duration.ofMinutes(2);

    /** How far the server's start time in its file and the system's may lie apart. */
    private static final Duration START_SKEW = Duration.ofSeconds(30);

    private final EmbeddedPostgres server;
    private final FileChannel lock;

    private EmbeddedDatabase(EmbeddedPostgres server, FileChannel lock) {
        this.server = server;
        this.lock = lock;
    }

    /**
     * Starts the server on {@code directory}, creating it when it is new.
     *
     * @param port 0 for any free one
     * @throws DatabaseStartException when the directory or the port is in use or cannot be used
     */
    static EmbeddedDatabase start(Path directory, int port) {
        Path home = directory.toAbsolutePath().normalize();
        FileChannel lock = lock(home);
        try {
            Path data = home.resolve("postgresql");
            stopOrphan(data);
            requireFree(port);
            EmbeddedPostgres server = launch(home, data, port);
            log.info("Embedded PostgreSQL is up on port {}, data in {}", server.getPort(), home);
            return new EmbeddedDatabase(server, lock);
        } catch (IOException | RuntimeException e) {
            release(lock);
            throw e instanceof DatabaseStartException known
                    ? known
                    : new DatabaseStartException(
                            "The embedded PostgreSQL did not start in " + home + ": " + e.getMessage(),
                            "Look for the server's own words in " + home.resolve("postgresql/log")
                                    + ", or use another server: --spring.datasource.url=jdbc:postgresql://…",
                            e);
        }
    }

    String jdbcUrl() {
        return "jdbc:postgresql://localhost:" + server.getPort() + "/postgres";
    }

    private static FileChannel lock(Path home) {
        try {
            createPrivate(home);
            FileChannel channel =
                    FileChannel.open(home.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            if (tryLock(channel) == null) {
                channel.close();
                throw new DatabaseStartException(
                        "The data directory " + home + " is in use by another Wholecart.",
                        "Stop the other one, or give this one a directory of its own: --wholecart.data-directory=DIR",
                        null);
            }
            return channel;
        } catch (IOException e) {
            throw new DatabaseStartException(
                    "The data directory " + home + " cannot be used: " + e,
                    "Give one that this user may write to: --wholecart.data-directory=DIR",
                    e);
        }
    }

    private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException e) {
            return null;
        }
    }

    private static void createPrivate(Path home) throws IOException {
        if (Files.isDirectory(home)) {
            return;
        }
        Files.createDirectories(home);
        if (Files.getFileStore(home).supportsFileAttributeView("posix")) {
            Files.setPosixFilePermissions(home, PosixFilePermissions.fromString("rwx------"));
        }
    }

    private static void requireFree(int port) {
        if (port == 0) {
            return;
        }
        try (ServerSocket probe = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            log.debug("Port {} is free", probe.getLocalPort());
        } catch (IOException e) {
            throw new DatabaseStartException(
                    "Port " + port + " for the embedded PostgreSQL is already in use.",
                    "Free it, or choose another: --wholecart.database-port=PORT (0 takes any free one)",
                    e);
        }
    }

    /** Stops the server that a killed process left running on this directory: we hold the lock, so it has no owner. */
    private static void stopOrphan(Path data) throws IOException {
        ProcessHandle orphan = orphan(data);
        if (orphan == null) {
            return;
        }
        log.info("Stopping the PostgreSQL (pid {}) that an earlier, killed Wholecart left on {}", orphan.pid(), data);
        try {
            stopFast(orphan);
            orphan.onExit().get(30, TimeUnit.SECONDS);
        } catch (TimeoutException | ExecutionException e) {
            throw new DatabaseStartException(
                    "A PostgreSQL (pid " + orphan.pid() + ") runs on " + data + " and does not stop.",
                    "Stop it, then start again: kill -INT " + orphan.pid(),
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }

    /** The server's process, if the file names one that lives and is the one that wrote it: pids are given out again. */
    private static @Nullable ProcessHandle orphan(Path data) throws IOException {
        Path pidFile = data.resolve("postmaster.pid");
        if (!Files.exists(pidFile)) {
            return null;
        }
        try {
            List<String> lines = Files.readAllLines(pidFile);
            Instant written = Instant.ofEpochSecond(Long.parseLong(lines.get(2).trim()));
            return ProcessHandle.of(Long.parseLong(lines.get(0).trim()))
                    .filter(process -> isServerOf(data, process, written))
                    .orElse(null);
        } catch (NumberFormatException | IndexOutOfBoundsException e) {
            log.warn("{} cannot be read; PostgreSQL will judge it", pidFile);
            return null;
        }
    }

    /** By its arguments; by its start where they are not to be seen, which is not the one in the file after a clock was set. */
    private static boolean isServerOf(Path data, ProcessHandle process, Instant written) {
        ProcessHandle.Info info = process.info();
        boolean postgres = info.command().orElse("").toLowerCase(Locale.ROOT).contains("postgres");
        boolean named = info.arguments()
                .map(arguments -> List.of(arguments).contains(data.toString()))
                .orElse(false);
        return postgres
                && (named
                        || info.startInstant()
                                .map(start ->
                                        Duration.between(start, written).abs().compareTo(START_SKEW) < 0)
                                .orElse(false));
    }

    /** Interrupt is PostgreSQL's fast shutdown; the terminate that Java can send would wait for running statements. */
    private static void stopFast(ProcessHandle server) throws IOException, InterruptedException {
        boolean windows = System.getProperty("os.name", "").startsWith("Windows");
        if (windows
                || new ProcessBuilder("kill", "-INT", Long.toString(server.pid()))
                                .start()
                                .waitFor()
                        != 0) {
            server.destroy();
        }
    }

    private static EmbeddedPostgres launch(Path home, Path data, int port) throws IOException {
        Path server = home.resolve("server");
        Path preparing = home.resolve("preparing");
        if (Files.exists(preparing)) {
            // A start that was cut off while unpacking or creating left halves behind: begin again.
            FileSystemUtils.deleteRecursively(data);
            FileSystemUtils.deleteRecursively(server);
        }
        boolean first = !Files.exists(data.resolve("PG_VERSION"));
        if (first) {
            requireAbsent(data);
            requireAbsent(server);
            Files.write(preparing, new byte[0]);
        }
        if (!Files.isDirectory(server)) {
            // The library makes the folder of its binaries writable for everybody: nobody may get there.
            createPrivate(server);
        }
        EmbeddedPostgres postgres = EmbeddedPostgres.builder()
                .setDataDirectory(data)
                .setOverrideWorkingDirectory(server.resolve("unpacked").toFile())
                .setCleanDataDirectory(false)
                // Spring closes us after everything that uses the database.
                .setRegisterShutdownHook(false)
                .setPort(port)
                .setPGStartupWait(START_LIMIT)
                .setLocaleConfig("locale", "C")
                // The library is made for tests and turns durability off; here acknowledged means stored.
                .setServerConfig("fsync", "on")
                .setServerConfig("synchronous_commit", "on")
                .setServerConfig("max_connections", "100")
                .setServerConfig("shared_buffers", "256MB")
                .setServerConfig("max_wal_size", "4GB")
                // One log file a weekday, begun anew a week later.
                .setServerConfig("logging_collector", "on")
                .setServerConfig("log_filename", "postgresql-%a.log")
                .setServerConfig("log_truncate_on_rotation", "on")
                .start();
        Files.deleteIfExists(preparing);
        return postgres;
    }

    /** What stands here already is not ours: never delete it, never mix with it. */
    private static void requireAbsent(Path folder) {
        if (Files.exists(folder)) {
            throw new DatabaseStartException(
                    folder + " exists, but it was not made by Wholecart.",
                    "Give the embedded database a directory of its own: --wholecart.data-directory=DIR",
                    null);
        }
    }

    private static void release(FileChannel lock) {
        try {
            lock.close();
        } catch (IOException e) {
            log.warn("Could not release the data directory's lock", e);
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
        release(lock);
    }
}
