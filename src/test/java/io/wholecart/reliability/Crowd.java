package io.wholecart.reliability;

import io.wholecart.reliability.Shopper.Event;
import io.wholecart.reliability.Timeline.Change;
import io.wholecart.support.Api;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import tools.jackson.databind.JsonNode;

/** Callers of two nodes who do everything at once, and tell the witness before and after. */
final class Crowd implements AutoCloseable {

    static final int USERS = 300;
    private static final int ITEMS = 60;
    private static final List<String> BEHAVIORS = List.of("view", "view", "cart", "purchase");
    /** So many events of a month in one import get it a partition of its own. */
    private static final int A_MONTH = 10_000;

    private static final OffsetDateTime FIRST_MONTH = OffsetDateTime.of(2025, 1, 1, 0, 0, 0, 0, ZoneOffset.UTC);
    private static final int MONTHS = 20;
    private static final String TRAINING = "{\"factors\":8,\"iterations\":2}";

    private final List<Api> nodes;
    private final Witness witness;
    private final Tally tally;
    private final Random seeds;
    private final List<Thread> threads = new ArrayList<>();
    private final AtomicLong events = new AtomicLong();
    private int fullMonths;
    private volatile boolean stopping;

    Crowd(List<Api> nodes, Witness witness, Random seeds, Tally tally) {
        this.nodes = nodes;
        this.witness = witness;
        this.seeds = seeds;
        this.tally = tally;
    }

    /** A shop with some history, and a model. */
    Crowd open() {
        Random random = new Random(seeds.nextLong());
        for (int n = 0; n < ITEMS; n++) {
            changeItem("item-" + n, random);
        }
        List<Event> history = new ArrayList<>();
        for (int n = 0; n < USERS * 8; n++) {
            history.add(event("user-" + n % USERS, random));
        }
        send(0, history, true, random);
        train(random);
        return this;
    }

    Crowd start() {
        for (int n = 0; n < 2; n++) {
            run("posts", 60, this::post);
            run("items", 200, random -> changeItem(item(random), random));
        }
        for (int n = 0; n < 4; n++) {
            run("reads", 5, this::read);
        }
        run("imports", 1_000, this::bulkImport);
        run("erasures", 300, this::erase);
        run("trainings", 500, this::train);
        run("activations", 4_000, this::activate);
        return this;
    }

    /** Again and again, with rests of up to so many milliseconds. */
    private void run(String name, int millis, Consumer<Random> action) {
        Random random = new Random(seeds.nextLong());
        Thread thread = new Thread(
                () -> {
                    while (!stopping) {
                        try {
                            action.accept(random);
                            TimeUnit.MILLISECONDS.sleep(random.nextInt(millis));
                        } catch (InterruptedException e) {
                            return;
                        } catch (RuntimeException | AssertionError e) {
                            tally.broken(name + ": " + e);
                        }
                    }
                },
                name);
        threads.add(thread);
        thread.start();
    }

    static String user(Random random) {
        return "user-" + random.nextInt(USERS);
    }

    private static String item(Random random) {
        return "item-" + random.nextInt(ITEMS);
    }

    /** One that differs from all others by its time. */
    private Event event(String user, Random random) {
        Instant at = FIRST_MONTH.plusMonths(random.nextInt(MONTHS)).toInstant().plusMillis(events.incrementAndGet());
        return new Event(user, item(random), BEHAVIORS.get(random.nextInt(BEHAVIORS.size())), at);
    }

    private void post(Random random) {
        int node = random.nextInt(2);
        List<String> users = Stream.generate(() -> user(random))
                .limit(1L + random.nextInt(3))
                .toList();
        List<Event> batch = IntStream.rangeClosed(0, random.nextInt(6))
                .mapToObj(n -> event(users.get(n % users.size()), random))
                .toList();
        boolean stored = send(node, batch, false, random);
        if (stored) {
            // Its very next answer.
            witness.recommendations(node, users.get(0), random);
            if (random.nextInt(10) == 0) {
                send(random.nextInt(2), batch, random.nextBoolean(), random);
            }
        }
    }

