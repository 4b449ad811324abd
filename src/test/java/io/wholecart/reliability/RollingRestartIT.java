package io.wholecart.reliability;

import static org.awaitility.Awaitility.await;

import io.wholecart.support.Api;
import io.wholecart.support.TwoTastes;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Two nodes that answer are restarted in turn, politely and with kill -9: whoever asks gets an answer all the while. */
class RollingRestartIT {

    private static final int USERS = 60;
    private static final int MODELS = 2;
    /** Of the file that is under way when a node stops, ten a second. */
    private static final int LINES = 30;

    private static final Duration LIMIT = Duration.ofMinutes(2);
    private static final long STOP_LIMIT_MILLIS = 30_000;
    private static final String[] API = {
        "--wholecart.roles=api", "--wholecart.training.schedule=-", "--wholecart.drain=7s"
    };

    private final Random random = Scale.random(this);
    private final Path folder = Scale.folder(this);
    private final Sent sent = new Sent();
    private final HttpClient client = HttpClient.newHttpClient();

    @Test
    void noRequestFails() throws Exception {
        try (Tally tally = new Tally("rolling restart");
                PostgresServer server = new PostgresServer(folder).start();
                Node trainer = new Node(
                        folder,
                        "trainer",
                        server.arguments("--wholecart.roles=trainer", "--wholecart.training.schedule=-"));
                Node first = new Node(folder, "first", server.arguments(API));
                Node second = new Node(folder, "second", server.arguments(API))) {
            List<Node> nodes = List.of(first, second);
            List.of(trainer, first, second)
                    .forEach(node -> node.jvm("-XX:TieredStopAtLevel=1").launch());
            List.of(trainer, first, second).forEach(Node::awaitReady);
            learn(nodes);
            int rounds = Scale.rounds(2, 40);
            List<AutoCloseable> stubborn = stubbornLoad(nodes, tally);
            try {
                restart(nodes, rounds / 2, true, tally);
                restart(nodes, rounds - rounds / 2, false, tally);
            } finally {
                close(stubborn);
            }
            List<String> stored = server.query(Sent.STORED).stream()
                    .filter(event -> event.startsWith("caller"))
                    .toList();
            sent.check(stored, tally);
            tally.promise(sent.acknowledged() > 0, "nothing was acknowledged");
        }
    }

    private static void learn(List<Node> nodes) {
        Api api = nodes.get(0).api();
        TwoTastes.importInto(api, USERS);
        for (int model = 1; model <= MODELS; model++) {
            api.train("{\"factors\":8,\"iterations\":%d}".formatted(model));
        }
        nodes.forEach(node -> await().atMost(LIMIT).until(() -> compared(List.of(node), "u1") != null));
    }

