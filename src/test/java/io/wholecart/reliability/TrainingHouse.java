package io.wholecart.reliability;

import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import tools.jackson.databind.JsonNode;

/** A database, a node that answers and two that train, with a shop large enough that a run takes some seconds. */
final class TrainingHouse implements AutoCloseable {

    static final String RUNS = "/api/v1/admin/training-runs";
    static final int USERS = 10_000;

    /** A run whose worker is silent for half a minute is taken up again; the rest is for a machine that does much else. */
    static final Duration TAKEN_UP = Duration.ofMinutes(3);

    private static final int ITEMS = 3_000;
    private static final int EVENTS_EACH = 24;

    /** Of every version: that its chunks are all there and that its checksum fits. */
    private static final String DAMAGED = """
            SELECT m.version FROM model m LEFT JOIN model_chunk c ON c.version = m.version GROUP BY m.version
            HAVING count(c.*) <> max(c.ordinal) + 1 OR sum(length(c.content)) <> m.bytes
            OR encode(sha256(string_agg(c.content, ''::bytea ORDER BY c.ordinal)), 'hex') <> m.sha256""";

    private static final String ORPHANS =
            "SELECT DISTINCT version FROM model_chunk c WHERE NOT EXISTS (SELECT FROM model m WHERE m.version = c.version)";

    final PostgresServer database;
    final Node api;
    final List<Node> trainers;

    TrainingHouse(Path folder) {
        database = new PostgresServer(folder).start();
        api = node(folder, "api", "api");
        trainers = List.of(node(folder, "trainer-a", "trainer"), node(folder, "trainer-b", "trainer"));
    }

    private Node node(Path folder, String name, String role) {
        return new Node(
                folder, name, database.arguments("--wholecart.roles=" + role, "--wholecart.training.schedule=-"));
    }

    /** Starts all, fills the shop and trains a first model. */
    TrainingHouse start(Random random) {
        api.start();
        trainers.forEach(Node::launch);
        api.api().importCsv(shop(random)).expect(200);
        awaitEnd(request("{}"), TAKEN_UP);
        awaitActiveServed();
        trainers.forEach(Node::awaitReady);
        return this;
    }

    private static String shop(Random random) {
        StringBuilder csv = new StringBuilder("userId,itemId,behavior,occurredAt\n");
        for (int u = 0; u < USERS; u++) {
            for (int e = 0; e < EVENTS_EACH; e++) {
                String behavior = e % 4 == 0 ? "purchase" : e % 4 == 1 ? "cart" : "view";
                // Every taste has a hundredth of the items.
                int item = u % 100 + 100 * random.nextInt(ITEMS / 100);
                csv.append("u%d,i%d,%s,2026-05-04T10:00:%02dZ\n".formatted(u, item, behavior, e));
            }
        }
        return csv.toString();
    }

    /** Queues a run; answers its id. */
    long request(String parameters) {
        return api.api().post(RUNS, parameters).expect(202).json().path("id").asLong();
    }

    JsonNode run(long id) {
        return api.api().get(RUNS + "/" + id).expect(200).json();
    }

    String status(long id) {
        return run(id).path("status").asString("");
    }

    /** The run when it has ended, however. */
    JsonNode awaitEnd(long id, Duration limit) {
        await().atMost(limit)
                .pollInterval(Duration.ofMillis(100))
                .until(() -> !List.of("QUEUED", "RUNNING").contains(status(id)));
        return run(id);
    }

    /** The trainer whose log says that it has the run; not the one that had it before. */
    Node awaitWorker(long id, List<Node> among) {
        String line = "Training run " + id + " starts";
        return await().atMost(TAKEN_UP)
                .pollInterval(Duration.ofMillis(20))
                .until(
                        () -> among.stream()
                                .filter(node -> node.log().contains(line))
                                .findFirst()
                                .orElse(null),
                        node -> node != null);
    }

    /** What the trainer's own log says of the run that it had last. */
    static String phase(Node trainer, long id) {
        String log = trainer.log();
        String since = log.substring(Math.max(0, log.lastIndexOf("Training run " + id + " starts")));
        String phase = "snapshot";
        for (String[] step : new String[][] {
            {"snapshot took", "split"},
            {"split took", since.contains("\"tune\":true") || since.contains("tune=true") ? "tune" : "solve"},
            {"tune took", "solve"},
            {"solve took", "evaluate"},
            {"evaluate took", "gate"},
            {"gate took", "publish"}
        }) {
            phase = since.contains("Training phase " + step[0]) ? step[1] : phase;
        }
        return since.contains("Training run " + id + " succeeded") ? "afterwards" : phase;
    }

    void awaitLog(Node trainer, long id, String line) {
        await().atMost(TAKEN_UP).pollInterval(Duration.ofMillis(2)).until(() -> {
            String log = trainer.log();
            return log.substring(Math.max(0, log.lastIndexOf("Training run " + id + " starts")))
                    .contains(line);
        });
    }

    /** As if the trainer that has the run had been silent for long already. */
    void age() {
        database.execute("UPDATE training_run SET heartbeat_at = now() - interval '1 minute' WHERE status = 'RUNNING'");
    }

    /** What holds after every run: it made one version, one is active, all of them are whole, and nothing is left over. */
    void check(long id, Tally tally) {
        JsonNode run = run(id);
        tally.promise(run.path("status").asString("").equals("SUCCEEDED"), "run " + id + " ended so: " + run);
        List<String> made = database.query("SELECT version FROM model WHERE run_id = " + id);
        tally.promise(
                made.equals(List.of(run.path("modelVersion").asString(""))),
                "run " + id + " made versions " + made + ": " + run);
        tally.promise(
                database.query("SELECT version FROM model WHERE active").size() == 1, "not exactly one active model");
        List<String> damaged = database.query(DAMAGED);
        tally.promise(damaged.isEmpty(), "not whole: versions " + damaged);
        await().atMost(TAKEN_UP).until(() -> database.query(ORPHANS).isEmpty());
        awaitActiveServed();
    }

    private void awaitActiveServed() {
        String active = database.query("SELECT version FROM model WHERE active").get(0);
        await().atMost(TAKEN_UP)
                .until(() -> api.api()
                        .get("/api/v1/users/u1/recommendations")
                        .json()
                        .path("modelVersion")
                        .asString("")
                        .equals(active));
    }

    @Override
    public void close() {
        trainers.forEach(Node::close);
        api.close();
        database.close();
    }
}
