package io.wholecart.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.wholecart.support.Api;
import io.wholecart.support.ServiceTest;
import io.wholecart.support.TwoTastes;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import tools.jackson.databind.JsonNode;

/** Who works on which run, and when. */
class TrainingQueueTest extends ServiceTest {

    @Autowired
    private TrainingRuns runs;

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
                + "\"tune\":false,\"holdout\":false}'::jsonb AS parameters) p");
        Integer id = jdbc.queryForObject("SELECT max(id) FROM training_run", Integer.class);
        JsonNode run = api.awaitEnd(RUNS + "/" + id);
        assertThat(run.path("status").asString("")).isEqualTo("FAILED");
        assertThat(run.path("error").asString("")).startsWith("Given up");
    }

    @Test
    void withoutPurchasesARunFailsAndSaysWhy() {
        api.importCsv("userId,itemId,behavior\nu,i,view\n").expect(200);
        JsonNode run = api.train("{\"holdout\":false}");
        assertThat(run.path("status").asString("")).isEqualTo("FAILED");
        assertThat(run.path("error").asString("")).isEqualTo("There are no purchase events to learn from.");
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
