package io.wholecart.reliability;

import static org.awaitility.Awaitility.await;

import io.wholecart.support.Api;
import io.wholecart.support.TwoTastes;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/**
 * The database is set back under nodes that live on: by a backup, or by a standby that takes its primary's place and was
 * behind. What was acknowledged meanwhile is lost, but only that: nodes that remember it neither serve it nor build on it.
 */
class SetBackIT {

    private static final int USERS = 60;
    private static final Duration LIMIT = Duration.ofMinutes(3);
    private static final String TRAINING = "{\"factors\":8,\"iterations\":3}";

    private final Random random = Scale.random(this);
    private final Path folder = Scale.folder(this);
    private final Tally tally = new Tally("database set back under nodes that live on");

    @Test
    void onlyWhatWasNotKeptIsLost() throws Exception {
        try (Tally counted = tally;
                PostgresServer server = new PostgresServer(folder).start();
                Node first = node(server, "first", "api,trainer");
                Node second = node(server, "second", "api")) {
            List<Node> nodes = List.of(first, second);
            nodes.forEach(Node::launch);
            nodes.forEach(Node::awaitReady);
            TwoTastes.importInto(first.api(), USERS);
            nodes.forEach(node -> node.api().awaitServed(trained(first)));
            for (int round = 0; round < Scale.rounds(1, 12); round++) {
                setBack(server, nodes, "r" + round + "-");
                tally.run();
            }
        }
    }

    private Node node(PostgresServer server, String name, String roles) {
        return new Node(folder, name, server.arguments("--wholecart.roles=" + roles, "--wholecart.training.schedule=-"))
                .jvm("-XX:TieredStopAtLevel=1");
    }

    private static int trained(Node node) {
        return node.api().train(TRAINING).path("modelVersion").asInt();
    }

    private void setBack(PostgresServer server, List<Node> nodes, String prefix) throws Exception {
        server.stop();
        server.save();
        server.start();
        awaitWell(nodes);
        String unavailable = lose(nodes, prefix);
        if (random.nextBoolean()) {
            tally.fault("set back by a backup");
            server.stop();
        } else {
            tally.fault("set back by a crash");
            server.crash();
        }
        server.setBack();
        Thread.sleep(random.nextInt(2_000));
        server.start();
        awaitWell(nodes);
        comeBack(server, nodes, prefix);
        nodes.forEach(node -> await("an item's state that was lost is forgotten")
                .atMost(LIMIT)
                .until(() -> popular(node).contains(unavailable)));
        itemsAreFollowed(nodes);
        modelsAreFollowed(nodes, prefix);
    }

    /** Acknowledged, known to both nodes, and soon lost. Answers an item that is not available any more. */
    private String lose(List<Node> nodes, String prefix) {
        for (int user = 0; user < 40; user++) {
            Node node = nodes.get(random.nextInt(nodes.size()));
            node.api()
                    .post("/api/v1/events", event(prefix + user, prefix + "lost-" + user))
                    .expect(200);
            nodes.forEach(any -> any.api()
                    .get("/api/v1/users/" + prefix + "0/recommendations")
                    .expect(200));
        }
        String item = "i" + random.nextInt(40);
        nodes.get(0).api().put("/api/v1/items/" + item, "{\"available\":false}").expect(200);
        nodes.get(1).api().delete("/api/v1/users/u" + random.nextInt(USERS)).expect(204);
        int lost = trained(nodes.get(0));
        for (Node node : nodes) {
            node.api().awaitServed(lost);
            await("taken away on both").atMost(LIMIT).until(() -> !popular(node).contains(item));
        }
        return item;
    }

    private static String event(String user, String item) {
        return "{\"userId\":\"%s\",\"itemId\":\"%s\",\"behavior\":\"purchase\"}".formatted(user, item);
    }

    private static Set<String> popular(Node node) {
        return new HashSet<>(
                Api.ids(node.api().get("/api/v1/items/popular?limit=1000").json()));
    }

    private static void awaitWell(List<Node> nodes) {
        for (Node node : nodes) {
            await("intake")
                    .atMost(LIMIT)
                    .ignoreExceptions()
                    .until(() ->
                            node.api().post("/api/v1/events", event("u1", "i1")).status() == 200);
        }
    }

    /** The same users come in another order, with other items: each has what was posted since, and nobody else's. */
    private void comeBack(PostgresServer server, List<Node> nodes, String prefix) {
        List<Integer> users = new ArrayList<>(IntStream.range(0, 40).boxed().toList());
        Collections.shuffle(users, random);
        for (int user : users) {
            Node node = nodes.get(random.nextInt(nodes.size()));
            Api.Answer answer = random.nextInt(4) > 0
                    ? node.api().post("/api/v1/events", event(prefix + user, prefix + "kept-" + user))
                    : node.api()
                            .importCsv("userId,itemId,behavior,occurredAt\n%s,%s,purchase,2026-05-04T10:00:00Z\n"
                                    .formatted(prefix + user, prefix + "kept-" + user));
            tally.promise(
                    answer.status() == 200, "not taken in: " + answer.response().body());
        }
        for (int user : users) {
            for (Node node : nodes) {
                JsonNode events = node.api()
                        .get("/api/v1/users/" + prefix + user + "/events")
                        .json()
                        .path("events");
                tally.promise(
                        events.size() == 1
                                && events.path(0).path("itemId").asString("").equals(prefix + "kept-" + user),
                        prefix + user + " has " + events);
            }
        }
        String nameless =
                "SELECT count(*) FROM event e WHERE NOT EXISTS (SELECT FROM app_user u WHERE u.number = e.user_number)"
                        + " OR NOT EXISTS (SELECT FROM item i WHERE i.number = e.item_number)";
        tally.promise(server.query(nameless).equals(List.of("0")), "events of nobody, or of nothing");
    }

    /** Changes that get numbers which the lost ones had. */
    private void itemsAreFollowed(List<Node> nodes) {
        String item = "i" + random.nextInt(40);
        for (boolean available : new boolean[] {false, true}) {
            nodes.get(random.nextInt(2))
                    .api()
                    .put("/api/v1/items/" + item, "{\"available\":" + available + "}")
                    .expect(200);
            for (Node node : nodes) {
                await("an item's change")
                        .atMost(LIMIT)
                        .until(() -> popular(node).contains(item) == available);
            }
        }
    }

    /** A model that may get the version's number of one that was lost: it is the new one that is served. */
    private void modelsAreFollowed(List<Node> nodes, String prefix) {
        JsonNode run = nodes.get(0).api().train(TRAINING);
        tally.promise(run.path("status").asString("").equals("SUCCEEDED"), "training: " + run);
        int version = run.path("modelVersion").asInt();
        for (Node node : nodes) {
            await("the new model").atMost(LIMIT).until(() -> {
                JsonNode similar = node.api()
                        .get("/api/v1/items/" + prefix + "kept-0/similar")
                        .json();
                return similar.path("modelVersion").asInt() == version
                        && !similar.path("items").isEmpty();
            });
            JsonNode lost = node.api()
                    .get("/api/v1/items/" + prefix + "lost-0/similar")
                    .json()
                    .path("items");
            tally.promise(lost.isEmpty(), "a lost item is still known: " + lost);
        }
    }
}
