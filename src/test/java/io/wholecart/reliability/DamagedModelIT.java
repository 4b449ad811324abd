package io.wholecart.reliability;

import static org.awaitility.Awaitility.await;

import io.wholecart.support.Api;
import io.wholecart.support.TwoTastes;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.function.BooleanSupplier;
import org.awaitility.core.ConditionTimeoutException;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/**
 * Artifacts that are damaged in the database, under a node that serves and under one that starts: what cannot be read is
 * refused, told of and, once it is mended, served; all the while every answer is that of one whole version.
 */
class DamagedModelIT {

    private static final Duration LIMIT = Duration.ofMinutes(2);
    private static final int USERS = 1500;

    private Random random;
    private Tally tally;
    private StoredModels models;
    private Answers answers;
    private int good;
    private int spoiled;

    @Test
    void whatIsDamagedIsRefusedAndWhatIsWholeIsServed() throws Exception {
        random = Scale.random(this);
        Path folder = Scale.folder(this);
        try (Tally counted = new Tally("damaged model artifacts");
                PostgresServer postgres = new PostgresServer(folder).start();
                Node node = node(folder, "node", postgres, "api,trainer");
                Node second = node(folder, "second", postgres, "api")) {
            tally = counted;
            node.start();
            prepare(node, postgres);
            try (Answers.Watcher watcher = answers.watch(node, tally)) {
                for (int round = 0; round < Scale.rounds(5, 120); round++) {
                    underAServingNode(node, models.damage(spoiled, random));
                    tally.run();
                }
                olderFormat(node);
                tally.promise(watcher.looks() > 100, "nobody asked meanwhile: " + watcher.looks());
            }
            for (int round = 0; round < Scale.rounds(1, 10); round++) {
                underAStartingNode(second, models.damage(spoiled, random));
                tally.run();
            }
            withoutAnyWholeVersion(second);
            onTheDisk(node);
        }
    }

    private static Node node(Path folder, String name, PostgresServer postgres, String roles) {
        return new Node(
                folder, name, postgres.arguments("--wholecart.training.schedule=-", "--wholecart.roles=" + roles));
    }

    /** Two versions of several chunks each, the first one active, and what each of them answers. */
    private void prepare(Node node, PostgresServer postgres) {
        Api api = node.api();
        TwoTastes.importInto(api, USERS);
        good = train(api, 3);
        spoiled = train(api, 2);
        models = new StoredModels(postgres);
        answers = new Answers();
        activate(node, spoiled);
        answers.learn(node, spoiled);
        activate(node, good);
        answers.learn(node, good);
        tally.promise(models.chunks(spoiled) > 1, "a version is to have several chunks");
    }

    private static int train(Api api, int iterations) {
        return api.train("{\"factors\":256,\"holdout\":false,\"iterations\":" + iterations + "}")
                .path("modelVersion")
                .asInt();
    }

    private void activate(Node node, int version) {
        node.api().post("/api/v1/admin/models/" + version + "/activate").expect(200);
        node.api().awaitServed(version);
    }

    private void underAServingNode(Node node, String damage) {
        tally.fault(damage);
        Api.Answer refusal = node.api().post("/api/v1/admin/models/" + spoiled + "/activate");
        tally.promise(
                refusal.status() == 409
                        && refusal.json().path("code").asString("").equals("modelDamaged"),
                "activation of a version with " + damage + " is answered " + refusal.status());
        models.activate(spoiled);
        eventually(node, damage + " is refused", () -> refused(node, spoiled) && degraded(node, good));
        tally.promise(answers.are(node, good), "other answers beside " + damage);
        mend(node, damage);
        tally.promise(answers.are(node, spoiled), "other answers when mended after " + damage);
        activate(node, good);
        tally.promise(answers.are(node, good), "other answers when back again after " + damage);
    }

