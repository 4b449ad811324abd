package io.wholecart.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import io.wholecart.support.Api;
import io.wholecart.support.ServiceTest;
import io.wholecart.support.TwoTastes;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import tools.jackson.databind.JsonNode;

/** Who works on which run, and when. */
class TrainingQueueTest extends ServiceTest {

    @Autowired
    private TrainingRuns runs;

    @Autowired
    private Curve curve;

    @Test
    void oneRunAtATimeAndItCanBeCanceled() {
        TwoTastes.importInto(api, 2_000);
        String endless = "{\"factors\":64,\"iterations\":1000}";
        String location = api.post(RUNS, endless)
                .expect(202)
                .response()
                .headers()
                .firstValue("Location")
                .orElseThrow();
        await().until(() -> api.get(location).json().at("/progress/iteration").asInt() > 0);
        Api.Answer second = api.post(RUNS, QUICK).expect(409);
        assertThat(second.response().headers().firstValue("Location")).hasValue(location);
        assertThat(second.json().path("code").asString("")).isEqualTo("runInProgress");
        assertThat(api.delete(location).expect(200).json().path("status").asString(""))
                .isEqualTo("CANCELED");
        assertThat(api.train(QUICK).path("status").asString("")).isEqualTo("SUCCEEDED");
        assertThat(api.get(location).json().path("status").asString("")).isEqualTo("CANCELED");
    }

    @Test
    void aRunWhoseWorkerDiedIsTakenUpAgain() {
        TwoTastes.importInto(api, 60);
        String location = api.post(RUNS, "{\"factors\":64,\"iterations\":1000}")
                .expect(202)
                .response()
                .headers()
                .firstValue("Location")
                .orElseThrow();
        await().until(() -> api.get(location).json().path("status").asString("").equals("RUNNING"));
        // As a dead trainer leaves it: somebody else's, silent for a minute, and only a little to do.
        jdbc.update("UPDATE training_run SET worker = gen_random_uuid(), heartbeat_at = now() - interval '1 minute',"
                + " parameters = jsonb_set(parameters, '{iterations}', '2') WHERE status = 'RUNNING'");
        assertThat(api.awaitEnd(location).path("status").asString("")).isEqualTo("SUCCEEDED");
        assertThat(jdbc.queryForObject("SELECT attempts FROM training_run ORDER BY id DESC LIMIT 1", Integer.class))
                .isEqualTo(2);
    }

    @Test
    void aRunThatKillsItsWorkersIsGivenUp() {
        jdbc.update("INSERT INTO training_run (status, trigger, parameters, created_at, heartbeat_at, attempts, worker)"
                + " SELECT 'RUNNING', 'MANUAL', parameters, now(), now() - interval '1 minute', 3, gen_random_uuid()"
                + " FROM (SELECT '{\"solver\":\"exact\",\"factors\":8,\"iterations\":2,\"keep\":0.5,\"behaviors\":[],"
                + "\"popularityExponent\":0,\"relaxation\":1,\"tolerance\":0,\"warmStart\":false,\"adagrad\":{\"learningRate\":0.05,"
                + "\"batchSize\":512,\"transferPenalty\":0,\"transfer\":true,\"multiTask\":true},"
                + "\"tuning\":{\"seconds\":1,\"metric\":\"ndcg@10\",\"factors\":[]},"
                + "\"tune\":false,\"holdout\":false}'::jsonb AS parameters) p");
        Integer id = jdbc.queryForObject("SELECT max(id) FROM training_run", Integer.class);
        JsonNode run = api.awaitEnd(RUNS + "/" + id);
        assertThat(run.path("status").asString("")).isEqualTo("FAILED");
        assertThat(run.path("error").asString("")).startsWith("Given up");
    }