    private void bulkImport(Random random) {
        List<Event> file = new ArrayList<>();
        List<String> users =
                Stream.generate(() -> user(random)).limit(20).distinct().toList();
        for (int n = 0; n < 200; n++) {
            file.add(event(users.get(n % users.size()), random));
        }
        if (random.nextInt(5) == 0 && fullMonths < MONTHS) {
            Instant month = FIRST_MONTH.plusMonths(fullMonths++).toInstant();
            for (int n = 0; n < A_MONTH; n++) {
                Instant at = month.plusMillis(events.incrementAndGet());
                file.add(new Event("wholesaler-" + n % 200, item(random), "view", at));
            }
            tally.fault("import that makes a partition");
        }
        int node = random.nextInt(2);
        if (send(node, file, true, random)) {
            witness.recommendations(node, users.get(0), random);
        }
    }

    /** Whether they were stored. */
    private boolean send(int node, List<Event> batch, boolean imported, Random random) {
        Map<String, Set<Event>> byUser = batch.stream().collect(Collectors.groupingBy(Event::user, Collectors.toSet()));
        Timeline.Span before = new Timeline.Span(Timeline.DATABASE, System.nanoTime(), Long.MAX_VALUE);
        Map<String, Change<Set<Event>>> changes = byUser.keySet().stream()
                .collect(Collectors.toMap(id -> id, id -> witness.user(id).posts(byUser.get(id), node)));
        Api.Answer answer = imported ? importFile(nodes.get(node), batch, random) : post(nodes.get(node), batch);
        boolean stored = answer.status() == 200;
        tally.promise(
                stored || answer.status() == 503,
                "events got " + answer.response().body());
        changes.forEach((id, change) -> {
            if (stored) {
                change.acknowledge();
            } else {
                witness.user(id).withdraw(change);
            }
        });
        if (stored) {
            checkCounts(batch, before, answer.json());
        }
        return stored;
    }

    private void checkCounts(List<Event> batch, Timeline.Span asked, JsonNode counts) {
        long accepted = counts.path("accepted").asLong(-1);
        long duplicates = counts.path("duplicates").asLong(-1);
        tally.promise(accepted + duplicates == batch.size(), batch.size() + " were sent: " + counts);
        Timeline.Span span = new Timeline.Span(Timeline.DATABASE, asked.from(), System.nanoTime());
        Set<Event> there = new HashSet<>();
        Set<Event> impossible = new HashSet<>(batch);
        batch.stream().map(Event::user).distinct().forEach(id -> {
            there.addAll(witness.user(id).present(span));
            impossible.removeAll(witness.user(id).sentBefore(asked.from()));
        });
        long known = batch.stream().filter(there::contains).count();
        tally.promise(
                duplicates >= known && accepted >= impossible.size(),
                known + " were there and " + impossible.size() + " not: " + counts);
    }

    private static Api.Answer post(Api api, List<Event> batch) {
        return api.post("/api/v1/events", batch.stream().map(Crowd::json).collect(Collectors.joining(",", "[", "]")));
    }

    private static Api.Answer importFile(Api api, List<Event> batch, Random random) {
        boolean csv = random.nextBoolean();
        String text = csv
                ? batch.stream()
                        .map(event -> String.join(
                                ",",
                                event.user(),
                                event.item(),
                                event.behavior(),
                                event.at().toString()))
                        .collect(Collectors.joining("\n", "userId,itemId,behavior,occurredAt\n", "\n"))
                : batch.stream().map(Crowd::json).collect(Collectors.joining("\n"));
        byte[] plain = text.getBytes(StandardCharsets.UTF_8);
        return api.importBytes(csv ? "text/csv" : "application/x-ndjson", random.nextBoolean() ? zipped(plain) : plain);
    }

    private static String json(Event event) {
        return "{\"userId\":\"%s\",\"itemId\":\"%s\",\"behavior\":\"%s\",\"occurredAt\":\"%s\"}"
                .formatted(event.user(), event.item(), event.behavior(), event.at());
    }

