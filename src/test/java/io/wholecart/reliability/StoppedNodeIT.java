package io.wholecart.reliability;

import static org.awaitility.Awaitility.await;

import io.wholecart.support.Api;
import io.wholecart.support.TwoTastes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.function.IntSupplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * A node is stopped (SIGSTOP, as a paused machine or a frozen container is) while it holds what others wait for in the
 * database. The other node goes on without it, and the one that wakes up does not say that it did what it did not.
 */
class StoppedNodeIT {

    private static final int USERS = 60;
    /** Half a minute of silence in a transaction, then those who waited, on a machine that does much else. */
    private static final Duration FREED = Duration.ofSeconds(90);

    private static final Duration LIMIT = Duration.ofMinutes(3);
    /** Just too few for a partition of their own. */
    private static final int PART = 9_999;

    private static final int PARTS = 10;
    private static final int ITEMS = 1_000;

    /** A node's work that takes a lock, and how to see that it has it. */
    private enum Moment {
        MOVE("while a month moves", "mode = 'AccessExclusiveLock' AND relation = 'event'::regclass"),
        MERGE(
                "while a file is merged",
                "locktype = 'advisory' AND pid IN"
                        + " (SELECT pid FROM pg_stat_activity WHERE query LIKE '%INTO event%staged_event%')"),
        CHANGE("while items change", "mode = 'RowExclusiveLock' AND relation = 'catalog_change'::regclass");

        private final String words;
        private final String lock;

        Moment(String words, String lock) {
            this.words = words;
            this.lock = "SELECT count(*) FROM pg_locks WHERE granted AND " + lock;
        }
    }

    /** A request that is under way: how it will be answered, and the question how much of it is stored. */
    private record Begun(CompletableFuture<Integer> status, String stored, int all) {}

    private final Random random = Scale.random(this);
    private final Path folder = Scale.folder(this);
    private final Tally tally = new Tally("a node stopped while it holds a lock");
    private int used;

    @Test
    void theOtherGoesOn() throws Exception {
        try (Tally counted = tally;
                PostgresServer server = new PostgresServer(folder).start();
                Node first = node(server, "first");
                Node second = node(server, "second")) {
            first.start();
            second.start();
            TwoTastes.importInto(first.api(), USERS);
            second.api()
                    .awaitServed(first.api()
                            .train("{\"factors\":8,\"iterations\":3}")
                            .path("modelVersion")
                            .asInt());
            await().atMost(LIMIT)
                    .until(() -> !Api.ids(
                                    second.api().get("/api/v1/items/popular").json())
                            .isEmpty());
            try (FrontPage reader = Caller.start(new FrontPage(second, random.nextLong(), USERS, counted))) {
                List<Moment> moments = new ArrayList<>();
                for (int round = 0; round < Scale.rounds(1, 9); round++) {
                    if (moments.isEmpty()) {
                        moments.addAll(List.of(Moment.values()));
                        Collections.shuffle(moments, random);
                    }
                    stopped(server, first, second, moments.remove(0));
                    System.out.println("slowest answer: " + reader.slowest() + " ms");
                    counted.run();
                }
            }
        }
    }

    private Node node(PostgresServer server, String name) {
        return new Node(folder, name, server.arguments("--wholecart.training.schedule=-"))
                .jvm("-XX:TieredStopAtLevel=1");
    }

    private void stopped(PostgresServer server, Node first, Node second, Moment moment) throws Exception {
        Begun begun = stopHolding(server, first, second, moment);
        tally.fault("SIGSTOP " + moment.words);
        long since = System.nanoTime();
        try {
            Api api = second.api();
            String event = "{\"userId\":\"buyer\",\"itemId\":\"i1\",\"behavior\":\"view\"}";
            awaitDone(
                    "events",
                    200,
                    since,
                    () -> api.post("/api/v1/events", event).status());
            awaitDone(
                    "items",
                    200,
                    since,
                    () -> api.put("/api/v1/items/i1", "{\"available\":true}").status());
            awaitDone(
                    "erasure",
                    204,
                    since,
                    () -> api.delete("/api/v1/users/nobody").status());
        } finally {
            first.signal("CONT");
        }
        int status = begun.status.join();
        int stored = Integer.parseInt(server.query(begun.stored).get(0));
        System.out.println("The one that was stopped answers " + status + ", stored: " + stored);
        tally.promise(
                status < 0 || stored == (status == 200 ? begun.all : 0),
                "answered " + status + ", but " + stored + " of " + begun.all + " are there: " + moment);
        await("intake of the one that woke up")
                .atMost(LIMIT)
                .until(() -> first.api()
                                .post("/api/v1/events", "{\"userId\":\"u1\",\"itemId\":\"i1\",\"behavior\":\"view\"}")
                                .status()
                        == 200);
    }

