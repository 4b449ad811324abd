package io.wholecart.reliability;

import static org.awaitility.Awaitility.await;

import io.wholecart.reliability.Shopper.Event;
import io.wholecart.reliability.Timeline.Span;
import io.wholecart.support.Api;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/**
 * Two nodes on one database, and everything at once: events, imports, erasures, changes of items, trainings, activations
 * forward and back, and reads. Every answer is held against what was acknowledged before it was asked for.
 */
class TogetherIT {

    private final List<Long> lags = new ArrayList<>();

    @Test
    void answersKeepToWhatWasAcknowledged() throws Exception {
        Random random = Scale.random(this);
        Path folder = Scale.folder(this);
        Duration time = Scale.time(Duration.ofSeconds(15), Duration.ofMinutes(5));
        String[] quiet = {
            "--wholecart.training.schedule=-", "--wholecart.models.keep=4", "--wholecart.training.gate.tolerance=1"
        };
        try (Tally tally = new Tally("everything at once, on two nodes");
                PostgresServer database = new PostgresServer(folder).start();
                Node first = new Node(folder, "first", database.arguments(quiet));
                Node second = new Node(
                        folder, "second", database.arguments("--wholecart.roles=api", quiet[0], quiet[1], quiet[2]))) {
            first.launch();
            second.launch();
            first.awaitReady();
            second.awaitReady();
            List<Api> nodes = List.of(first.api(), second.api());
            Witness witness = new Witness(nodes, tally);
            try (Crowd crowd = new Crowd(nodes, witness, random, tally).open()) {
                nodes.forEach(api -> awaitModel(api));
                crowd.start();
                long end = System.nanoTime() + time.toNanos();
                for (int n = 0; System.nanoTime() < end; n++) {
                    probe(nodes.get(n % 2), nodes.get((n + 1) % 2), "probe-" + n, tally);
                    tally.run();
                }
                crowd.stop();
            }
            witness.checkVersions();
            awaitEqual(nodes, database, tally);
            checkEvents(database, witness, tally);
            checkItems(database, witness, tally);
            for (Node node : List.of(first, second)) {
                tally.promise(!node.log().contains(" ERROR "), "an error was logged");
            }
            String log = Files.readString(folder.resolve("postgresql.log"));
            tally.promise(!log.contains("deadlock"), "a deadlock");
            lags.sort(null);
            System.out.printf(
                    "TogetherIT: %,d answers; the other node heard after %d ms (median), %d ms (the slowest of %d)%n",
                    witness.answers(), lags.get(lags.size() / 2), lags.get(lags.size() - 1), lags.size());
        }
    }

    private static void awaitModel(Api api) {
        await().atMost(Duration.ofMinutes(1))
                .until(() -> api.get("/api/v1/users/anybody/recommendations")
                        .json()
                        .path("modelVersion")
                        .isNumber());
    }

    /** How long another node takes to heed events, a purchase and an erasure. */
    private void probe(Api one, Api other, String user, Tally tally) throws InterruptedException {
        String event = "{\"userId\":\"" + user + "\",\"itemId\":\"%s\",\"behavior\":\"%s\"}";
        String path = "/api/v1/users/" + user + "/recommendations?limit=1000";
        one.post(
                        "/api/v1/events",
                        "[" + event.formatted("item-1", "view") + "," + event.formatted("item-2", "view") + "]")
                .expect(200);
        JsonNode known = lag(
                other,
                path,
                tally,
                answer -> !answer.path("source").asString("").equals("popular"));
        for (String bought : Api.ids(known).stream().limit(1).toList()) {
            one.post("/api/v1/events", event.formatted(bought, "purchase")).expect(200);
            lag(other, path, tally, answer -> !Api.ids(answer).contains(bought));
        }
        while (one.delete("/api/v1/users/" + user).status() == 503) {
            TimeUnit.MILLISECONDS.sleep(100);
        }
        lag(other, path, tally, answer -> answer.path("source").asString("").equals("popular"));
    }

    private interface Expected {
        boolean in(JsonNode answer);
    }

