package io.wholecart.reliability;

import static org.awaitility.Awaitility.await;

import io.wholecart.support.Api;
import io.wholecart.support.TwoTastes;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/**
 * Everything that befalls a PostgreSQL, under load on two nodes that live on: what is known is recommended all the while,
 * what is acknowledged is stored, and when the database is well again, so is the service.
 */
class DatabaseFaultsIT {

    private static final int USERS = 60;
    private static final int CONNECTIONS = 60;

    /** Until everything works again; a lost connection is noticed within a minute. */
    private static final Duration HEALED = Duration.ofMinutes(3);

    private static final String OTHERS =
            "FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()";

    private final Random random = Scale.random(this);
    private final Path folder = Scale.folder(this);
    private final PostgresServer server = new PostgresServer(folder, "max_connections=" + CONNECTIONS);

    private interface Injection {
        /** Injects it and answers how it is healed. */
        AutoCloseable inject() throws Exception;
    }

    /**
     * A fault.
     *
     * @param away whether nothing can be asked while it lasts, so that answers must say that they are degraded
     */
    private record Fault(String name, boolean away, Injection injection) {}

    private List<Fault> faults(SlowLine line) {
        return List.of(
                new Fault("stopped", true, () -> {
                    server.stop();
                    return server::start;
                }),
                new Fault("killed", true, () -> {
                    server.crash();
                    return server::start;
                }),
                new Fault("connections terminated", false, () -> {
                    server.query("SELECT pg_terminate_backend(pid) " + OTHERS);
                    return () -> {};
                }),
                new Fault("read-only", false, () -> {
                    readOnly("on");
                    return () -> readOnly("off");
                }),
                new Fault("a standby that is promoted", false, this::standBy),
                new Fault("out of connections", true, this::takeAllConnections),
                new Fault("slow", false, () -> {
                    line.slow(20 + random.nextInt(150));
                    return () -> line.slow(0);
                }),
                new Fault("frozen", true, () -> {
                    server.signalAll("STOP");
                    return () -> server.signalAll("CONT");
                }),
                new Fault("network silent for a while", true, () -> {
                    line.silence();
                    return line::resume;
                }),
                new Fault("network silent, then reset", true, () -> {
                    line.silence();
                    return () -> {
                        line.cut();
                        line.mend();
                    };
                }),
                new Fault("network silent, connections forgotten", true, () -> {
                    line.silence();
                    return line::forget;
                }),
                new Fault("network cut", true, () -> {
                    line.cut();
                    return line::mend;
                }),
                locked("event"),
                locked("app_user"),
                locked("catalog_change"),
                locked("model"),
                locked("training_run"));
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

    private Fault locked(String table) {
        return new Fault("table " + table + " locked", false, () -> {
            Connection connection = server.connect();
            connection.setAutoCommit(false);
            try (Statement statement = connection.createStatement()) {
                statement.execute("LOCK TABLE " + table + " IN ACCESS EXCLUSIVE MODE");
            }
            return connection;
        });
    }

    @Test
    void servingGoesOnAndWhatIsAcknowledgedIsStored() throws Exception {
        Sent sent = new Sent();
        List<AutoCloseable> load = new ArrayList<>();
        try (Tally tally = new Tally("faults of PostgreSQL");
                PostgresServer running = server.start();
                SlowLine line = new SlowLine(running.port());
                Node first = node("first", line, "api,trainer");
                Node second = node("second", line, "api")) {
            first.launch();
            second.launch();
            first.awaitReady();
            second.awaitReady();
            learn(first, second);
            List<FrontPage> readers = new ArrayList<>();
            for (Node node : List.of(first, second)) {
                readers.add(new FrontPage(node, random.nextLong(), USERS, tally).start());
                load.add(new IntakeCaller("caller" + node.port(), random.nextLong(), node::api, sent, tally)
                        .alwaysAnswered()
                        .start());
            }
            load.addAll(readers);
            try {
                List<Fault> deck = new ArrayList<>();
                for (int round = 0; round < Scale.rounds(2, 51); round++) {
                    if (deck.isEmpty()) {
                        deck.addAll(faults(line));
                        Collections.shuffle(deck, random);
                    }
                    suffer(deck.remove(0), first, second, tally);
                    readers.forEach(reader -> System.out.println("slowest answer: " + reader.slowest() + " ms"));
                    tally.run();
                }
            } finally {
                for (AutoCloseable one : load) {
                    one.close();
                }
            }
            List<String> stored = server.query(Sent.STORED).stream()
                    .filter(event -> event.startsWith("caller"))
                    .toList();
            sent.check(stored, tally);
            tally.promise(sent.acknowledged() > 0, "nothing was acknowledged");
        }
    }

    private Node node(String name, SlowLine line, String roles) {
        return new Node(
                        folder,
                        name,
                        "--spring.datasource.url=jdbc:postgresql://localhost:" + line.port() + "/postgres",
                        "--spring.datasource.username=postgres",
                        "--wholecart.roles=" + roles,
                        "--wholecart.training.schedule=-")
                .jvm("-XX:TieredStopAtLevel=1");
    }

    private static void learn(Node first, Node second) {
        TwoTastes.importInto(first.api(), USERS);
        int version = first.api()
                .train("{\"factors\":8,\"iterations\":3}")
                .path("modelVersion")
                .asInt();
        first.api().awaitServed(version);
        second.api().awaitServed(version);
        // Counted every ten seconds: newcomers then get something.
        await().atMost(HEALED)
                .until(() -> Stream.of(first, second)
                        .allMatch(node -> !Api.ids(
                                        node.api().get("/api/v1/items/popular").json())
                                .isEmpty()));
    }

    private void suffer(Fault fault, Node first, Node second, Tally tally) throws Exception {
        System.out.println("Fault: " + fault.name());
        tally.fault(fault.name());
        boolean trains = random.nextBoolean()
                && first.api()
                                .send(
                                        "POST",
                                        "/api/v1/admin/training-runs",
                                        "application/json",
                                        "{\"factors\":8,\"iterations\":5}")
                                .status()
                        == 202;
        AutoCloseable cure = fault.injection().inject();
        try {
            Thread.sleep(random.nextInt(8000));
            if (fault.away()) {
                await("degraded: " + fault.name())
                        .atMost(Duration.ofSeconds(30))
                        .until(() -> degraded(first) && degraded(second));
            }
        } finally {
            cure.close();
        }
        long healed = System.nanoTime();
        tally.promise(first.isAlive() && second.isAlive(), "a node died of: " + fault.name());
        for (Node node : List.of(first, second)) {
            await("intake after " + fault.name())
                    .atMost(HEALED)
                    .ignoreExceptions()
                    .until(() -> boughtIsGone(node));
        }
        awaitSignals(first, second, fault);
        if (trains) {
            awaitEnd(first, tally, fault);
        }
        JsonNode run = first.api().train("{\"factors\":4,\"iterations\":1,\"holdout\":false}");
        tally.promise(
                run.path("status").asString("").equals("SUCCEEDED"), "training after " + fault.name() + ": " + run);
        System.out.println("well after " + (System.nanoTime() - healed) / 1_000_000 + " ms");
    }

    private static boolean degraded(Node node) {
        return node.api()
                .get("/api/v1/users/u1/recommendations")
                .response()
                .headers()
                .firstValue("X-Wholecart-Degraded")
                .isPresent();
    }

    /** Intake works, and the very next answer knows of it and is not degraded. */
    private boolean boughtIsGone(Node node) {
        String user = "buyer" + random.nextInt(1_000_000);
        Api api = node.api();
        String recommended = "/api/v1/users/" + user + "/recommendations";
        String item = Api.ids(api.get(recommended).json()).get(0);
        boolean stored = api.post(
                                "/api/v1/events",
                                "{\"userId\":\"%s\",\"itemId\":\"%s\",\"behavior\":\"purchase\"}".formatted(user, item))
                        .status()
                == 200;
        return stored
                && !degraded(node)
                && !Api.ids(api.get(recommended).json()).contains(item);
    }

    /** What is taken away on one node is soon gone on the other. */
    private void awaitSignals(Node first, Node second, Fault fault) {
        String item = "i" + random.nextInt(40);
        for (boolean available : new boolean[] {false, true}) {
            first.api()
                    .put("/api/v1/items/" + item, "{\"available\":" + available + "}")
                    .expect(200);
            await("an item's change on another node after " + fault.name())
                    .atMost(Duration.ofSeconds(30))
                    .until(() -> Api.ids(second.api()
                                            .get("/api/v1/items/popular?limit=1000")
                                            .json())
                                    .contains(item)
                            == available);
        }
    }

    /** What trained meanwhile went on, was taken up again or failed with a reason. */
    private static void awaitEnd(Node node, Tally tally, Fault fault) {
        JsonNode run = await().atMost(HEALED)
                .ignoreExceptions()
                .until(
                        () -> node.api()
                                .get("/api/v1/admin/training-runs")
                                .json()
                                .path(0),
                        one -> List.of("SUCCEEDED", "FAILED")
                                .contains(one.path("status").asString("")));
        tally.promise(
                run.path("status").asString("").equals("SUCCEEDED")
                        || !run.path("error").asString("").isEmpty(),
                "training through " + fault.name() + " ended as " + run);
    }
}
