package io.wholecart.reliability;

import io.wholecart.support.Api;
import java.io.IOException;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;

/** A shop's front page: asks one node for what it shows, and shows nothing when that takes too long. */
final class FrontPage extends Caller {

    /** Of some seconds that it waits for a database, and a machine that does much else. */
    private static final long LIMIT_MILLIS = 15_000;

    private static final long PAUSE_MILLIS = 25;

    private final Node node;
    private final Random random;
    private final int users;
    private final Tally tally;
    private final AtomicLong slowest = new AtomicLong();

    /**
     * A reader.
     *
     * @param users which the model knows, from u0 on
     */
    FrontPage(Node node, long seed, int users, Tally tally) {
        super("reader of " + node.port(), tally);
        this.node = node;
        this.random = new Random(seed);
        this.users = users;
        this.tally = tally;
    }

    /** The longest wait since this was asked last, in milliseconds. */
    long slowest() {
        return slowest.getAndSet(0);
    }

    @Override
    void call() throws InterruptedException {
        if (random.nextInt(20) == 0) {
            tally.promise(node.isReady(), "not ready while it serves from memory");
        }
        look();
        Thread.sleep(PAUSE_MILLIS);
    }

    private void look() {
        int kind = random.nextInt(5);
        String path = switch (kind) {
            case 0, 1 -> "/api/v1/users/u" + random.nextInt(users) + "/recommendations";
            case 2 -> "/api/v1/users/new" + random.nextInt(1000) + "/recommendations";
            case 3 -> "/api/v1/items/i" + random.nextInt(40) + "/similar";
            default -> "/api/v1/items/popular";
        };
        long started = System.nanoTime();
        try {
            Api.Answer answer = node.api().attempt("GET", path, null, null);
            long millis = (System.nanoTime() - started) / 1_000_000;
            slowest.accumulateAndGet(millis, Math::max);
            tally.promise(
                    answer.status() == 200 && !answer.json().path("items").isEmpty(),
                    path + " answered " + answer.response().body());
            tally.promise(
                    kind > 1
                            || List.of("trained", "foldedIn")
                                    .contains(answer.json().path("source").asString("")),
                    path + " is not from the model: " + answer.response().body());
            tally.promise(millis < LIMIT_MILLIS, path + " took " + millis + " ms");
        } catch (IOException | AssertionError e) {
            tally.broken(path + ": " + e);
        }
    }
}