    private JsonNode lag(Api api, String path, Tally tally, Expected expected) throws InterruptedException {
        long acknowledged = System.nanoTime();
        while (true) {
            JsonNode answer = api.get(path).expect(200).json();
            long lag = System.nanoTime() - acknowledged;
            if (expected.in(answer) || lag > Timeline.HEARD) {
                tally.promise(expected.in(answer), "not heard of after " + lag / 1_000_000 + " ms: " + path);
                lags.add(lag / 1_000_000);
                return answer;
            }
            TimeUnit.MILLISECONDS.sleep(2);
        }
    }

    /** At rest both nodes say the same. */
    private static void awaitEqual(List<Api> nodes, PostgresServer database, Tally tally) {
        List<String> active = database.query("SELECT version FROM model WHERE active");
        tally.promise(active.size() == 1, "active models: " + active);
        nodes.forEach(api -> api.awaitServed(Integer.parseInt(active.get(0))));
        for (int n = 0; n < Crowd.USERS; n++) {
            String path = "/api/v1/users/user-" + n + "/recommendations?limit=1000";
            await().atMost(Duration.ofNanos(Timeline.HEARD))
                    .pollInterval(Duration.ofMillis(5))
                    .until(() -> {
                        List<JsonNode> answers =
                                nodes.stream().map(api -> api.get(path).json()).toList();
                        JsonNode first = answers.get(0);
                        // What is popular each node counts for itself, by the clock.
                        return first.path("source").asString("").equals("popular")
                                ? answers.get(1).path("source").equals(first.path("source"))
                                : answers.get(1).equals(first);
                    });
            tally.promise(true, path);
        }
    }

    private static void checkEvents(PostgresServer database, Witness witness, Tally tally) {
        long now = System.nanoTime();
        Map<String, Set<Event>> stored = new HashMap<>();
        for (String row : database.query("SELECT u.external_id || ' ' || i.external_id || ' ' || b.name || ' '"
                + " || (extract(epoch FROM e.occurred_at) * 1000)::bigint"
                + " FROM event e LEFT JOIN app_user u ON u.number = e.user_number"
                + " LEFT JOIN item i ON i.number = e.item_number LEFT JOIN behavior b ON b.number = e.behavior")) {
            tally.promise(row != null, "an event of no user or no item");
            String[] parts = String.valueOf(row).split(" ", -1);
            Event event = new Event(parts[0], parts[1], parts[2], Instant.ofEpochMilli(Long.parseLong(parts[3])));
            tally.promise(
                    stored.computeIfAbsent(event.user(), any -> new HashSet<>()).add(event), "twice: " + event);
        }
        Span span = new Span(Timeline.DATABASE, now, now);
        Set<String> users = new TreeSet<>(witness.users.keySet());
        users.addAll(stored.keySet());
        users.forEach(id -> {
            Set<Event> there = stored.getOrDefault(id, Set.of());
            witness.checkHistory(id, there, span, true);
            witness.checkWhole(id, there);
        });
        for (String id : database.query("SELECT external_id FROM app_user")) {
            tally.promise(stored.containsKey(id), "a user without events: " + id);
        }
    }

    private static void checkItems(PostgresServer database, Witness witness, Tally tally) {
        long now = System.nanoTime();
        Set<String> there = new HashSet<>();
        for (String row : database.query("SELECT external_id || ' ' || available || ' ' || deleted || ' '"
                + " || array_to_string(categories, ',') FROM item")) {
            String[] parts = row.split(" ", -1);
            there.add(parts[0]);
            Set<String> categories = parts[3].isEmpty() ? Set.of() : Set.of(parts[3].split(",", -1));
            Witness.Item item =
                    new Witness.Item(Boolean.parseBoolean(parts[1]), categories, Boolean.parseBoolean(parts[2]));
            witness.item(parts[0])
                    .certain(new Span(Timeline.DATABASE, now, now))
                    .ifPresent(told -> tally.promise(told.equals(item), parts[0] + " is " + row + ", told " + told));
        }
        tally.promise(there.equals(witness.items.keySet()), "items are " + there);
    }
}
