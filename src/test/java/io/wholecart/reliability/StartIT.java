package io.wholecart.reliability;

import static org.awaitility.Awaitility.await;

import io.wholecart.reliability.DatabaseFaults.Fault;
import io.wholecart.reliability.DatabaseFaults.Leaves;
import io.wholecart.support.Api;
import io.wholecart.support.TwoTastes;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * A node starts while its database has a fault: it waits, or ends with a sentence for its supervisor to start it again;
 * once the fault is over it works, and where the database can be read, before.
 */
class StartIT {

    private static final int USERS = 60;
    private static final Duration LIMIT = Duration.ofMinutes(3);
    /** Longer than a node waits for a database. */
    private static final Duration LONG = Duration.ofSeconds(80);

    private final Random random = Scale.random(this);
    private final Path folder = Scale.folder(this);
    private final Tally tally = new Tally("started while PostgreSQL has a fault");
    /** Of the log, what was there before the last start. */
    private int logged;

    @Test
    void nodesStartAsSoonAsTheyCan() throws Exception {
        try (Tally counted = tally;
                SmallDisk disk = DatabaseFaults.disk(folder);
                PostgresServer server = DatabaseFaults.server(folder, disk).start();
                SlowLine line = new SlowLine(server.port());
                Node node = node(line)) {
            node.start();
            TwoTastes.importInto(node.api(), USERS);
            node.api().train("{\"factors\":8,\"iterations\":3}");
            node.stop();
            DatabaseFaults faults = new DatabaseFaults(server, line, disk, random);
            for (int round = 0; round < Scale.rounds(1, 17); round++) {
                Fault fault = faults.next();
                // Nobody is connected yet.
                startThrough(fault.name().equals("connections terminated") ? faults.next() : fault, node);
                tally.run();
            }
        }
    }

    private Node node(SlowLine line) {
        return new Node(
                        folder,
                        "node",
                        "--spring.datasource.url=jdbc:postgresql://localhost:" + line.port() + "/postgres",
                        "--spring.datasource.username=postgres",
                        "--wholecart.training.schedule=-")
                .jvm("-XX:TieredStopAtLevel=1");
    }

    private void startThrough(Fault fault, Node node) throws Exception {
        tally.fault(fault.name());
        AutoCloseable cure = fault.injection().inject();
        long lasting = random.nextInt(5) == 0 ? LONG.toMillis() : random.nextInt(15_000);
        System.out.println("Fault: " + fault.name() + " for " + lasting + " ms");
        try {
            launch(node);
            if (fault.leaves() == Leaves.READING) {
                awaitServing(node, fault);
            } else {
                long end = System.nanoTime() + Duration.ofMillis(lasting).toNanos();
                while (System.nanoTime() < end) {
                    superviseOnce(node, fault);
                    Thread.sleep(100);
                }
            }
        } finally {
            cure.close();
        }
        long healed = System.nanoTime();
        awaitServing(node, fault);
        System.out.println("serves after " + (System.nanoTime() - healed) / 1_000_000 + " ms");
        await("intake after " + fault.name()).atMost(LIMIT).until(() -> buys(node));
        tally.promise(node.stop() == 143, "did not stop in peace after " + fault.name());
    }

    private void launch(Node node) {
        logged = node.log().length();
        node.launch();
    }

    /** As an orchestrator does. */
    private void superviseOnce(Node node, Fault fault) {
        if (!node.isAlive()) {
            String words = node.log().substring(logged);
            boolean said = words.contains("APPLICATION FAILED TO START") && words.contains("database");
            tally.promise(said, "ended without a word on the database: " + fault.name());
            System.out.println("ended, and is started again");
            launch(node);
        }
    }

    /** From the model: every known shopper gets theirs. */
    private void awaitServing(Node node, Fault fault) {
        await("serving: " + fault.name()).atMost(LIMIT).until(() -> {
            superviseOnce(node, fault);
            return node.isReady();
        });
        await("the model: " + fault.name()).atMost(Duration.ofSeconds(30)).until(() -> {
            String source = node.api()
                    .get("/api/v1/users/u1/recommendations")
                    .json()
                    .path("source")
                    .asString("");
            return List.of("trained", "foldedIn").contains(source);
        });
    }

    private boolean buys(Node node) {
        String user = "u" + random.nextInt(USERS);
        String recommended = "/api/v1/users/" + user + "/recommendations";
        String item = Api.ids(node.api().get(recommended).json()).get(0);
        String event = "{\"userId\":\"%s\",\"itemId\":\"%s\",\"behavior\":\"purchase\"}".formatted(user, item);
        return node.api().post("/api/v1/events", event).status() == 200
                && !Api.ids(node.api().get(recommended).json()).contains(item);
    }
}
