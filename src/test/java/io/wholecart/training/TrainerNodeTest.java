package io.wholecart.training;

import io.wholecart.support.Api;
import io.wholecart.support.WholecartTest;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.context.TestPropertySource;

@WholecartTest
@TestPropertySource(properties = "wholecart.roles=trainer")
class TrainerNodeTest {

    @LocalServerPort
    private int port;

    @Test
    void aNodeThatOnlyTrainsAnswersNothingButItsHealthAndMetrics() {
        Api api = Api.at(port);
        api.get("/actuator/health/readiness").expect(200);
        api.get("/actuator/prometheus").expect(200);
        api.get("/api/v1/users/u/recommendations").expect(404);
        api.get("/api/v1/admin/training-runs").expect(404);
        api.post("/api/v1/events", "[]").expect(404);
    }
}
