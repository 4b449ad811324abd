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
            requireFree(port);
            Path data = home.resolve("postgresql");
            stopOrphan(data);
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
        Path pidFile = data.resolve("postmaster.pid");
        if (!Files.exists(pidFile)) {
            return;
        }
        long pid = Long.parseLong(Files.readAllLines(pidFile).get(0).trim());
        ProcessHandle orphan = ProcessHandle.of(pid).orElse(null);
        if (orphan == null || !isPostgres(orphan)) {
            return;
        }
        log.info("Stopping the PostgreSQL (pid {}) that an earlier, killed Wholecart left on {}", pid, data);
        orphan.destroy();
        try {
            orphan.onExit().get(20, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            orphan.destroyForcibly();
            orphan.onExit().join();
        } catch (ExecutionException e) {
            throw new IOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }

    /** Process ids are given out again: make sure not to stop somebody else's process. */
    private static boolean isPostgres(ProcessHandle process) {
        return process.info()
                .command()
                .map(command -> command.toLowerCase(Locale.ROOT).contains("postgres"))
                .orElse(true);
    }

    private static EmbeddedPostgres launch(Path home, Path data, int port) throws IOException {
        Path binaries = home.resolve("server");
        Path preparing = home.resolve("preparing");
        boolean first = !Files.exists(data.resolve("PG_VERSION")) || Files.exists(preparing);
        if (first) {
            // A start that was cut off while unpacking or creating left halves behind: begin again.
            Files.write(preparing, new byte[0]);
            FileSystemUtils.deleteRecursively(data);
            FileSystemUtils.deleteRecursively(binaries);
        }
        EmbeddedPostgres server = EmbeddedPostgres.builder()
                .setDataDirectory(data)
                .setOverrideWorkingDirectory(binaries.toFile())
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
                .setServerConfig("logging_collector", "on")
                .setServerConfig("log_rotation_size", "10MB")
                .start();
        Files.deleteIfExists(preparing);
        return server;
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
