package io.wholecart.reliability;

import static org.awaitility.Awaitility.await;

import io.wholecart.support.Api;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/**
 * More users, items, factors and events than a small heap has room for: refused, with an error that says what is needed and
 * what to change, before the JVM is in trouble; an OutOfMemoryError would end it here. What fits, fits.
 */
class MemoryIT {

    private static final Duration LIMIT = Duration.ofMinutes(5);
    private static final int USERS = 100_000;
    private static final int ITEMS = 2_000;
    /** A model with these is too large for the node that answers, one with more also for the one that trains. */
    private static final int LARGE = 128;

    private static final int TOO_LARGE = 512;
    private static final int SMALL = 8;
    /** What is held out would take longer to rank than all else here. */
    private static final String UNMEASURED = ",\"holdout\":false";

    private Tally tally;
    private PostgresServer postgres;

    @Test
    void whatDoesNotFitIsRefusedAndNobodyDies() throws Exception {
        Random random = Scale.random(this);
        Path folder = Scale.folder(this);
        try (Tally counted = new Tally("more than fits into memory");
                PostgresServer server = new PostgresServer(folder).start();
                Node api = node(folder, "api", server, "api", 144);
                Node trainer = node(folder, "trainer", server, "api,trainer", 448)) {
            tally = counted;
            postgres = server;
            trainer.start();
            fill(USERS, ITEMS, 2);
            api.start();
            factorsThatDoNotFit(trainer, api);
            eventsThatDoNotFit(trainer, api);
            modelThatDoesNotFit(trainer, api);
            trainer.stop(); // it would take half of the runs
            for (int round = 0; round < Scale.rounds(1, 20); round++) {
                nearTheEdge(folder, random);
            }
        }
    }

    private static Node node(Path folder, String name, PostgresServer server, String roles, int megabytes) {
        return new Node(folder, name, server.arguments("--wholecart.training.schedule=-", "--wholecart.roles=" + roles))
                .jvm("-Xmx" + megabytes + "m", "-XX:+ExitOnOutOfMemoryError");
    }

    /** So many users with some purchases and half as many views each, straight into the tables. */
    private void fill(int users, int items, int purchases) {
        postgres.execute("INSERT INTO app_user (external_id) SELECT 'user-' || n FROM generate_series(1, %d) n"
                .formatted(users));
        postgres.execute(
                "INSERT INTO item (external_id) SELECT 'item-' || n FROM generate_series(1, %d) n".formatted(items));
        for (String behavior : List.of("purchase", "view")) {
            postgres.execute(("INSERT INTO event (user_number, item_number, behavior, occurred_at)"
                            + " SELECT u.number, 1 + (u.number * 7 + n * 131 + u.number / 1000) %% %d, b.number,"
                            + " timestamptz '2026-05-04' + n * interval '1 minute'"
                            + " FROM app_user u, generate_series(1, %d) n, behavior b WHERE b.name = '%s'")
                    .formatted(items, behavior.equals("view") ? (purchases + 1) / 2 : purchases, behavior));
        }
    }

    private static JsonNode train(Node node, int factors, String more) {
        Api.Answer accepted = node.api()
                .post("/api/v1/admin/training-runs", "{\"factors\":%d,\"iterations\":1%s}".formatted(factors, more))
                .expect(202);
        String location = accepted.response().headers().firstValue("Location").orElseThrow();
        return await().atMost(LIMIT)
                .pollInterval(Duration.ofMillis(200))
                .until(
                        () -> node.api().get(location).json(),
                        run -> !List.of("QUEUED", "RUNNING")
                                .contains(run.path("status").asString("")));
    }

    private void alive(Node node, String after) {
        tally.promise(node.isAlive() && node.isReady(), "not alive and ready after " + after);
        tally.promise(!node.log().contains("OutOfMemoryError"), "an OutOfMemoryError after " + after);
        int status = node.api().get("/api/v1/users/user-7/recommendations").status();
        tally.promise(status == 200, "a recommendation is answered " + status + " after " + after);
    }

    private void refused(JsonNode run, String what) {
        String error = run.path("error").asString("");
        tally.promise(
                run.path("status").asString("").equals("FAILED") && isClear(error),
                what + ": " + run.path("status").asString("") + ", " + error);
    }

