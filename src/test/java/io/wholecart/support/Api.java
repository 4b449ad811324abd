package io.wholecart.support;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A caller of the service, as a shop's backend would be: plain HTTP. */
public final class Api {

    public static final String ADMIN_KEY = "test-admin-key";

    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final HttpClient CLIENT = HttpClient.newHttpClient();
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final String base;
    private final String key;

    private Api(String base, String key) {
        this.base = base;
        this.key = key;
    }

    /** A caller with the admin key. */
    public static Api at(int port) {
        return new Api("http://localhost:" + port, ADMIN_KEY);
    }

    public Api withKey(String other) {
        return new Api(base, other);
    }

    /** Status, headers and JSON of an answer. */
    public record Answer(int status, HttpResponse<String> response, JsonNode json) {

        public Answer expect(int expected) {
            assertThat(status).as(response.body()).isEqualTo(expected);
            return this;
        }

        /** A problem detail's {@code errors}, one line each. */
        public List<String> errors() {
            List<String> lines = new ArrayList<>();
            for (JsonNode error : json.path("errors")) {
                String where = error.has("index") ? "[" + error.get("index").asInt() + "] " : "";
                where += error.has("line") ? "line " + error.get("line").asInt() + " " : "";
                lines.add(where + error.path("field").asString("") + ": "
                        + error.path("message").asString(""));
            }
            return lines;
        }
    }

    public Answer get(String path) {
        return exchange("GET", path, null, null);
    }

    /** With names and values of headers in turn. */
    public Answer get(String path, String... headers) {
        return exchange("GET", path, null, null, headers);
    }

    public Answer delete(String path) {
        return exchange("DELETE", path, null, null);
    }

    public Answer post(String path) {
        return exchange("POST", path, null, null);
    }

    public Answer post(String path, String json) {
        return exchange("POST", path, "application/json", json.getBytes(StandardCharsets.UTF_8));
    }

    public Answer put(String path, String json) {
        return exchange("PUT", path, "application/json", json.getBytes(StandardCharsets.UTF_8));
    }

    public Answer importCsv(String csv) {
        return importBytes("text/csv", csv.getBytes(StandardCharsets.UTF_8));
    }

    public Answer importBytes(String type, byte[] body) {
        return importBytes("", type, body);
    }

    public Answer importBytes(String query, String type, byte[] body) {
        return exchange("POST", "/api/v1/events/import" + query, type, body);
    }

    /** Starts a run with these parameters and waits until it has ended; answers how. */
    public JsonNode train(String parameters) {
        Answer accepted = post("/api/v1/admin/training-runs", parameters).expect(202);
        String location = accepted.response().headers().firstValue("Location").orElseThrow();
        return awaitEnd(location);
    }

    public JsonNode awaitEnd(String location) {
        return await().atMost(Duration.ofMinutes(3))
                .pollInterval(Duration.ofMillis(100))
                .until(
                        () -> get(location).json(),
                        run -> !List.of("QUEUED", "RUNNING")
                                .contains(run.path("status").asString("")));
    }

    /** Waits until recommendations come from this model version. */
    public void awaitServed(int version) {
        await().atMost(Duration.ofSeconds(20))
                .until(() -> get("/api/v1/users/anybody/recommendations")
                                .json()
                                .path("modelVersion")
                                .asInt(0)
                        == version);
    }

    /** Ids of an answer's items, in their order. */
    public static List<String> ids(JsonNode answer) {
        List<String> ids = new ArrayList<>();
        answer.path("items").forEach(item -> ids.add(item.path("itemId").asString("")));
        return ids;
    }

    /** Any method; the body may be null. */
    public Answer send(String method, String path, String type, String body) {
        return exchange(method, path, type, body == null ? null : body.getBytes(StandardCharsets.UTF_8));
    }

    private Answer exchange(String method, String path, String type, byte[] body, String... headers) {
        try {
            return attempt(method, path, type, body, headers);
        } catch (IOException e) {
            throw new AssertionError(method + " " + path, e);
        }
    }

    /**
     * For callers of a service that may be dead or dying.
     *
     * @throws IOException when no whole answer comes within {@link #PATIENCE}
     */
    public Answer attempt(String method, String path, String type, byte[] body, String... headers) throws IOException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(base + path))
                .timeout(PATIENCE)
                .method(
                        method,
                        body == null
                                ? HttpRequest.BodyPublishers.noBody()
                                : HttpRequest.BodyPublishers.ofByteArray(body));
        if (type != null) {
            request.header("Content-Type", type);
        }
        if (key != null) {
            request.header("X-API-Key", key);
        }
        if (headers.length > 0) {
            request.headers(headers);
        }
        try {
            HttpResponse<String> response = CLIENT.send(request.build(), HttpResponse.BodyHandlers.ofString());
            boolean json =
                    response.headers().firstValue("Content-Type").orElse("").matches("application/(problem\\+)?json.*");
            Answer answer = new Answer(response.statusCode(), response, JSON.readTree(json ? response.body() : "null"));
            assertThat(Problem.flaws(answer))
                    .as(method + " " + path + ": " + response.body())
                    .isEmpty();
            return answer;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }
}
