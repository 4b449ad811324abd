package io.wholecart.recommendation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.wholecart.support.Api;
import io.wholecart.support.ServiceTest;
import io.wholecart.support.TwoTastes;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** A version that cannot be served is told of, and what was served before it is served on. */
class DamagedModelTest extends ServiceTest {

    private int good;
    private int bad;

    @BeforeEach
    void twoVersions() {
        TwoTastes.importInto(api, 40);
        good = api.train(QUICK).path("modelVersion").asInt();
        bad = api.train(QUICK).path("modelVersion").asInt();
        // Not before: a node that is about to take it up would do so behind our back.
        api.awaitServed(bad);
        activate(good).expect(200);
        api.awaitServed(good);
    }

    @AfterEach
    void nothingActive() {
        jdbc.execute("TRUNCATE model_chunk, model");
    }

    private Api.Answer activate(int version) {
        return api.post("/api/v1/admin/models/" + version + "/activate");
    }

    /** As if it had been damaged since. */
    private void activateUnasked(int version) {
        jdbc.update("UPDATE model SET active = false WHERE active");
        jdbc.update("UPDATE model SET active = true, activated_at = now() WHERE version = ?", version);
    }

    /** Twice is as before. */
    private void flipABit() {
        jdbc.update(
                "UPDATE model_chunk SET content = set_byte(content, 77, get_byte(content, 77) # 4) WHERE version = ?",
                bad);
    }

    private JsonNode model() {
        return api.withKey(null)
                .get("/actuator/health/readiness", "Accept", "application/json")
                .expect(200)
                .json()
                .path("components")
                .path("model");
    }

    private void awaitRefused(String reason) {
        await().atMost(Duration.ofSeconds(20))
                .until(() -> model().path("details").path("refused").asInt(0) == bad);
        assertThat(model().path("status").asString("")).isEqualTo("DEGRADED");
        assertThat(model().path("details").path("serving").asInt()).isEqualTo(good);
        assertThat(model().path("details").path("reason").asString("")).isEqualTo(reason);
        assertThat(api.get("/actuator/prometheus").response().body())
                .contains("wholecart_model_refused{reason=\"" + reason + "\"} " + bad + ".0");
        api.awaitServed(good);
    }

    @Test
    void aDamagedVersionIsRefusedUntilItIsMended() {
        flipABit();
        assertThat(activate(bad).expect(409).json().path("code").asString("")).isEqualTo("modelDamaged");
        assertThat(model().path("status").asString("")).isEqualTo("UP");
        activateUnasked(bad);
        awaitRefused("unreadable");
        flipABit();
        api.awaitServed(bad);
        await().atMost(Duration.ofSeconds(5))
                .until(() -> model().path("status").asString("").equals("UP"));
        assertThat(api.get("/actuator/prometheus").response().body())
                .contains("wholecart_model_refused{reason=\"unreadable\"} 0.0");
    }

    @Test
    void aVersionThatDoesNotFitIsRefusedBeforeItIsRead() {
        jdbc.update("UPDATE model SET users = 100000000, bytes = 40000000000 WHERE version = ?", bad);
        activateUnasked(bad);
        awaitRefused("memory");
        assertThat(model().path("details").path("message").asString(""))
                .contains("MB of heap")
                .contains("raise -Xmx");
        activate(good).expect(200);
        await().atMost(Duration.ofSeconds(5))
                .until(() -> model().path("status").asString("").equals("UP"));
    }

    @Test
    void numbersThatCannotBeTrueAreNotBelieved() {
        jdbc.update("UPDATE model SET users = 2000000000 WHERE version = ?", bad);
        activateUnasked(bad);
        awaitRefused("unreadable");
    }
}