    private static boolean isClear(String error) {
        return error.contains(" MB of heap, and ") && error.contains("raise -Xmx") && error.contains(", or ");
    }

    private void factorsThatDoNotFit(Node trainer, Node api) {
        tally.fault("factors that do not fit");
        refused(train(trainer, TOO_LARGE, UNMEASURED), TOO_LARGE + " factors");
        alive(trainer, TOO_LARGE + " factors");
        JsonNode smaller = train(trainer, SMALL, UNMEASURED);
        tally.promise(smaller.path("status").asString("").equals("SUCCEEDED"), "a smaller one: " + smaller);
        api.api().awaitServed(smaller.path("modelVersion").asInt());
        alive(trainer, "a smaller one");
        alive(api, "a smaller one");
        tally.run();
    }

    /** Numbers with holes are what takes no time to make and much memory to read. */
    private void eventsThatDoNotFit(Node trainer, Node api) {
        tally.fault("events that do not fit");
        postgres.execute(
                "INSERT INTO app_user (number, external_id) OVERRIDING SYSTEM VALUE VALUES (900000000, 'far')");
        postgres.execute("INSERT INTO event (user_number, item_number, behavior, occurred_at)"
                + " SELECT 900000000, 1, number, now() FROM behavior");
        refused(train(trainer, SMALL, UNMEASURED), "a user with a high number");
        alive(trainer, "a user with a high number");
        trainer.api().delete("/api/v1/users/far").expect(204);
        JsonNode again = train(trainer, SMALL, UNMEASURED);
        tally.promise(again.path("status").asString("").equals("SUCCEEDED"), "without that user: " + again);
        api.api().awaitServed(again.path("modelVersion").asInt());
        tally.run();
    }

    private void modelThatDoesNotFit(Node trainer, Node api) {
        tally.fault("a model that does not fit");
        int before = (int) api.metric("wholecart_model_version");
        JsonNode run = train(trainer, LARGE, UNMEASURED);
        tally.promise(run.path("status").asString("").equals("SUCCEEDED"), "where there is room: " + run);
        int large = run.path("modelVersion").asInt();
        await().atMost(LIMIT).until(() -> api.metric("wholecart_model_refused") == large);
        ModelHealth health = ModelHealth.of(api);
        tally.promise(
                health.degraded() && health.reason().equals("memory") && isClear(health.message()),
                "readiness does not tell: " + health);
        tally.promise(api.metric("wholecart_model_version") == before, "the version before is not served any more");
        alive(api, "a model that does not fit");
        api.api().post("/api/v1/admin/models/" + before + "/activate").expect(200);
        await().atMost(LIMIT).until(() -> api.metric("wholecart_model_refused") == 0);
        alive(api, "the version before again");
        tally.run();
    }

    /** Some heap and some parameters: whichever it is, it ends well or with a clear error. */
    private void nearTheEdge(Path folder, Random random) throws Exception {
        int megabytes = 96 + random.nextInt(320);
        int factors = 8 << random.nextInt(6);
        String solver = random.nextInt(4) == 0 ? "adagrad" : "exact";
        boolean holdout = random.nextBoolean();
        boolean warm = solver.equals("exact") && random.nextInt(3) == 0;
        String collector = List.of("-XX:+UseSerialGC", "-XX:+UseG1GC", "-XX:+UseParallelGC")
                .get(random.nextInt(3));
        String what = "%d factors, %s, holdout %s, warm %s, -Xmx%dm %s"
                .formatted(factors, solver, holdout, warm, megabytes, collector);
        try (Node node =
                node(folder, "edge", postgres, "api,trainer", megabytes).jvm("-XX:-UseSerialGC", collector)) {
            node.start();
            JsonNode run = train(
                    node,
                    factors,
                    ",\"solver\":\"%s\",\"holdout\":%s,\"warmStart\":%s".formatted(solver, holdout, warm));
            String status = run.path("status").asString("");
            tally.fault("training near the edge, " + status.toLowerCase(Locale.ROOT));
            System.out.println(what + ": " + status + " " + run.path("error").asString(""));
            tally.promise(
                    status.equals("SUCCEEDED") || isClear(run.path("error").asString("")),
                    what + ": " + run.path("error").asString(""));
            alive(node, what);
            tally.run();
        }
    }
}
