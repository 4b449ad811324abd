package io.wholecart;

import static org.assertj.core.api.Assertions.assertThat;

import io.wholecart.support.Api;
import io.wholecart.support.HttpExamples;
import io.wholecart.support.Schemas;
import io.wholecart.support.ServiceTest;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Sends every request of http-examples, file by file in their order, and holds the answers against the OpenAPI document. */
class HttpExamplesTest extends ServiceTest {

    private static final List<String> ORDER =
            List.of("events.http", "items.http", "admin.http", "recommendations.http", "service.http");
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final HttpClient client = HttpClient.newHttpClient();
    /** What the reader of the examples puts in by hand. */
    private final Map<String, String> own = new HashMap<>();

    private final Set<String> covered = new TreeSet<>();
    private final List<String> wrong = new ArrayList<>();
    private JsonNode document;
    private Schemas schemas;

    @Test
    void allAreAnsweredAsTheySayAndNoEndpointIsLeftOut() throws Exception {
        assertThat(Arrays.stream(Path.of("http-examples").toFile().list()).sorted())
                .containsExactlyElementsOf(ORDER.stream().sorted().toList());
        document = api.get("/v3/api-docs").expect(200).json();
        schemas = new Schemas(document);
        own.put("host", "http://localhost:" + port);
        own.put("adminKey", Api.ADMIN_KEY);
        aShopLikeTheDemo();
        for (String file : ORDER) {
            HttpExamples examples = HttpExamples.read(Path.of("http-examples", file));
            for (HttpExamples.Example example : examples.examples()) {
                send(examples, example);
            }
        }
        assertThat(wrong).isEmpty();
        Set<String> all = new TreeSet<>();
        document.path("paths")
                .properties()
                .forEach(path -> path.getValue()
                        .propertyNames()
                        .forEach(method -> all.add(method.toUpperCase(Locale.ROOT) + " " + path.getKey())));
        assertThat(covered).containsAll(all);
        assertThat(covered).contains("GET /actuator/prometheus", "GET /actuator/health/readiness");
    }

    /** Its names, so that the examples find what they ask for. */
    private void aShopLikeTheDemo() {
        StringBuilder csv = new StringBuilder("userId,itemId,behavior,occurredAt\n");
        String[] items = {
            "classic-headset", "nordic-headset", "classic-mouse", "classic-teapot", "classic-gaiwan", "road-helmet"
        };
        for (int user = 0; user < 60; user++) {
            for (int i = 0; i < 4; i++) {
                String item = items[(user * 7 + i * i) % items.length];
                String behavior =
                        List.of("view", "cart", "purchase", "purchase").get(i);
                csv.append("shopper-%04d,%s,%s,2026-05-04T10:00:%02dZ%n".formatted(user, item, behavior, i));
            }
        }
        api.importCsv(csv.toString().replace("\r", "")).expect(200);
    }

    private void send(HttpExamples file, HttpExamples.Example example) throws Exception {
        String name = file.file() + ": " + example.method() + " " + example.url();
        URI uri = URI.create(fill(file, example.url()));
        HttpRequest.Builder request = HttpRequest.newBuilder(uri)
                .timeout(Duration.ofSeconds(60))
                .method(
                        example.method(),
                        example.body() == null
                                ? HttpRequest.BodyPublishers.noBody()
                                : HttpRequest.BodyPublishers.ofString(fill(file, example.body())));
        example.headers().forEach((header, value) -> request.header(header, fill(file, value)));
        HttpResponse<String> answer = client.send(request.build(), HttpResponse.BodyHandlers.ofString());
        if (example.expected().isEmpty() || !example.expected().contains(answer.statusCode())) {
            wrong.add(name + " expects " + example.expected() + ", got " + answer.statusCode() + " " + answer.body());
        }
        remember(answer);
        String path = template(uri.getPath());
        covered.add(example.method() + " " + path);
        if (path.startsWith("/api/")) {
            check(name, path, example, answer);
        }
    }

    private String fill(HttpExamples file, String text) {
        return HttpExamples.resolve(
                text, variable -> own.getOrDefault(variable, file.variables().get(variable)));
    }

    /** The run and the model that the next requests ask for. */
    private void remember(HttpResponse<String> answer) {
        answer.headers()
                .firstValue("Location")
                .filter(place -> place.startsWith(RUNS))
                .ifPresent(place -> own.put("run", place.substring(RUNS.length() + 1)));
        JsonNode newest = api.get("/api/v1/admin/models").json().path(0).path("version");
        if (newest.isInt()) {
            own.put("model", newest.asString());
        }
    }

    private String template(String path) {
        return document.path("paths").propertyNames().stream()
                .sorted((a, b) -> Boolean.compare(a.contains("{"), b.contains("{")))
                .filter(template -> path.matches(template.replaceAll("\\{[a-zA-Z]+}", "[^/]+")))
                .findFirst()
                .orElse(path);
    }

    private void check(String name, String path, HttpExamples.Example example, HttpResponse<String> answer) {
        JsonNode response = schemas.resolve(document.path("paths")
                .path(path)
                .path(example.method().toLowerCase(Locale.ROOT))
                .path("responses")
                .path(String.valueOf(answer.statusCode())));
        String type = answer.headers().firstValue("Content-Type").orElse("").replaceFirst(";.*", "");
        if (response.isMissingNode()
                || (!type.isEmpty() && !response.path("content").has(type))) {
            wrong.add(name + " answers " + answer.statusCode() + " " + type + ", which the document does not tell of");
            return;
        }
        JsonNode schema = response.path("content").path(type).path("schema");
        List<String> bodies = switch (type) {
            case "application/json", "application/problem+json" -> List.of(answer.body());
            case "application/x-ndjson" -> answer.body().lines().toList();
            default -> List.<String>of();
        };
        for (String body : bodies) {
            schemas.flaws(JSON.readTree(body), schema).forEach(flaw -> wrong.add(name + " answers" + flaw));
        }
    }
}
