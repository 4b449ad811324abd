package io.wholecart.reliability;

import io.wholecart.support.Api;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A shop's traffic at a modest pace: mostly reads, beside them events, imports, changes of items and erasures. Users and
 * items come all the time and as many go, so that the shop stays as large as it is.
 */
final class MixedLoad implements AutoCloseable {

    private static final String[] BEHAVIORS = {"view", "view", "view", "cart", "purchase"};
    /** Who stays all the time. */
    private static final int REGULARS = 2_000;

    /** Who is erased as the oldest when somebody new comes. */
    private static final int PASSERS_BY = 100;

    private static final int STEADY_ITEMS = 1_000;
    private static final int SEASONAL_ITEMS = 100;
    private static final int TENTHS_OF_A_MILLI = 100_000;

    private final Api api;
    private final Tally tally;
    private final Random seeds;
    private final ScheduledExecutorService threads = Executors.newScheduledThreadPool(8);
    private final AtomicLong users = new AtomicLong(PASSERS_BY);
    private final AtomicLong items = new AtomicLong(SEASONAL_ITEMS);
    private final AtomicLong requests = new AtomicLong();
    /** How many reads took so many tenths of a millisecond. */
    private final AtomicLongArray latencies = new AtomicLongArray(TENTHS_OF_A_MILLI);

    MixedLoad(Api api, Random seeds, Tally tally) {
        this.api = api;
        this.seeds = seeds;
        this.tally = tally;
    }

    /** What is there before: regulars and steady items. */
    MixedLoad open() {
        Random random = new Random(seeds.nextLong());
        String csv = IntStream.range(0, REGULARS * 15)
                .mapToObj(n -> "regular-" + n % REGULARS + ",steady-" + taste(random, n % REGULARS) + ","
                        + BEHAVIORS[random.nextInt(BEHAVIORS.length)] + "\n")
                .collect(Collectors.joining("", "userId,itemId,behavior\n", ""));
        expect(api.importCsv(csv), 200);
        return this;
    }

    private static int taste(Random random, int user) {
        return (user % 10) * (STEADY_ITEMS / 10) + random.nextInt(STEADY_ITEMS / 10);
    }

    MixedLoad start() {
        for (int reader = 0; reader < 4; reader++) {
            every(10, this::read);
        }
        every(100, this::readMany);
        every(50, this::post);
        every(200, this::replaceUser);
        every(500, this::changeItem);
        every(1_000, this::replaceItem);
        every(5_000, this::bulkImport);
        return this;
    }

    /** After each end so many milliseconds of rest. */
    private void every(long millis, Consumer<Random> action) {
        Random random = new Random(seeds.nextLong());
        threads.scheduleWithFixedDelay(
                () -> {
                    try {
                        action.accept(random);
                    } catch (RuntimeException | AssertionError e) {
                        tally.broken(e.toString());
                    }
                },
                0,
                millis,
                TimeUnit.MILLISECONDS);
    }

    private void expect(Api.Answer answer, Integer... allowed) {
        requests.incrementAndGet();
        tally.promise(
                Set.of(allowed).contains(answer.status()),
                answer.response().uri() + " answered " + answer.status() + " "
                        + answer.response().body());
    }

    private void read(Random random) {
        String user = user(random);
        String item = item(random);
        long started = System.nanoTime();
        switch (random.nextInt(15)) {
            case 0 -> expect(api.get("/api/v1/items/popular?limit=50"), 200);
            case 1 -> expect(api.get("/api/v1/items/" + item + "/similar"), 200);
            case 2 -> expect(api.get("/api/v1/users/" + user + "/events"), 200);
            case 3 -> expect(api.get("/api/v1/users/" + user + "/recommendations/" + item + "/explanation"), 200, 404);
            case 4 ->
                expect(
                        api.post(
                                "/api/v1/recommendations",
                                "{\"events\":[{\"itemId\":\"%s\",\"behavior\":\"cart\"}]}".formatted(item)),
                        200);
            case 5 -> expect(api.get("/api/v1/items/" + item), 200, 404);
            case 6 -> expect(api.get("/api/v1/admin/overview"), 200);
            case 7 -> expect(api.get("/api/v1/admin/models"), 200);
            // Nobody may make series of metrics by asking for what is not there.
            case 8 -> expect(api.get("/api/v1/nothing/" + random.nextInt()), 404);
            default ->
                expect(
                        api.get("/api/v1/users/" + user + "/recommendations?limit=20&category=c" + random.nextInt(5)),
                        200);
        }
        int tenths = (int) Math.min(TENTHS_OF_A_MILLI - 1, (System.nanoTime() - started) / 100_000);
        latencies.incrementAndGet(tenths);
    }