    /** Tries again on the other node, whatever happens to the first. */
    private List<AutoCloseable> stubbornLoad(List<Node> nodes, Tally tally) {
        List<AutoCloseable> load = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            int[] turn = {i};
            load.add(Caller.start(new PersistentShopper(
                    chance -> nodes.get(turn[0]++ % nodes.size()), true, random.nextLong(), USERS, MODELS, tally)));
        }
        Random choice = new Random(random.nextLong());
        load.add(Caller.start(new IntakeCaller(
                        "caller",
                        random.nextLong(),
                        () -> nodes.get(choice.nextInt(nodes.size())).api(),
                        sent,
                        tally)
                .unhurried()));
        return load;
    }

    private void restart(List<Node> nodes, int rounds, boolean polite, Tally tally) throws Exception {
        List<AutoCloseable> trusting = new ArrayList<>();
        Set<Node> ready = ConcurrentHashMap.newKeySet();
        if (polite) {
            trusting.add(readiness(nodes, ready));
            for (int i = 0; i < 2; i++) {
                trusting.add(Caller.start(new PersistentShopper(
                        chance -> oneOf(ready, chance), false, random.nextLong(), USERS, MODELS, tally)));
            }
        }
        try {
            for (int round = 0; round < rounds; round++) {
                Node node = nodes.get(round % nodes.size());
                Thread.sleep(random.nextInt(1500));
                if (polite) {
                    tally.fault("SIGTERM");
                    stop(node, round, tally);
                    node.start();
                } else {
                    tally.fault("kill -9");
                    killWhileItTakesIn(node, nodes.get((round + 1) % nodes.size()), "caller-actor-" + round);
                    node.start();
                    bothSayTheSame(nodes, "caller-actor-" + round, tally);
                }
                bothSayTheSame(nodes, tally);
                sent.awaitMore();
                tally.run();
            }
        } finally {
            close(trusting);
        }
    }

    /** A load balancer's health checks. */
    private static AutoCloseable readiness(List<Node> nodes, Set<Node> ready) {
        List<Thread> polls = nodes.stream()
                .map(node -> new Thread(() -> {
                    try {
                        while (true) {
                            if (node.isReady()) {
                                ready.add(node);
                            } else {
                                ready.remove(node);
                            }
                            Thread.sleep(200);
                        }
                    } catch (InterruptedException e) {
                        ready.remove(node);
                    }
                }))
                .toList();
        polls.forEach(Thread::start);
        await().atMost(LIMIT).until(() -> ready.size() == nodes.size());
        return () -> polls.forEach(Thread::interrupt);
    }

    private static Node oneOf(Set<Node> ready, Random chance) {
        while (true) {
            List<Node> now = List.copyOf(ready);
            if (!now.isEmpty()) {
                return now.get(chance.nextInt(now.size()));
            }
            Thread.onSpinWait();
        }
    }

    /** While a file comes in, which is stored and answered all the same. */
    private void stop(Node node, int round, Tally tally) throws Exception {
        List<Integer> numbers = IntStream.range(0, LINES).boxed().toList();
        String user = "caller-of-" + round;
        CompletableFuture<Integer> imported = new CompletableFuture<>();
        Dripping file = new Dripping(numbers.stream()
                .map(n -> "%s,slow-%d,view,2026-05-04T10:00:00Z%n".formatted(user, n))
                .toList());
        HttpRequest request = HttpRequest.newBuilder(
                        URI.create("http://localhost:" + node.port() + "/api/v1/events/import"))
                .header("Content-Type", "text/csv")
                .POST(HttpRequest.BodyPublishers.ofInputStream(() -> file))
                .build();
        client.sendAsync(request, HttpResponse.BodyHandlers.ofString())
                .whenComplete((answer, failure) -> imported.complete(answer == null ? -1 : answer.statusCode()));
        await().atMost(LIMIT).until(() -> file.underWay);
        long started = System.nanoTime();
        int code = node.stop();
        long millis = (System.nanoTime() - started) / 1_000_000;
        tally.promise(code == 143 || code == 0, "SIGTERM ended with " + code);
        tally.promise(millis < STOP_LIMIT_MILLIS, "SIGTERM took " + millis + " ms");
        int status = imported.join();
        tally.promise(status == 200, "an import under way was answered " + status);
        sent.add(new Sent.Batch(
                numbers.stream().map(n -> Sent.event(user, "slow-" + n, "view")).toList(), status == 200));
    }

    /** A file over a slow line. */
    private static final class Dripping extends InputStream {

        private final List<String> rest;
        private InputStream line =
                new ByteArrayInputStream("userId,itemId,behavior,occurredAt\n".getBytes(StandardCharsets.UTF_8));
        private volatile boolean underWay;

        Dripping(List<String> rest) {
            this.rest = new ArrayList<>(rest);
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0];
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            int count = line.read(target, offset, length);
            if (count >= 0 || rest.isEmpty()) {
                return count;
            }
            try {
                Thread.sleep(100);
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
            line = new ByteArrayInputStream(rest.remove(0).getBytes(StandardCharsets.UTF_8));
            underWay = rest.size() < LINES - 5;
            return line.read(target, offset, length);
        }
    }

    /** What it acknowledged last it had no time to tell the other node, which remembers the user. */
    private void killWhileItTakesIn(Node node, Node other, String user) throws Exception {
        AtomicInteger taken = new AtomicInteger();
        CompletableFuture<Void> acting = CompletableFuture.runAsync(() -> {
            for (int n = 0; n < 120; n++) {
                String item = "i" + n % 40;
                String behavior = List.of("view", "cart", "purchase").get(n / 40);
                String event =
                        "{\"userId\":\"%s\",\"itemId\":\"%s\",\"behavior\":\"%s\"}".formatted(user, item, behavior);
                int status = 0;
                try {
                    status = node.api()
                            .attempt(
                                    "POST",
                                    "/api/v1/events",
                                    "application/json",
                                    event.getBytes(StandardCharsets.UTF_8))
                            .status();
                } catch (IOException dead) {
                    return;
                } finally {
                    sent.add(new Sent.Batch(List.of(Sent.event(user, item, behavior)), status == 200));
                }
                taken.incrementAndGet();
                other.api().get("/api/v1/users/" + user + "/recommendations").expect(200);
            }
        });
        await("something is taken in").atMost(LIMIT).until(() -> taken.get() >= 3);
        Thread.sleep(random.nextInt(150));
        node.kill();
        acting.get();
    }

    private void bothSayTheSame(List<Node> nodes, Tally tally) {
        for (int i = 0; i < 5; i++) {
            bothSayTheSame(nodes, "u" + random.nextInt(USERS), tally);
        }
    }

    private static void bothSayTheSame(List<Node> nodes, String user, Tally tally) {
        Set<JsonNode> answers =
                await().atMost(LIMIT).ignoreExceptions().until(() -> compared(nodes, user), found -> found != null);
        tally.promise(answers.size() == 1, "two answers for " + user + ": " + answers);
    }

    /** What nodes recommend to a user who does nothing, or null when they do not serve the same model. */
    private static Set<JsonNode> compared(List<Node> nodes, String user) {
        Set<Integer> versions = ConcurrentHashMap.newKeySet();
        Set<JsonNode> answers = ConcurrentHashMap.newKeySet();
        for (Node node : nodes) {
            JsonNode answer =
                    node.api().get("/api/v1/users/" + user + "/recommendations").json();
            versions.add(answer.path("modelVersion").asInt(0));
            answers.add(answer);
        }
        return versions.size() == 1 && !versions.contains(0) ? answers : null;
    }

    /** The last first: shoppers need to know who is ready as long as they ask. */
    private static void close(List<AutoCloseable> load) throws Exception {
        for (int i = load.size() - 1; i >= 0; i--) {
            load.get(i).close();
        }
    }
}
