package io.wholecart.reliability;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** Everything that befalls a PostgreSQL and the way to it. */
final class DatabaseFaults {

    private static final int CONNECTIONS = 60;
    private static final int DISK_MEGABYTES = 512;

    private static final String OTHERS =
            "FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()";

    interface Injection {
        /** Injects it and answers how it is healed. */
        AutoCloseable inject() throws Exception;
    }

    /** What a fault leaves possible while it lasts. */
    enum Leaves {
        /** Nothing can be asked, so that answers must say that they are degraded. */
        NOTHING,
        /** Everything can be read. */
        READING,
        /** It depends. */
        SOMETHING
    }

    record Fault(String name, Leaves leaves, Injection injection) {}

    private final PostgresServer server;
    private final SlowLine line;
    private final @Nullable SmallDisk disk;
    private final Random random;
    /** What is left of all, in an order by chance. */
    private final List<Fault> deck = new ArrayList<>();

    /**
     * Faults of one server.
     *
     * @param server as {@link #server} makes it
     * @param line the way to it
     * @param disk its own, if it has one
     */
    DatabaseFaults(PostgresServer server, SlowLine line, @Nullable SmallDisk disk, Random random) {
        this.server = server;
        this.line = line;
        this.disk = disk;
        this.random = random;
    }

    /** One of its own that can be full, where the machine allows that. */
    static @Nullable SmallDisk disk(Path folder) {
        return SmallDisk.possible() ? new SmallDisk(folder, DISK_MEGABYTES) : null;
    }

    /** One with few connections, which takes little of its disk; it is not started. */
    static PostgresServer server(Path folder, @Nullable SmallDisk disk) {
        return new PostgresServer(folder, disk, "max_connections=" + CONNECTIONS, "max_wal_size=64MB");
    }

    /** By chance one that was not there yet, until all were. */
    Fault next() {
        if (deck.isEmpty()) {
            deck.addAll(all());
            Collections.shuffle(deck, random);
        }
        return deck.remove(0);
    }

    private List<Fault> all() {
        List<Fault> all = new ArrayList<>(ofTheServer());
        all.addAll(ofTheNetwork());
        for (String table : List.of("event", "app_user", "catalog_change", "model", "training_run")) {
            all.add(new Fault("table " + table + " locked", Leaves.SOMETHING, () -> lock(table)));
        }
        if (disk == null) {
            System.out.println("Without a full disk, which takes a namespace: unshare -Urm mount -t tmpfs");
        } else {
            all.add(new Fault("disk full", Leaves.SOMETHING, () -> fill(disk)));
        }
        all.removeIf(fault -> !Scale.chosen(fault.name()));
        return all;
    }

    private List<Fault> ofTheServer() {
        return List.of(
                new Fault("stopped", Leaves.NOTHING, () -> {
                    server.stop();
                    return server::start;
                }),
                new Fault("killed", Leaves.NOTHING, () -> {
                    server.crash();
                    return server::start;
                }),
                new Fault("connections terminated", Leaves.READING, () -> {
                    server.query("SELECT pg_terminate_backend(pid) " + OTHERS);
                    return () -> {};
                }),
                new Fault("read-only", Leaves.READING, () -> {
                    readOnly("on");
                    return () -> readOnly("off");
                }),
                new Fault("a standby that is promoted", Leaves.READING, this::standBy),
                new Fault("out of connections", Leaves.NOTHING, this::takeAllConnections),
                new Fault("frozen", Leaves.NOTHING, () -> {
                    server.signalAll("STOP");
                    return () -> server.signalAll("CONT");
                }));
    }

    private List<Fault> ofTheNetwork() {
        return List.of(
                new Fault("slow", Leaves.READING, () -> {
                    line.slow(20 + random.nextInt(150));
                    return () -> line.slow(0);
                }),
                new Fault("network silent for a while", Leaves.NOTHING, () -> {
                    line.silence();
                    return line::resume;
                }),
                new Fault("network silent, then reset", Leaves.NOTHING, () -> {
                    line.silence();
                    return () -> {
                        line.cut();
                        line.mend();
                    };
                }),
                new Fault("network silent, connections forgotten", Leaves.NOTHING, () -> {
                    line.silence();
                    return line::forget;
                }),
                new Fault("network cut", Leaves.NOTHING, () -> {
                    line.cut();
                    return line::mend;
                }));
    }

    private void readOnly(String value) {
        server.execute("ALTER SYSTEM SET default_transaction_read_only = " + value);
        server.execute("SELECT pg_reload_conf()");
    }

    private AutoCloseable standBy() throws Exception {
        server.stop();
        Files.createFile(server.data().resolve("standby.signal"));
        server.start();
        return () -> server.query("SELECT pg_promote()");
    }

    /** Those of the service are taken from it, and all others with them. */
    private AutoCloseable takeAllConnections() throws SQLException {
        List<Connection> taken = new ArrayList<>();
        for (int attempt = 0; taken.size() < CONNECTIONS && attempt < 100 * CONNECTIONS; attempt++) {
            try {
                taken.add(DriverManager.getConnection(server.url() + "?ApplicationName=taken", "postgres", ""));
            } catch (SQLException none) {
                try (Statement statement = taken.get(0).createStatement()) {
                    statement.execute(
                            "SELECT pg_terminate_backend(pid) " + OTHERS + " AND application_name <> 'taken'");
                }
            }
        }
        return () -> {
            for (Connection connection : taken) {
                connection.close();
            }
        };
    }

    private AutoCloseable lock(String table) throws SQLException {
        Connection connection = server.connect();
        connection.setAutoCommit(false);
        try (Statement statement = connection.createStatement()) {
            statement.execute("LOCK TABLE " + table + " IN ACCESS EXCLUSIVE MODE");
        }
        return connection;
    }

    /** A server that could not write its log ends, and is started again by whoever makes room. */
    private AutoCloseable fill(SmallDisk full) {
        full.fill();
        return () -> {
            full.free();
            server.revive();
        };
    }
}