    private void readMany(Random random) {
        String ids = IntStream.range(0, 30)
                .mapToObj(n -> '"' + user(random) + '"')
                .collect(Collectors.joining(",", "{\"userIds\":[", "]}"));
        expect(api.post("/api/v1/recommendations/batch", ids), 200);
    }

    private void post(Random random) {
        String events = IntStream.rangeClosed(0, random.nextInt(20))
                .mapToObj(n -> "{\"userId\":\"%s\",\"itemId\":\"%s\",\"behavior\":\"%s\"}"
                        .formatted(passerBy(random), item(random), BEHAVIORS[random.nextInt(BEHAVIORS.length)]))
                .collect(Collectors.joining(",", "[", "]"));
        expect(api.post("/api/v1/events", events), 200);
    }

    private void replaceUser(Random random) {
        long next = users.getAndIncrement();
        String event = "{\"userId\":\"passer-by-%d\",\"itemId\":\"%s\",\"behavior\":\"view\"}";
        expect(api.post("/api/v1/events", event.formatted(next, item(random))), 200);
        // One that is out of reach for posts by now.
        expect(api.delete("/api/v1/users/passer-by-" + (next - 2 * PASSERS_BY)), 204);
        tally.fault("erasure");
    }

    private void changeItem(Random random) {
        put(item(random), random.nextInt(10) > 0, random);
    }

    private void put(String item, boolean available, Random random) {
        String body = "{\"available\":%b,\"categories\":[\"c%d\",\"c%d\"],\"attributes\":{\"name\":\"%s\"}}";
        expect(
                api.put(
                        "/api/v1/items/" + item,
                        body.formatted(available, random.nextInt(5), random.nextInt(5), random.nextLong())),
                200);
    }

    private void replaceItem(Random random) {
        long next = items.getAndIncrement();
        put("seasonal-" + next, true, random);
        expect(api.delete("/api/v1/items/seasonal-" + (next - SEASONAL_ITEMS)), 204, 404);
    }

    private void bulkImport(Random random) {
        byte[] csv = IntStream.range(0, 500)
                .mapToObj(n -> passerBy(random) + "," + item(random) + ",view\n")
                .collect(Collectors.joining("", "userId,itemId,behavior\n", ""))
                .getBytes(StandardCharsets.UTF_8);
        expect(api.importBytes("text/csv", random.nextBoolean() ? Crowd.zipped(csv) : csv), 200);
        tally.fault("import");
    }

    private String user(Random random) {
        return random.nextInt(4) == 0 ? passerBy(random) : "regular-" + random.nextInt(REGULARS);
    }

    private String passerBy(Random random) {
        return "passer-by-" + (users.get() - 1 - random.nextInt(PASSERS_BY));
    }

    private String item(Random random) {
        return random.nextInt(4) == 0
                ? "seasonal-" + (items.get() - 1 - random.nextInt(SEASONAL_ITEMS))
                : "steady-" + random.nextInt(STEADY_ITEMS);
    }

    long requests() {
        return requests.get();
    }

    /** Milliseconds that this share of the reads did not take longer than. */
    String latency(double share) {
        long all =
                IntStream.range(0, TENTHS_OF_A_MILLI).mapToLong(latencies::get).sum();
        long passed = 0;
        int tenths = 0;
        while (tenths < TENTHS_OF_A_MILLI - 1 && passed + latencies.get(tenths) < share * all) {
            passed += latencies.get(tenths++);
        }
        return String.format(Locale.ROOT, "%.1f ms", (tenths + 1) / 10.0);
    }

    @Override
    public void close() {
        stop();
    }

    /** Ends after the requests at hand. */
    void stop() {
        threads.shutdown();
        try {
            if (!threads.awaitTermination(3, TimeUnit.MINUTES)) {
                throw new AssertionError("Requests hang.");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
