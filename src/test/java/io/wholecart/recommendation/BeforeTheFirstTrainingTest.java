package io.wholecart.recommendation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import io.wholecart.support.Api;
import io.wholecart.support.WholecartTest;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.context.TestPropertySource;
import tools.jackson.databind.JsonNode;

@WholecartTest
@TestPropertySource(properties = "wholecart.roles=api")
class BeforeTheFirstTrainingTest {

    @LocalServerPort
    private int port;

    @Test
    void whatMostUsersTouchIsRecommendedWithoutAModel() {
        Api api = Api.at(port);
        assertThat(api.get("/api/v1/users/a/recommendations").expect(200).json().path("items"))
                .isEmpty();
        api.importCsv("userId,itemId,behavior\na,x,purchase\nb,x,purchase\nb,y,purchase\nb,z,view\n")
                .expect(200);
        JsonNode answer = await().atMost(Duration.ofSeconds(20))
                .until(
                        () -> api.get("/api/v1/users/c/recommendations").json(),
                        json -> !json.path("items").isEmpty());
        assertThat(answer.path("modelVersion").isNull()).isTrue();
        assertThat(answer.path("source").asString("")).isEqualTo("popular");
        assertThat(Api.ids(answer)).containsExactly("x", "y", "z");
        double[] scores = {8, 4, 1};
        for (int i = 0; i < 3; i++) {
            assertThat(answer.at("/items/" + i + "/score").asDouble()).isCloseTo(scores[i], within(1e-3));
        }
        assertThat(api.get("/api/v1/users/a/recommendations").json().path("items"))
                .as("the own purchase is left out")
                .hasSize(2);
    }

    @Test
    void aNodeThatIsNoTrainerLeavesARunQueued() {
        Api api = Api.at(port);
        api.post("/api/v1/admin/training-runs").expect(202);
        await().during(Duration.ofSeconds(2))
                .until(() -> api.get("/api/v1/admin/training-runs/1")
                        .json()
                        .path("status")
                        .asString("")
                        .equals("QUEUED"));
    }
}