    /** A card that fails in the middle of a run leaves points that the processor's shorter run does not come to. */
    @Test
    void aCurveThatBeginsAnewHasNothingOfTheOneBefore() {
        UUID worker = UUID.randomUUID();
        jdbc.update(
                "INSERT INTO training_run (status, trigger, parameters, created_at, heartbeat_at, attempts, worker)"
                        + " VALUES ('RUNNING', 'MANUAL', '{}', now(), now(), 1, ?)",
                worker);
        long id = jdbc.queryForObject("SELECT max(id) FROM training_run", Long.class);
        curve.keep(id, worker, points(5, 0.5));
        assertThat(curve.of(id)).hasSize(5);
        curve.keep(id, UUID.randomUUID(), points(1, 0.25));
        assertThat(curve.of(id)).as("somebody else's run").hasSize(5);
        curve.keep(id, worker, points(2, 0.25));
        assertThat(curve.of(id)).extracting(Curve.Point::loss).containsExactly(0.25, 0.25);
        jdbc.update("UPDATE training_run SET status = 'CANCELED', worker = NULL WHERE id = ?", id);
    }

    private static Queue<Curve.Point> points(int count, double loss) {
        return IntStream.rangeClosed(1, count)
                .mapToObj(i -> new Curve.Point(i, loss, null))
                .collect(Collectors.toCollection(ArrayDeque::new));
    }

    @Test
    void withoutPurchasesARunFailsAndSaysWhy() {
        api.importCsv("userId,itemId,behavior\nu,i,view\n").expect(200);
        JsonNode run = api.train("{\"holdout\":false}");
        assertThat(run.path("status").asString("")).isEqualTo("FAILED");
        assertThat(run.path("error").asString("")).startsWith("There are no purchase events to learn from");
    }

    @Test
    void tuningWithoutAnythingToMeasureFailsAndSaysWhy() {
        api.importCsv("""
                        userId,itemId,behavior,occurredAt
                        u,i,purchase,2026-05-04T10:00:00Z
                        u,j,purchase,2026-05-04T11:00:00Z
                        """).expect(200);
        JsonNode run = api.train("{\"tune\":true,\"tuning\":{\"seconds\":2}}");
        assertThat(run.path("status").asString("")).isEqualTo("FAILED");
        assertThat(run.path("error").asString("")).startsWith("Tuning needs users with at least three target events");
    }

    @ParameterizedTest
    @ValueSource(strings = {"exact", "adagrad"})
    void oneUserAndOneItemAreEnough(String solver) {
        api.importCsv("userId,itemId,behavior\nu,i,purchase\n").expect(200);
        JsonNode run = api.train("{\"iterations\":20,\"solver\":\"" + solver + "\"}");
        assertThat(run.path("status").asString("")).as(run.toString()).isEqualTo("SUCCEEDED");
        run = api.train("{\"holdout\":false,\"iterations\":20,\"solver\":\"" + solver + "\"}");
        assertThat(run.path("status").asString("")).as(run.toString()).isEqualTo("SUCCEEDED");
        api.awaitServed(run.path("modelVersion").asInt());
        JsonNode answer = api.get("/api/v1/users/u/recommendations?exclude=").json();
        assertThat(answer.path("source").asString("")).isEqualTo("trained");
        assertThat(answer.at("/items/0/score").asDouble(Double.NaN)).isFinite();
    }

