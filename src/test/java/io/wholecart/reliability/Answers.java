package io.wholecart.reliability;

import io.wholecart.support.Api;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** What versions of the model answer to the same questions, to the byte. */
final class Answers {

    private static final List<String> TRAINED = IntStream.range(0, 8)
            .mapToObj(u -> "/api/v1/users/u" + 11 * u + "/recommendations?limit=15&exclude=")
            .toList();
    private static final String SIMILAR = "/api/v1/items/i3/similar?limit=10";
    private static final String ANONYMOUS = "/api/v1/recommendations";
    private static final String BASKET =
            "{\"events\":[{\"itemId\":\"i3\",\"behavior\":\"cart\"},{\"itemId\":\"i7\",\"behavior\":\"view\"}]}";

    /** By version, then by question. */
    private final Map<Integer, Map<String, String>> known = new ConcurrentHashMap<>();

    /** Asks a node that serves this version and is believed. */
    void learn(Node node, int version) {
        known.put(version, all(node.api()));
    }

    boolean are(Node node, int version) {
        return all(node.api()).equals(known.get(version));
    }

    boolean ofTrainedAre(Node node, int version) {
        Api api = node.api();
        return TRAINED.stream()
                .allMatch(path -> ask(api, path).equals(known.get(version).get(path)));
    }

    private static Map<String, String> all(Api api) {
        Map<String, String> answers = new LinkedHashMap<>();
        TRAINED.forEach(path -> answers.put(path, ask(api, path)));
        answers.put(SIMILAR, ask(api, SIMILAR));
        answers.put(
                ANONYMOUS, api.post(ANONYMOUS, BASKET).expect(200).response().body());
        return answers;
    }

    private static String ask(Api api, String path) {
        return api.get(path).expect(200).response().body();
    }

    /** Asks on and on, while versions change: each answer must be that of one of them as a whole. */
    Watcher watch(Node node, Tally tally) {
        return Caller.start(new Watcher(node, tally));
    }

    final class Watcher extends Caller {

        private final Node node;
        private final Tally tally;
        private final AtomicLong looks = new AtomicLong();
        private int next;

        private Watcher(Node node, Tally tally) {
            super("watcher", tally);
            this.node = node;
            this.tally = tally;
        }

        @Override
        void call() throws InterruptedException {
            String path = TRAINED.get(next++ % TRAINED.size());
            try {
                String answer = ask(node.api(), path);
                tally.promise(
                        known.values().stream()
                                .map(answers -> answers.get(path))
                                .collect(Collectors.toSet())
                                .contains(answer),
                        "an answer that no version gives: " + answer);
            } catch (AssertionError e) {
                tally.broken(String.valueOf(e.getMessage()));
            }
            looks.incrementAndGet();
            // The machine has others to serve, too.
            Thread.sleep(10);
        }

        long looks() {
            return looks.get();
        }
    }
}