    static byte[] zipped(byte[] plain) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream zip = new GZIPOutputStream(bytes)) {
            zip.write(plain);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private void erase(Random random) {
        int node = random.nextInt(2);
        String id = user(random);
        Shopper user = witness.user(id);
        Change<Set<Event>> erasure = user.erases(node);
        int status = nodes.get(node).delete("/api/v1/users/" + id).status();
        tally.promise(status == 204 || status == 503, "an erasure got " + status);
        if (status == 204) {
            erasure.acknowledge();
            tally.fault("erasure");
            witness.recommendations(node, id, random);
            witness.explanation(1 - node, id);
            witness.history(1 - node, id);
        } else {
            user.withdraw(erasure);
        }
    }

    private void changeItem(String id, Random random) {
        int node = random.nextInt(2);
        int kind = random.nextInt(6);
        Set<String> categories = Set.of("c" + random.nextInt(4), "c" + (4 + random.nextInt(2)));
        Witness.Item state =
                kind == 0 ? new Witness.Item(false, Set.of(), true) : new Witness.Item(kind > 1, categories, false);
        String body = "{\"itemId\":\"%s\",\"available\":%b,\"categories\":[%s]}"
                .formatted(
                        id,
                        state.available(),
                        categories.stream().map(name -> '"' + name + '"').collect(Collectors.joining(",")));
        Timeline<Witness.Item> item = witness.item(id);
        Change<Witness.Item> change = item.begin(state, node);
        String path = "/api/v1/items/" + id;
        Api api = nodes.get(node);
        int status = (kind == 0
                        ? api.delete(path)
                        : kind == 2 ? api.post("/api/v1/items", "[" + body + "]") : api.put(path, body))
                .status();
        // One that is deleted already is none any more.
        tally.promise(
                status == (kind == 0 ? 204 : 200) || status == 503 || (kind == 0 && status == 404),
                "a change of an item got " + status);
        if (status == 503 || status == 404) {
            item.withdraw(change);
            return;
        }
        change.acknowledge();
        witness.shared(
                node,
                random.nextBoolean() ? "/api/v1/items/popular?limit=1000" : "/api/v1/items/item-0/similar?limit=1000");
    }

    private void read(Random random) {
        int node = random.nextInt(2);
        switch (random.nextInt(10)) {
            case 0 ->
                witness.batch(
                        node, Stream.generate(() -> user(random)).limit(20).toList());
            case 1 -> witness.anonymous(node, "item-" + random.nextInt(5), "item-" + (5 + random.nextInt(5)), "c1");
            case 2 -> witness.shared(node, "/api/v1/items/popular?limit=1000");
            case 3 -> witness.shared(node, "/api/v1/items/item-" + random.nextInt(5) + "/similar?limit=1000");
            case 4 -> witness.explanation(node, user(random));
            case 5 -> witness.history(node, user(random));
            case 6 -> witness.details(node, item(random));
            case 7 -> witness.models(node);
            default -> witness.recommendations(node, user(random), random);
        }
    }

    /** A run, whose model becomes active unless it is held back. */
    private void train(Random random) {
        Change<AtomicInteger> change = witness.activations.begin(new AtomicInteger(), random.nextInt(2));
        JsonNode run = nodes.get(random.nextInt(2)).train(TRAINING);
        tally.promise(run.path("status").asString("").equals("SUCCEEDED"), "a run ended: " + run);
        if (run.path("gate").isString()) {
            witness.activations.withdraw(change);
            tally.fault("model held back");
        } else {
            change.what.set(run.path("modelVersion").asInt(0));
            change.acknowledge();
            tally.fault("model published");
        }
    }

    private void activate(Random random) {
        int node = random.nextInt(2);
        JsonNode models = nodes.get(node).get("/api/v1/admin/models").json();
        int version = models.get(random.nextInt(models.size())).path("version").asInt(0);
        Change<AtomicInteger> change = witness.activations.begin(new AtomicInteger(version), node);
        int status = nodes.get(node)
                .post("/api/v1/admin/models/" + version + "/activate")
                .status();
        // It may have been pruned meanwhile.
        tally.promise(status == 200 || status == 404, "an activation got " + status);
        if (status == 200) {
            change.acknowledge();
            tally.fault("activation");
        } else {
            witness.activations.withdraw(change);
        }
    }

    @Override
    public void close() {
        stop();
    }

    /** Ends after the requests at hand. */
    void stop() {
        stopping = true;
        for (Thread thread : threads) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