    private void awaitDone(String what, int done, long since, IntSupplier attempt) {
        int status = attempt.getAsInt();
        while (status == 503 && System.nanoTime() - since < FREED.toNanos()) {
            status = attempt.getAsInt();
        }
        long seconds = (System.nanoTime() - since) / 1_000_000_000;
        tally.promise(status == done, what + " answered " + status + " after " + seconds + " s");
        System.out.println(what + " after " + seconds + " s");
    }

    /** Stops the node as soon as it has the lock; again, where it let go of it before it was stopped. */
    private Begun stopHolding(PostgresServer server, Node node, Node other, Moment moment) throws SQLException {
        try (Connection connection = server.connect();
                Statement statement = connection.createStatement()) {
            for (int attempt = 0; attempt < 20; attempt++) {
                Begun begun = begin(moment, node, other);
                while (!begun.status.isDone()) {
                    if (!held(statement, moment)) {
                        continue;
                    }
                    node.signal("STOP");
                    if (held(statement, moment)) {
                        return begun;
                    }
                    node.signal("CONT");
                }
                begun.status.join();
            }
        }
        throw new AssertionError("never stopped " + moment.words);
    }

    private static boolean held(Statement statement, Moment moment) throws SQLException {
        try (ResultSet row = statement.executeQuery(moment.lock)) {
            row.next();
            return row.getInt(1) > 0;
        }
    }

    private Begun begin(Moment moment, Node node, Node other) {
        used++;
        String name = "stopped" + used;
        String events = "SELECT count(*) FROM event e JOIN item i ON i.number = e.item_number WHERE i.external_id = '"
                + name + "'";
        return switch (moment) {
            case MOVE -> {
                for (int part = 0; part < PARTS; part++) {
                    other.api()
                            .importCsv(file("filler", 1970 + used, part, PART))
                            .expect(200);
                }
                yield new Begun(
                        send(
                                node,
                                "POST",
                                "/api/v1/events/import",
                                "text/csv",
                                file(name, 1970 + used, PARTS, 2 * PART)),
                        events,
                        2 * PART);
            }
            case MERGE ->
                new Begun(
                        send(node, "POST", "/api/v1/events/import", "text/csv", file(name, 2026, 0, PARTS * PART)),
                        events,
                        PARTS * PART);
            case CHANGE ->
                new Begun(
                        send(node, "POST", "/api/v1/items", "application/json", items(name)),
                        "SELECT count(*) FROM item WHERE categories = ARRAY['" + name + "']",
                        ITEMS);
        };
    }

    /** Events of one month, with one item. */
    private static String file(String item, int year, int part, int lines) {
        return IntStream.range(0, lines)
                .mapToObj(n ->
                        "%s-%d-%d,%s,view,%d-05-%02dT10:00:00Z\n".formatted(item, part, n / 28, item, year, 1 + n % 28))
                .collect(Collectors.joining("", "userId,itemId,behavior,occurredAt\n", ""));
    }

    private static String items(String category) {
        return IntStream.range(0, ITEMS)
                .mapToObj(n ->
                        "{\"itemId\":\"catalog-%d\",\"available\":true,\"categories\":[\"%s\"]}".formatted(n, category))
                .collect(Collectors.joining(",", "[", "]"));
    }

    private static CompletableFuture<Integer> send(Node node, String method, String path, String type, String body) {
        return CompletableFuture.supplyAsync(() -> {
            try {
                return node.api()
                        .attempt(method, path, type, body.getBytes(StandardCharsets.UTF_8))
                        .status();
            } catch (IOException e) {
                return -1;
            }
        });
    }
}
