package io.wholecart.reliability;

import io.wholecart.support.Api;
import java.io.IOException;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;

/** Asks for shoppers' recommendations without pause: each answer is theirs, from one model, and nothing is missing. */
final class Reader extends Caller {

    private final int users;
    private final Random random;
    private final Supplier<Api> api;
    private final Tally tally;

    /** @param users whose ids are u0, u1 and so on, all of whom the model knows */
    Reader(int users, long seed, Supplier<Api> api, Tally tally) {
        super("reader", tally);
        this.users = users;
        this.random = new Random(seed);
        this.api = api;
        this.tally = tally;
    }

    @Override
    void call() throws InterruptedException {
        String path = "/api/v1/users/u" + random.nextInt(users) + "/recommendations";
        try {
            Api.Answer answer = api.get().attempt("GET", path, null, null);
            String body = answer.response().body();
            tally.promise(
                    answer.status() == 200
                            && List.of("trained", "foldedIn")
                                    .contains(answer.json().path("source").asString(""))
                            && answer.json().path("modelVersion").asInt(0) > 0
                            && answer.json().path("items").size() == 10
                            && answer.response()
                                    .headers()
                                    .firstValue("X-Wholecart-Degraded")
                                    .isEmpty(),
                    path + " answered " + answer.status() + " " + body);
        } catch (IOException | AssertionError e) {
            tally.broken(path + ": " + e);
        }
        Thread.sleep(10);
    }
}
