package io.wholecart.reliability;

import io.wholecart.support.Api;
import java.io.IOException;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A shop's backend that posts and imports without pause and tries again what is not acknowledged: mostly until it is,
 * now and then it gives up. Some events it sends a second time although they were acknowledged. Many users have each of
 * some items once.
 */
final class IntakeCaller extends Caller {

    private static final List<String> BEHAVIORS = List.of("view", "cart", "purchase");
    private static final String TIME = "2026-05-04T10:00:00Z";
    private static final int POSTED = 50;
    private static final int IMPORTED = 2000;
    private static final int ITEMS = 500;

    private final String user;
    private final Random random;
    private final Supplier<Api> api;
    private final Sent sent;
    private final Tally tally;
    private boolean alwaysAnswered;
    private boolean unhurried;
    private boolean newItems;
    private int next;

    /**
     * @param user begins the ids of those whose events these are, and nobody else's
     * @param api which node to ask, looked up for each request
     */
    IntakeCaller(String user, long seed, Supplier<Api> api, Sent sent, Tally tally) {
        super(user, tally);
        this.user = user;
        this.random = new Random(seed);
        this.api = api;
        this.sent = sent;
        this.tally = tally;
    }

    @Override
    void call() throws InterruptedException {
        boolean imports = random.nextInt(10) == 0;
        int size = imports ? IMPORTED : random.nextInt(3) == 0 ? 1 : POSTED;
        int[] numbers = IntStream.range(next, next + size).toArray();
        next += size;
        sent.add(new Sent.Batch(
                IntStream.of(numbers)
                        .mapToObj(n -> Sent.event(user(n), item(n), behavior(n)))
                        .toList(),
                send(imports, numbers)));
        if (unhurried) {
            Thread.sleep(400);
        }
    }

    /** Whether it was acknowledged in the end. */
    private boolean send(boolean imports, int[] numbers) throws InterruptedException {
        while (true) {
            if (attempt(imports, numbers)) {
                if (random.nextInt(20) == 0) {
                    attempt(imports, numbers);
                }
                return true;
            }
            if (stopping() || random.nextInt(10) == 0) {
                return false;
            }
            Thread.sleep(50);
        }
    }

    private boolean attempt(boolean imports, int[] numbers) {
        String path = imports ? "/api/v1/events/import" : "/api/v1/events";
        byte[] body = (imports ? csv(numbers) : json(numbers)).getBytes(StandardCharsets.UTF_8);
        try {
            Api.Answer answer = api.get().attempt("POST", path, imports ? "text/csv" : "application/json", body);
            int status = answer.status();
            boolean comeAgain = status == 503
                    && answer.response().headers().firstValue("Retry-After").isPresent();
            tally.promise(
                    status == 200 || comeAgain,
                    path + " answered " + status + " " + answer.response().body());
            return status == 200;
        } catch (HttpTimeoutException tired) {
            // A file may take as long as it takes, also one whose connection to the database was forgotten.
            tally.promise(!alwaysAnswered || imports, path + " was not answered in time");
            return false;
        } catch (IOException dead) {
            tally.promise(!alwaysAnswered, path + " was not answered: " + dead);
            return false;
        } catch (AssertionError e) {
            tally.broken(String.valueOf(e.getMessage()));
            return false;
        }
    }

    private String user(int n) {
        return user + "-" + n / ITEMS;
    }

    private String item(int n) {
        return newItems ? user + "-" + n : "sold-" + n % ITEMS;
    }

    private static String behavior(int n) {
        return BEHAVIORS.get(n % BEHAVIORS.size());
    }

    private String json(int[] numbers) {
        return IntStream.of(numbers)
                .mapToObj(n -> "{\"userId\":\"%s\",\"itemId\":\"%s\",\"behavior\":\"%s\",\"occurredAt\":\"%s\"}"
                        .formatted(user(n), item(n), behavior(n), TIME))
                .collect(Collectors.joining(",", "[", "]"));
    }

    private String csv(int[] numbers) {
        return IntStream.of(numbers)
                .mapToObj(n -> user(n) + "," + item(n) + "," + behavior(n) + "," + TIME + "\n")
                .collect(Collectors.joining("", "userId,itemId,behavior,occurredAt\n", ""));
    }

    /** It takes its time, for scenarios that train on what it sends. */
    IntakeCaller unhurried() {
        unhurried = true;
        return this;
    }

    /** Every event is of an item that was not there before. */
    IntakeCaller ofNewItems() {
        newItems = true;
        return this;
    }

    /** Whose nodes live: no request may stay without an answer. */
    IntakeCaller alwaysAnswered() {
        alwaysAnswered = true;
        return this;
    }
}
