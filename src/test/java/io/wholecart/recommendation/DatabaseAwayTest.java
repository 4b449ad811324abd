package io.wholecart.recommendation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.wholecart.support.Api;
import io.wholecart.support.TwoTastes;
import io.wholecart.support.WholecartTest;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.core.env.Environment;
import org.springframework.test.context.TestPropertySource;

@WholecartTest
@TestPropertySource(properties = "spring.datasource.hikari.connection-timeout=1000")
class DatabaseAwayTest {

    @LocalServerPort
    private int port;

    @Autowired
    private Environment environment;

    /** Nobody but the caller gets in any more, or everybody does again. */
    private void open(boolean open) throws SQLException {
        String url = environment.getRequiredProperty("spring.datasource.url");
        int slash = url.lastIndexOf('/') + 1;
        String name = url.substring(slash);
        try (Connection connection = DriverManager.getConnection(
                        url.substring(0, slash) + "postgres",
                        environment.getRequiredProperty("spring.datasource.username"),
                        environment.getProperty("spring.datasource.password", ""));
                Statement statement = connection.createStatement()) {
            statement.execute("ALTER DATABASE " + name + " ALLOW_CONNECTIONS " + open);
            if (!open) {
                statement.execute(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '" + name + "'");
            }
        }
    }

    private static Optional<String> degraded(Api.Answer answer) {
        return answer.response().headers().firstValue("X-Wholecart-Degraded");
    }

    @Test
    void knownUsersAreAnsweredAllTheWhile() throws SQLException {
        Api api = Api.at(port);
        TwoTastes.importInto(api, 60);
        api.awaitServed(api.train("{\"factors\":8,\"iterations\":3}")
                .path("modelVersion")
                .asInt());
        Api.Answer before = api.get("/api/v1/users/u4/recommendations?exclude=");
        assertThat(degraded(before)).isEmpty();
        api.delete("/api/v1/users/u7").expect(204);
        List<String> tried = IntStream.range(0, 200)
                .mapToObj(i -> "u" + i % 60)
                .filter(user -> !user.equals("u7"))
                .toList();
        try {
            open(false);
            assertThat(api.get("/api/v1/users/u7/recommendations")
                            .json()
                            .path("source")
                            .asString(""))
                    .as("erased a moment before")
                    .isEqualTo("popular");
            long started = System.nanoTime();
            for (String user : tried) {
                Api.Answer answer =
                        api.get("/api/v1/users/" + user + "/recommendations").expect(200);
                assertThat(degraded(answer)).hasValue("history");
                assertThat(answer.json().path("source").asString("")).isEqualTo("trained");
                assertThat(answer.json().path("items")).isNotEmpty();
            }
            assertThat(Duration.ofNanos(System.nanoTime() - started))
                    .as("not every request waits for the database")
                    .isLessThan(Duration.ofSeconds(20));
            Api.Answer same = api.get("/api/v1/users/u4/recommendations?exclude=");
            assertThat(same.json().path("items")).isEqualTo(before.json().path("items"));
            assertThat(degraded(api.get("/api/v1/items/i3/similar").expect(200)))
                    .hasValue("catalog");
            assertThat(degraded(api.get("/api/v1/items/popular").expect(200))).hasValue("catalog");
            api.get("/api/v1/users/u4/recommendations/i3/explanation").expect(503);
            api.post("/api/v1/events", "{\"userId\":\"u4\",\"itemId\":\"i3\",\"behavior\":\"view\"}")
                    .expect(503);
        } finally {
            open(true);
        }
        await().atMost(Duration.ofSeconds(20))
                .until(() ->
                        degraded(api.get("/api/v1/users/u4/recommendations")).isEmpty());
        assertThat(degraded(api.get("/api/v1/items/popular").expect(200))).isEmpty();
    }
}
