package io.wholecart.reliability;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.wholecart.support.Api;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/**
 * Clocks jump by hours and days, forward and back: that of the nodes, that of the database, or both, under intake, reads
 * and training.
 */
class ClockIT {

    private static final String RUNS = "/api/v1/admin/training-runs";
    private static final Duration LIMIT = Duration.ofMinutes(3);
    private static final int USERS = 2_000;
    private static final int ITEMS = 400;
    /** Every event of theirs is of an item of its own, which models then have. */
    private static final int CALLERS = 1;

    private static final int AFTER_EVENTS = 20_000;
    private static final List<Duration> JUMPS =
            List.of(Duration.ofHours(-1), Duration.ofHours(5), Duration.ofDays(-3), Duration.ofDays(9), Duration.ZERO);

    private final Random random = Scale.random(this);
    private final Tally tally = new Tally("clocks jump");
    private final Sent sent = new Sent();
    private final List<String> erased = new ArrayList<>();
    private final Set<String> ordered = ConcurrentHashMap.newKeySet();
    private final Path folder = Scale.folder(this);
    private final FakeClock nodes = new FakeClock(folder, "nodes");
    private final FakeClock server = new FakeClock(folder, "server");
    private int nextUser;

    @BeforeEach
    void skipWithoutLibrary() {
        FakeClock.library();
    }

    @Test
    void promisesDoNotDependOnClocks() throws Exception {
        PostgresServer database = new PostgresServer(folder);
        server.environment().forEach(database::environment);
        try (Tally counted = tally;
                PostgresServer closing = database.start();
                Node api = node("node", "api,trainer", database);
                Node trainer = node("trainer", "trainer", database)) {
            api.start();
            trainer.launch();
            api.api().importCsv(shop()).expect(200);
            train(api, database);
            String active =
                    database.query("SELECT version FROM model WHERE active").get(0);
            api.api().awaitServed(Integer.parseInt(active)); // until then, what is popular is all there is
            int rounds = Scale.rounds(2, 15);
            for (int round = 0; round < rounds; round++) {
                // The database's clock is ahead and is set right again, which is the worst; then by chance.
                int which = round < 2 ? 0 : random.nextInt(3);
                List<FakeClock> jumping = List.of(List.of(server), List.of(nodes), List.of(nodes, server))
                        .get(which);
                List<Duration> jumps = new ArrayList<>(JUMPS);
                jumps.remove(jumping.get(0).offset());
                Duration to = round == 0
                        ? Duration.ofHours(5)
                        : round == 1 ? Duration.ZERO : jumps.get(random.nextInt(jumps.size()));
                tally.fault(List.of("database's clock", "nodes' clock", "both clocks")
                                .get(which)
                        + (to.compareTo(jumping.get(0).offset()) > 0 ? " set forward" : " set back"));
                System.out.println("Round " + round + ": clock(s) " + which + " to " + to);
                jump(jumping, to, round, api, database);
                tally.run();
            }
            nodes.set(Duration.ZERO);
            server.set(Duration.ZERO);
            await().atMost(LIMIT).until(() -> has(server, database) && !refusesTheFuture(api));
            tally.promise(api.isReady(), "not ready when the clocks are right again");
            stayForgottenByEveryVersion(api);
            sent.check(database.query(Sent.STORED + " WHERE u.external_id LIKE 'caller%'"), tally);
            List<String> bought = database.query(Sent.STORED + " WHERE b.name = 'purchase'");
            ordered.forEach(purchase ->
                    tally.promise(Collections.frequency(bought, purchase) == 1, "not there once: " + purchase));
            startedByThemselves(database, rounds);
            for (Node node : List.of(api, trainer)) {
                tally.promise(!node.log().contains(" ERROR "), "an error in a log");
            }
        }
    }

    private Node node(String name, String roles, PostgresServer database) {
        Node node = new Node(
                folder,
                name,
                database.arguments(
                        "--wholecart.roles=" + roles,
                        "--wholecart.events.retention=400d",
                        "--wholecart.training.schedule=0 0 * * * *",
                        "--wholecart.training.after-events=" + AFTER_EVENTS,
                        "--wholecart.models.keep=100"));
        nodes.environment().forEach(node::environment);
        node.jvm("-Xmx1500m");
        return node;
    }

