package io.wholecart.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import io.wholecart.support.Api;
import io.wholecart.support.Problem;
import io.wholecart.support.RawHttp;
import io.wholecart.support.WithKeys;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Sends requests that mean no good: none may bring about an error of ours, hold the service up, or learn anything of it.
 * {@code -Dwholecart.hostile.requests=10000} sends more, {@code -Dwholecart.hostile.seed=…} others.
 */
@WithKeys
class HostileRequestsTest {

    private static final Logger log = LoggerFactory.getLogger(HostileRequestsTest.class);
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final int REQUESTS = Integer.getInteger("wholecart.hostile.requests", 400);
    private static final long FIRST_SEED = Long.getLong("wholecart.hostile.seed", 1);
    private static final String RUNS = "/api/v1/admin/training-runs";

    @LocalServerPort
    private int port;

    /** Some of them are good requests after all. */
    @AfterEach
    void noRunGoesOn() {
        Api admin = Api.at(port);
        for (JsonNode run : admin.get(RUNS).json()) {
            if (run.path("finishedAt").isNull()) {
                admin.delete(RUNS + "/" + run.path("id").asLong());
            }
        }
    }

    @Test
    void noneDoesHarm() {
        HostileRequests requests = new HostileRequests(
                Api.at(port).get("/v3/api-docs").json(), Api.ADMIN_KEY, WithKeys.INGEST, WithKeys.READ, "unknown");
        TreeMap<Integer, Integer> statuses = new TreeMap<>();
        List<String> harm = new ArrayList<>();
        for (long seed = FIRST_SEED; seed < FIRST_SEED + REQUESTS; seed++) {
            byte[] request = requests.request(seed);
            RawHttp.Answer answer = RawHttp.send(port, request);
            statuses.merge(answer.status(), 1, Integer::sum);
            for (String flaw : flaws(answer, request)) {
                harm.add("seed " + seed + " " + flaw + ": " + escaped(request) + " -> " + answer);
            }
            if (seed % 100 == 0) {
                noRunGoesOn();
            }
        }
        log.info("{} hostile requests from seed {} on, by status: {}", REQUESTS, FIRST_SEED, statuses);
        assertThat(harm).isEmpty();
        assertThat(statuses.keySet()).as("good ones are among them").contains(200, 400, 401, 403, 404);
        Api.at(port).withKey(null).get("/actuator/health/readiness").expect(200);
    }

    /** What did harm once: src/test/resources/hostile-requests.txt, a request a line, escaped as {@link #escaped} does. */
    @Test
    void norDoesAnyThatDidOnce() throws IOException {
        List<String> lines = Files.readAllLines(Path.of("src/test/resources/hostile-requests.txt"));
        assertThat(lines).isNotEmpty().allSatisfy(line -> {
            byte[] request = line.translateEscapes().getBytes(StandardCharsets.ISO_8859_1);
            assertThat(flaws(RawHttp.send(port, request), request)).as(line).isEmpty();
        });
    }

    private static List<String> flaws(RawHttp.Answer answer, byte[] request) {
        int status = answer.status();
        if (answer.hung()) {
            return List.of("hangs");
        }
        // Not spoken to in HTTP as we know it: 501 and 505 are the words for that.
        boolean ours = status >= 500 && status != 501 && status != 505;
        boolean comeAgain = status == 503 && answer.headers().containsKey("retry-after");
        if (ours && !comeAgain) {
            return List.of("is answered " + status);
        }
        boolean bodiless = new String(request, StandardCharsets.ISO_8859_1).startsWith("HEAD ");
        if (status < 400 || bodiless) {
            return List.of();
        }
        try {
            return Problem.flaws(
                    status,
                    answer.headers().getOrDefault("content-type", "none"),
                    answer.headers().getOrDefault("x-request-id", "none"),
                    JSON.readTree(answer.body()));
        } catch (JacksonException e) {
            return List.of("is no JSON");
        }
    }

    /** In one line, for a string literal or the file of those that did harm. */
    private static String escaped(byte[] request) {
        StringBuilder text = new StringBuilder();
        for (byte one : request) {
            int c = one & 0xff;
            switch (c) {
                case '\r' -> text.append("\\r");
                case '\n' -> text.append("\\n");
                case '\\' -> text.append("\\\\");
                default -> text.append(c >= 32 && c < 127 ? String.valueOf((char) c) : "\\%03o".formatted(c));
            }
        }
        return text.toString();
    }
}