    /** Found out by itself, or at once when it is activated anew. */
    private void mend(Node node, String damage) {
        models.mend();
        if (random.nextBoolean()) {
            node.api().post("/api/v1/admin/models/" + spoiled + "/activate").expect(200);
        }
        eventually(node, "mended after " + damage, () -> healthy(node, spoiled));
    }

    /** Its trained users are served as ever; the loss, by which others are folded in, it did not have. */
    private void olderFormat(Node node) {
        tally.fault("older format");
        models.rewrite(spoiled, 1);
        activate(node, spoiled);
        eventually(node, "older format is served", () -> healthy(node, spoiled));
        tally.promise(answers.ofTrainedAre(node, spoiled), "other answers from the older format");
        activate(node, good);
        models.mend();
        tally.run();
    }

    private void underAStartingNode(Node node, String damage) {
        tally.fault("start with " + damage);
        models.activate(spoiled);
        node.start();
        tally.promise(refused(node, spoiled) && degraded(node, good), "a node that starts does not tell of " + damage);
        tally.promise(answers.are(node, good), "other answers from a node that starts with " + damage);
        mend(node, damage);
        tally.promise(answers.are(node, spoiled), "other answers when mended after a start with " + damage);
        node.stop();
    }

    /** Then there is what is popular, and the node is ready for that and for events. */
    private void withoutAnyWholeVersion(Node node) {
        tally.fault("start with every version damaged");
        models.damage(good, random);
        models.damage(spoiled, random);
        models.activate(spoiled);
        node.start();
        tally.promise(
                refused(node, spoiled) && node.isReady(), "a node without a version is not ready, or does not tell");
        JsonNode popular =
                node.api().get("/api/v1/users/u1/recommendations").expect(200).json();
        tally.promise(popular.path("source").asString("").equals("popular"), "not popular, but " + popular);
        node.api()
                .post("/api/v1/events", "{\"userId\":\"u1\",\"itemId\":\"i1\",\"behavior\":\"view\"}")
                .expect(200);
        mend(node, "every version damaged");
        node.stop();
        tally.run();
    }

    /** Pages of the table that PostgreSQL itself finds damaged. */
    private void onTheDisk(Node node) throws Exception {
        tally.fault("damaged pages on the disk");
        activate(node, good);
        models.damageFiles(random);
        eventually(
                node,
                "the database is back",
                () -> node.api().get("/api/v1/admin/models").status() == 200);
        Api.Answer refusal = node.api().post("/api/v1/admin/models/" + spoiled + "/activate");
        tally.promise(refusal.status() == 409, "activation from damaged pages is answered " + refusal.status());
        models.activate(spoiled);
        eventually(node, "damaged pages are refused", () -> refused(node, spoiled) && degraded(node, good));
        JsonNode answer = node.api().get("/api/v1/users/u1/recommendations").json();
        tally.promise(answer.path("modelVersion").asInt() == good, "not from the good version: " + answer);
        mend(node, "damaged pages");
        tally.run();
    }

    private void eventually(Node node, String what, BooleanSupplier condition) {
        try {
            await().atMost(LIMIT).pollInterval(Duration.ofMillis(50)).until(condition::getAsBoolean);
            tally.promise(true, what);
        } catch (ConditionTimeoutException e) {
            tally.broken(what + ": never; " + ModelHealth.of(node));
        }
    }

    private static boolean degraded(Node node, int serving) {
        ModelHealth health = ModelHealth.of(node);
        return health.degraded()
                && health.serving() == serving
                && health.reason().equals("unreadable");
    }

    private static boolean refused(Node node, int version) {
        return ModelHealth.of(node).refused() == version && node.metric("wholecart_model_refused") == version;
    }

    private static boolean healthy(Node node, int version) {
        ModelHealth health = ModelHealth.of(node);
        return !health.degraded()
                && health.serving() == version
                && node.metric("wholecart_model_refused") == 0
                && node.metric("wholecart_model_version") == version;
    }
}