    private String shop() {
        StringBuilder csv = new StringBuilder("userId,itemId,behavior,occurredAt\n");
        for (int u = 0; u < USERS; u++) {
            for (int e = 0; e < 12; e++) {
                String behavior = e % 3 == 0 ? "purchase" : e % 3 == 1 ? "cart" : "view";
                int item = u % 20 + 20 * random.nextInt(ITEMS / 20);
                csv.append("u%d,i%d,%s,2026-05-04T10:00:%02dZ\n".formatted(u, item, behavior, e));
            }
        }
        return csv.toString();
    }

    /** One jump in the middle of everything, and what must hold after it. */
    private void jump(List<FakeClock> clocks, Duration to, int round, Node api, PostgresServer database)
            throws InterruptedException {
        erase(api, "u" + nextUser++);
        List<IntakeCaller> callers = new ArrayList<>();
        for (int c = 0; c < CALLERS; c++) {
            callers.add(
                    Caller.start(new IntakeCaller("caller" + round + "-" + c, random.nextLong(), api::api, sent, tally)
                            .unhurried()
                            .ofNewItems()));
        }
        Thread shopping = new Thread(() -> shop(api, USERS / 2), "shopping");
        shopping.start();
        try {
            String run = request(api, "{\"iterations\":60,\"factors\":16}");
            await().atMost(LIMIT)
                    .until(() -> !api.api()
                            .get(run)
                            .json()
                            .path("status")
                            .asString("")
                            .equals("QUEUED"));
            Thread.sleep(random.nextInt(1500));
            clocks.forEach(clock -> clock.set(to));
            await().atMost(LIMIT).until(() -> has(server, database) && refusesTheFuture(api) == behind());
            tally.promise(api.isReady(), "not ready after a jump to " + to);
            await().atMost(LIMIT).until(() -> ended(api, run));
            oneVersion(api, run, database);
            shop(api, USERS * 3 / 4);
        } finally {
            callers.forEach(IntakeCaller::close);
            shopping.join();
        }
        erase(api, "u" + nextUser++);
        train(api, database);
        // From here on nothing is taken away: this snapshot is the one before and what came in since.
        shop(api, USERS / 2);
        train(api, database);
        erased.forEach(user -> forgotten(api, user));
        tally.promise(api.isReady(), "not ready");
    }

    private static boolean has(FakeClock clock, PostgresServer database) {
        Instant expected = Instant.now().plus(clock.offset());
        String off = "SELECT abs(extract(epoch FROM clock_timestamp()) - %d) < 60".formatted(expected.getEpochSecond());
        return database.query(off).equals(List.of("t"));
    }

    private boolean behind() {
        return nodes.offset().toDays() < -1;
    }

    private static boolean ended(Node api, String run) {
        return !List.of("QUEUED", "RUNNING")
                .contains(api.api().get(run).json().path("status").asString(""));
    }

    /** The place of a run of these parameters; one that has started by itself is waited for. */
    private String request(Node api, String parameters) {
        return await().atMost(LIMIT)
                .until(
                        () -> {
                            Api.Answer answer = api.api().post(RUNS, parameters);
                            return answer.status() == 202
                                    ? answer.response()
                                            .headers()
                                            .firstValue("Location")
                                            .orElseThrow()
                                    : "";
                        },
                        place -> !place.isEmpty());
    }

    private boolean oneVersion(Node api, String place, PostgresServer database) {
        JsonNode run = api.api().get(place).json();
        tally.promise(run.path("status").asString("").equals("SUCCEEDED"), "a run ended so: " + run);
        List<String> made = database.query(
                "SELECT version FROM model WHERE run_id = " + run.path("id").asLong());
        boolean one = made.equals(List.of(run.path("modelVersion").asString("")));
        tally.promise(one, "one run made " + made);
        return one;
    }

    /** A run whose snapshot has everything that was acknowledged, as its model's size and the events tell. */
    private void train(Node api, PostgresServer database) {
        String place = request(api, "{\"iterations\":2,\"factors\":16}");
        await().atMost(LIMIT).until(() -> ended(api, place));
        if (!oneVersion(api, place, database)) {
            return;
        }
        JsonNode run = api.api().get(place).json();
        List<String> users =
                database.query("SELECT m.users || ' of ' || (SELECT count(DISTINCT user_number) FROM event)"
                        + " FROM model m WHERE version = "
                        + run.path("modelVersion").asInt());
        List<String> items =
                database.query("SELECT m.items || ' of ' || (SELECT count(DISTINCT item_number) FROM event)"
                        + " FROM model m WHERE version = "
                        + run.path("modelVersion").asInt());
        for (String count : List.of(users.get(0), items.get(0))) {
            tally.promise(
                    Pattern.matches("(\\d+) of \\1", count),
                    "a snapshot has " + count + " users or items of the table");
        }
    }

