package io.wholecart.reliability;

import static org.awaitility.Awaitility.await;

import io.wholecart.reliability.DatabaseFaults.Fault;
import io.wholecart.reliability.DatabaseFaults.Leaves;
import io.wholecart.support.Api;
import io.wholecart.support.TwoTastes;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
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
    /** More of them, to be erased one after the other. */
    private static final int DOOMED = 40;
    /** Until everything works again; a lost connection is noticed within a minute. */
    private static final Duration HEALED = Duration.ofMinutes(3);

    private final Random random = Scale.random(this);
    private final Path folder = Scale.folder(this);

    @Test
    void servingGoesOnAndWhatIsAcknowledgedIsStored() throws Exception {
        Sent sent = new Sent();
        List<AutoCloseable> load = new ArrayList<>();
        try (Tally tally = new Tally("faults of PostgreSQL");
                SmallDisk disk = DatabaseFaults.disk(folder);
                PostgresServer server = DatabaseFaults.server(folder, disk).start();
                SlowLine line = new SlowLine(server.port());
                Node first = node("first", line, "api,trainer");
                Node second = node("second", line, "api")) {
            first.launch();
            second.launch();
            first.awaitReady();
            second.awaitReady();
            learn(first, second);
            List<FrontPage> readers = new ArrayList<>();
            for (Node node : List.of(first, second)) {
                readers.add(Caller.start(new FrontPage(node, random.nextLong(), USERS, tally)));
                load.add(
                        Caller.start(new IntakeCaller("caller" + node.port(), random.nextLong(), node::api, sent, tally)
                                .alwaysAnswered()
                                .unhurried()));
            }
            load.addAll(readers);
            try {
                DatabaseFaults faults = new DatabaseFaults(server, line, disk, random);
                for (int round = 0; round < Scale.rounds(2, 36); round++) {
                    suffer(faults.next(), first, second, USERS + round % DOOMED, tally);
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
        TwoTastes.importInto(first.api(), USERS + DOOMED);
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

    private void suffer(Fault fault, Node first, Node second, int doomed, Tally tally) throws Exception {
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
        String erased = "/api/v1/users/u" + doomed;
        first.api().delete(erased).expect(204);
        AutoCloseable cure = fault.injection().inject();
        try {
            tally.promise(isForgotten(first, erased), "remembers who was erased before: " + fault.name());
            Thread.sleep(random.nextInt(8000));
            tally.promise(isForgotten(first, erased), "remembers who was erased during: " + fault.name());
            if (fault.leaves() == Leaves.NOTHING) {
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
        tally.promise(
                isForgotten(first, erased) && isForgotten(second, erased),
                "remembers who was erased after: " + fault.name());
        heardOnTheOther(first, second, fault);
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

    private static boolean isForgotten(Node node, String user) {
        return node.api()
                .get(user + "/recommendations")
                .expect(200)
                .json()
                .path("source")
                .asString("")
                .equals("popular");
    }

    /** What a user buys on one node, the other soon knows, though it remembered the user. */
    private void heardOnTheOther(Node first, Node second, Fault fault) {
        String user = "buyer" + random.nextInt(1_000_000);
        String recommended = "/api/v1/users/" + user + "/recommendations";
        String item = Api.ids(second.api().get(recommended).json()).get(0);
        first.api()
                .post(
                        "/api/v1/events",
                        "{\"userId\":\"%s\",\"itemId\":\"%s\",\"behavior\":\"purchase\"}".formatted(user, item))
                .expect(200);
        await("a purchase on another node after " + fault.name())
                .atMost(Duration.ofSeconds(10))
                .until(() -> !Api.ids(second.api().get(recommended).json()).contains(item));
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
