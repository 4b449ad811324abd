package io.wholecart.security;

import static org.assertj.core.api.Assertions.assertThat;

import io.wholecart.support.Api;
import io.wholecart.support.WithKeys;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.test.web.server.LocalServerPort;

@WithKeys
class SecurityTest {

    private static final String EVENT = "{\"userId\":\"u\",\"itemId\":\"i\",\"behavior\":\"view\"}";

    @LocalServerPort
    private int port;

    private int status(String method, String path, String key) {
        Api api = Api.at(port).withKey(key);
        return method.equals("POST")
                ? api.post(path, EVENT).status()
                : api.get(path).status();
    }

    @ParameterizedTest
    @CsvSource({
        "POST,/api/v1/events,in-1",
        "POST,/api/v1/events,in-2",
        "GET,/api/v1/users/u/recommendations,out",
        "GET,/api/v1/users/u/events,out",
        "GET,/api/v1/admin/models," + Api.ADMIN_KEY,
        "GET,/api/v1/admin/training-runs," + Api.ADMIN_KEY,
        "POST,/api/v1/events," + Api.ADMIN_KEY,
    })
    void theRightKeyOpensAndNoKeyOrAWrongOneDoesNot(String method, String path, String key) {
        assertThat(status(method, path, key)).isEqualTo(200);
        assertThat(status(method, path, null)).isEqualTo(401);
        assertThat(status(method, path, "guess")).isEqualTo(401);
        String other = key.equals("out") ? "in-1" : "out";
        assertThat(status(method, path, other)).isEqualTo(403);
    }

    @Test
    void aRefusalIsAProblemDetailThatTellsNothing() {
        Api.Answer answer =
                Api.at(port).withKey(null).get("/api/v1/admin/models").expect(401);
        assertThat(answer.response().headers().firstValue("Content-Type")).hasValue("application/problem+json");
        assertThat(answer.json().path("code").asString("")).isEqualTo("unauthorized");
        assertThat(answer.response().body()).doesNotContain(Api.ADMIN_KEY);
    }

    /** Refused for what they say, not for who says it. */
    @ParameterizedTest
    @CsvSource({
        "/api/v1/recommendations,out,in-1",
        "/api/v1/recommendations/batch,out,in-1",
        "/api/v1/items,in-1,out",
        "/api/v1/admin/training-runs," + Api.ADMIN_KEY + ",out"
    })
    void postsNeedTheirScope(String path, String key, String other) {
        assertThat(status("POST", path, key)).isEqualTo(400);
        assertThat(status("POST", path, null)).isEqualTo(401);
        assertThat(status("POST", path, other)).isEqualTo(403);
        Api.at(port).withKey("out").delete("/api/v1/items/x").expect(403);
        Api.at(port).withKey("in-1").delete("/api/v1/items/x").expect(404);
    }

    @Test
    void healthAndMetricsAreOpen() {
        Api nobody = Api.at(port).withKey(null);
        nobody.get("/actuator/health/readiness").expect(200);
        nobody.get("/actuator/health/liveness").expect(200);
        assertThat(nobody.get("/actuator/prometheus").expect(200).response().body())
                .contains("wholecart_model_version", "wholecart_ingest_seconds");
        nobody.get("/actuator/env").expect(404);
    }
}