    /** Shoppers buy what they are shown, and new items: it counts with the next answer. */
    private void shop(Node api, int firstUser) {
        for (int i = 0; i < 10; i++) {
            String user = "u" + (firstUser + random.nextInt(USERS / 4));
            String path = "/api/v1/users/" + user + "/recommendations";
            try {
                JsonNode before = api.api().attempt("GET", path, null, null).json();
                tally.promise(Api.ids(before).size() == 10, user + " gets " + before);
                String item =
                        before.at("/items/" + random.nextInt(5) + "/itemId").asString("");
                // Without a time: by the node's clock.
                String event = "{\"userId\":\"%s\",\"itemId\":\"%s\",\"behavior\":\"purchase\"}".formatted(user, item);
                byte[] body = event.getBytes(StandardCharsets.UTF_8);
                Api.Answer posted = api.api().attempt("POST", "/api/v1/events", "application/json", body);
                tally.promise(posted.status() == 200, "a purchase was answered " + posted.status());
                JsonNode after = api.api().attempt("GET", path, null, null).json();
                Collection<String> ids = Api.ids(after);
                tally.promise(!ids.contains(item) && ids.size() == 10, user + " bought " + item + " and gets " + ids);
                boolean same = after.path("modelVersion").asInt()
                        == before.path("modelVersion").asInt();
                String source = after.path("source").asString("");
                tally.promise(
                        source.equals("foldedIn") || (!same && source.equals("trained")),
                        user + " bought " + item + " and gets what is " + source);
                ordered.add(Sent.event(user, item, "purchase"));
            } catch (IOException e) {
                tally.broken(path + ": " + e);
            } catch (AssertionError e) {
                tally.broken(path + ": " + e.getMessage());
            }
        }
    }

    /** By a node's clock an event may be a day ahead, no more. */
    private static boolean refusesTheFuture(Node api) {
        String event = "{\"userId\":\"late\",\"itemId\":\"i1\",\"behavior\":\"view\",\"occurredAt\":\"%s\"}"
                .formatted(Instant.now());
        Api.Answer answer = api.api().post("/api/v1/events", event);
        if (answer.status() == 200) {
            return false;
        }
        answer.expect(400);
        assertThat(answer.errors()).containsExactly("occurredAt: is more than a day in the future");
        return true;
    }

    private void erase(Node api, String user) {
        Api.Answer answer =
                await().atMost(LIMIT).until(() -> api.api().delete("/api/v1/users/" + user), a -> a.status() != 503);
        tally.promise(answer.status() == 204, "an erasure was answered " + answer.status());
        erased.add(user);
        forgotten(api, user);
    }

    private void forgotten(Node api, String user) {
        JsonNode answer =
                api.api().get("/api/v1/users/" + user + "/recommendations").json();
        tally.promise(answer.path("source").asString("").equals("popular"), user + " was erased and gets " + answer);
    }

    /** Also by those that had learned them before. */
    private void stayForgottenByEveryVersion(Node api) {
        for (JsonNode model : api.api().get("/api/v1/admin/models").json()) {
            int version = model.path("version").asInt();
            api.api().post("/api/v1/admin/models/" + version + "/activate").expect(200);
            api.api().awaitServed(version);
            erased.forEach(user -> forgotten(api, user));
        }
    }

    /** Schedules, and runs for many new events, start no more runs than there are reasons for. */
    private void startedByThemselves(PostgresServer database, int rounds) {
        int events =
                Integer.parseInt(database.query("SELECT count(*) FROM event").get(0));
        int byEvents = runs(database, "EVENTS");
        tally.promise(byEvents <= events / AFTER_EVENTS + 1, byEvents + " runs for " + events + " events");
        int scheduled = runs(database, "SCHEDULE");
        tally.promise(scheduled <= 2 * rounds + 2, scheduled + " scheduled runs");
    }

    private static int runs(PostgresServer database, String trigger) {
        return Integer.parseInt(database.query("SELECT count(*) FROM training_run WHERE trigger = '" + trigger + "'")
                .get(0));
    }
}