    /** Trials can be seen while the run goes on, the winner is trained with and becomes what later runs start from. */
    @Test
    void aSearchIsRecordedAndItsWinnerBecomesTheDefault() {
        TwoTastes.importInto(api, 150);
        StringBuilder more = new StringBuilder("userId,itemId,behavior,occurredAt\n");
        for (int u = 0; u < 150; u++) {
            for (int i = 0; i < 3; i++) {
                more.append("u%d,i%d,purchase,2026-06-04T10:00:0%dZ\n".formatted(u, u % 2 * 20 + (u + 7 * i) % 20, i));
            }
        }
        api.importCsv(more.toString()).expect(200);
        String location = api.post(
                        RUNS,
                        "{\"tune\":true,\"factors\":8,\"iterations\":6,"
                                + "\"tuning\":{\"seconds\":3,\"metric\":\"hitRatio@10\",\"factors\":[4,8]}}")
                .expect(202)
                .response()
                .headers()
                .firstValue("Location")
                .orElseThrow();
        await().until(
                        () -> api.get(location).json(),
                        early -> !early.at("/tuning/trials").isEmpty()
                                && early.at("/progress/phase").asString("").equals("tune")
                                && early.path("status").asString("").equals("RUNNING"));
        JsonNode run = api.awaitEnd(location);
        assertThat(run.path("status").asString("")).as(run.toString()).isEqualTo("SUCCEEDED");
        double best = 0;
        for (JsonNode trial : run.at("/tuning/trials")) {
            best = Math.max(best, trial.path("value").asDouble(0));
            assertThat(trial.at("/metrics/hitRatio/10").asDouble())
                    .isEqualTo(trial.path("value").asDouble());
            assertThat(trial.path("seconds").asDouble()).isPositive();
        }
        JsonNode winner = run.at("/tuning/winner");
        double found = best;
        assertThat(run.at("/tuning/trials"))
                .anySatisfy(
                        trial -> assertThat(trial.at("/parameters/behaviors")).isEqualTo(winner.path("behaviors")))
                .anySatisfy(trial -> assertThat(trial.path("value").asDouble()).isEqualTo(found));
        assertThat(run.at("/progress/iterations")).isEqualTo(winner.path("iterations"));
        JsonNode model = api.get(
                        "/api/v1/admin/models/" + run.path("modelVersion").asInt())
                .json();
        assertThat(model.at("/parameters/behaviors")).isEqualTo(winner.path("behaviors"));
        JsonNode next = api.train("{\"iterations\":2}");
        assertThat(next.at("/parameters/behaviors")).isEqualTo(winner.path("behaviors"));
        assertThat(next.at("/parameters/keep")).isEqualTo(winner.path("keep"));
        assertThat(next.at("/parameters/factors")).isEqualTo(winner.path("factors"));
        assertThat(next.at("/parameters/tune").asBoolean()).isFalse();
        assertThat(next.has("tuning")).isFalse();
        JsonNode search = api.post(RUNS, "{\"tune\":true}").expect(202).json();
        assertThat(search.at("/parameters/keep")).isEqualTo(winner.path("keep"));
        assertThat(search.at("/parameters/factors").asInt())
                .as("a search starts at the configured size, or one after the other would grow")
                .isEqualTo(64);
        api.delete(RUNS + "/" + search.path("id").asInt()).expect(200);
        jdbc.update("UPDATE training_run SET winner = jsonb_set(winner, '{behaviors}', (winner->'behaviors') - 0)"
                + " WHERE winner IS NOT NULL");
        assertThat(api.train("{\"iterations\":1}").at("/parameters/behaviors"))
                .as("a behavior that was added since is learned from")
                .hasSize(3);
        // The other tests begin with the configured parameters.
        jdbc.update("UPDATE training_run SET winner = NULL");
    }

    @Test
    void aWarmStartGoesOnFromTheActiveModel() {
        TwoTastes.importInto(api, 150);
        JsonNode cold = api.train("{\"factors\":8,\"iterations\":12,\"holdout\":false}");
        api.importCsv("userId,itemId,behavior\nnewcomer,i1,purchase\nnewcomer,new-item,purchase\n")
                .expect(200);
        String settings = "{\"factors\":8,\"iterations\":1,\"holdout\":false,\"warmStart\":";
        JsonNode warm = api.train(settings + "true}");
        JsonNode again = api.train(settings + "false}");
        double warmLoss = warm.at("/progress/loss").asDouble();
        assertThat(warmLoss).isLessThan(again.at("/progress/loss").asDouble());
        assertThat(warmLoss).isCloseTo(cold.at("/progress/loss").asDouble(), within(5.0));
        // With other factors there is nothing to go on from; the run is a cold one.
        assertThat(api.train("{\"factors\":4,\"iterations\":1,\"warmStart\":true}")
                        .path("status")
                        .asString(""))
                .isEqualTo("SUCCEEDED");
    }

    @Test
    void theScheduleSkipsWhenNothingIsNew() {
        TwoTastes.importInto(api, 60);
        api.train(QUICK);
        int before = api.get(RUNS).json().size();
        runs.requestScheduled(false);
        assertThat(api.get(RUNS).json()).hasSize(before);
        api.post("/api/v1/events", "{\"userId\":\"u1\",\"itemId\":\"i1\",\"behavior\":\"view\"}")
                .expect(200);
        runs.requestScheduled(false);
        JsonNode scheduled = api.get(RUNS).json().get(0);
        assertThat(scheduled.path("trigger").asString("")).isEqualTo("SCHEDULE");
        assertThat(api.awaitEnd(RUNS + "/" + scheduled.path("id").asInt())
                        .path("status")
                        .asString(""))
                .isEqualTo("SUCCEEDED");
    }
}
