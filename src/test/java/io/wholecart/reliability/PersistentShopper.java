package io.wholecart.reliability;

import io.wholecart.support.Api;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Random;
import java.util.function.Function;

/** Asks nodes that come and go through a load balancer, for all that a shop shows, and now and then activates a model. */
final class PersistentShopper extends Caller {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Function<Random, Node> balancer;
    private final boolean stubborn;
    private final Random random;
    private final int users;
    private final int models;
    private final Tally tally;

    /**
     * A shopper.
     *
     * @param balancer chooses a node for an attempt
     * @param stubborn whether it tries again after a 503 and when a connection breaks or is not made
     * @param users which the model knows, from u0 on
     * @param models versions, from 1 on
     */
    PersistentShopper(
            Function<Random, Node> balancer, boolean stubborn, long seed, int users, int models, Tally tally) {
        super("shopper", tally);
        this.balancer = balancer;
        this.stubborn = stubborn;
        this.random = new Random(seed);
        this.users = users;
        this.models = models;
        this.tally = tally;
    }

    @Override
    void call() throws InterruptedException {
        if (random.nextInt(50) == 0) {
            send("POST", "/api/v1/admin/models/" + (1 + random.nextInt(models)) + "/activate");
        } else {
            send("GET", path());
        }
        Thread.sleep(10);
    }

    private String path() {
        String user = "/api/v1/users/u" + random.nextInt(users);
        return switch (random.nextInt(5)) {
            case 0, 1 -> user + "/recommendations";
            case 2 -> user + "/events";
            case 3 -> "/api/v1/items/i" + random.nextInt(40) + "/similar";
            default -> "/api/v1/items/popular";
        };
    }

    private void send(String method, String path) throws InterruptedException {
        String last = "";
        for (long end = System.nanoTime() + PATIENCE.toNanos(); System.nanoTime() < end; Thread.sleep(20)) {
            Node node = balancer.apply(random);
            try {
                Api.Answer answer = node.api().attempt(method, path, null, null);
                if (answer.status() != 503 || !stubborn) {
                    judge(answer, method + " " + path);
                    return;
                }
                last = "503";
            } catch (IOException e) {
                last = String.valueOf(e);
                if (!stubborn) {
                    tally.broken(method + " " + path + ": " + e);
                    return;
                }
            } catch (RuntimeException | AssertionError e) {
                tally.broken(method + " " + path + ": " + e);
                return;
            }
        }
        tally.broken(method + " " + path + " failed in the end: " + last);
    }

    private void judge(Api.Answer answer, String request) {
        String body = answer.response().body();
        tally.promise(answer.status() == 200, request + " answered " + answer.status() + " " + body);
        answer.response()
                .headers()
                .firstValueAsLong("Content-Length")
                .ifPresent(length -> tally.promise(
                        length == body.getBytes(StandardCharsets.UTF_8).length,
                        request + " said " + length + " bytes, not " + body));
    }
}
