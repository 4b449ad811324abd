package io.wholecart.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.wholecart.support.Api;
import io.wholecart.support.ServiceTest;
import java.io.BufferedReader;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.test.context.TestPropertySource;
import tools.jackson.databind.JsonNode;

/** What becomes of a run's model, and of runs that start by themselves. */
@TestPropertySource(
        properties = {
            "wholecart.models.keep=3",
            "wholecart.training.after-events=50",
            "wholecart.training.full-every=3",
            "wholecart.training.factors=8",
            "wholecart.training.iterations=6"
        })
class PromotionTest extends ServiceTest {

    private static final String MODELS = "/api/v1/admin/models";

    @Autowired
    private TrainingRuns runs;

    @BeforeEach
    void aShopOfTenTastes() {
        truncate("training_run CASCADE");
        truncate("model, model_chunk");
        buy(0, 300);
    }

    /** Ten groups of shoppers who buy within their twentieth of 200 items each. */
    private void buy(int from, int to) {
        Random random = new Random(from);
        StringBuilder csv = new StringBuilder("userId,itemId,behavior,occurredAt\n");
        for (int u = from; u < to; u++) {
            for (int i = 0; i < 6; i++) {
                int item = u % 10 * 20 + random.nextInt(20);
                csv.append("u%d,i%d,purchase,2026-05-04T10:00:%02dZ%n".formatted(u, item, i));
            }
        }
        api.importCsv(csv.toString().replace("\r", "")).expect(200);
    }

    private int active() {
        return Stream.of(api.get(MODELS).json())
                .flatMap(list -> list.valueStream())
                .filter(model -> model.path("active").asBoolean())
                .mapToInt(model -> model.path("version").asInt())
                .findFirst()
                .orElse(-1);
    }

    @Test
    void aWorseModelIsHeldBackAndMayBeActivatedByHand() {
        // Within a taste there are twenty items: HR@10 tells a good model from one that knows nothing.
        String good = "{\"factors\":16,\"iterations\":8}";
        int first = api.train(good).path("modelVersion").asInt();
        JsonNode held = api.train("{\"factors\":1,\"iterations\":1,\"keep\":0.01}");
        assertThat(held.path("status").asString("")).isEqualTo("SUCCEEDED");
        assertThat(held.path("gate").asString("")).startsWith("Held back: meanHitRatio@100 is");
        int candidate = held.path("modelVersion").asInt();
        assertThat(active()).isEqualTo(first);
        api.post(MODELS + "/" + candidate + "/activate").expect(200);
        assertThat(active()).isEqualTo(candidate);
        JsonNode better = api.train(good);
        assertThat(better.has("gate")).isFalse();
        assertThat(active()).isEqualTo(better.path("modelVersion").asInt());
        assertThat(better.path("curve")).hasSize(8);
        assertThat(better.at("/curve/7/iteration").asInt()).isEqualTo(8);
        assertThat(better.at("/curve/7/metric").asDouble()).isGreaterThan(0.5);
        assertThat(better.at("/curve/7/loss").asDouble())
                .isEqualTo(better.at("/progress/loss").asDouble());
        assertThat(better.path("timings").propertyNames()).contains("snapshot", "split", "solve", "evaluate", "gate");
    }

    @Test
    void oldVersionsAreTakenAwayButNeverTheActiveOne() {
        String good = "{\"factors\":16,\"iterations\":8}";
        int first = api.train(good).path("modelVersion").asInt();
        for (int i = 0; i < 4; i++) {
            api.train("{\"factors\":1,\"iterations\":1,\"keep\":0.01}");
        }
        List<Integer> versions = api.get(MODELS)
                .json()
                .valueStream()
                .map(model -> model.path("version").asInt())
                .toList();
        assertThat(versions).hasSize(4).contains(first);
        assertThat(active()).isEqualTo(first);
        assertThat(jdbc.queryForList("SELECT DISTINCT version FROM model_chunk", Integer.class))
                .containsExactlyInAnyOrderElementsOf(versions);
    }

    @Test
    void enoughNewEventsStartARunThatGoesOnFromTheActiveModel() {
        await().atMost(Duration.ofSeconds(30)).until(() -> active() > 0);
        JsonNode first = api.get(RUNS).json().get(0);
        assertThat(first.path("trigger").asString("")).isEqualTo("EVENTS");
        assertThat(first.at("/parameters/warmStart").asBoolean()).isFalse();
        runs.requestAfterEvents();
        assertThat(runs.idle()).as("nothing is new").isTrue();
        for (int round = 1; round <= 3; round++) {
            buy(300 * round, 300 * round + 20);
            int before = active();
            await().atMost(Duration.ofSeconds(30)).until(() -> active() > before && runs.idle());
            JsonNode run = api.get(RUNS).json().get(0);
            assertThat(run.at("/parameters/warmStart").asBoolean()).isEqualTo(round < 3);
            assertThat(run.at("/progress/iterations").asInt()).isEqualTo(round < 3 ? 1 : 6);
        }
    }

    @Test
    void aRunThatWasCanceledIsNotAskedForAgain() {
        await().atMost(Duration.ofSeconds(30)).until(() -> active() > 0 && runs.idle());
        jdbc.update("UPDATE training_run SET status = 'FAILED', snapshot_at = NULL, error = 'as a test'");
        int before = api.get(RUNS).json().size();
        runs.requestAfterEvents();
        assertThat(api.get(RUNS).json()).hasSize(before);
    }

    @Test
    void aScheduledRunWithoutNewEventsIsSkipped() {
        api.train("{\"factors\":8,\"iterations\":2}");
        int before = api.get(RUNS).json().size();
        runs.requestScheduled(false);
        assertThat(api.get(RUNS).json()).hasSize(before);
    }

    @Test
    void progressIsAStreamOfEventsThatEndsWithTheRun() throws Exception {
        Api.Answer accepted =
                api.post(RUNS, "{\"factors\":128,\"iterations\":400}").expect(202);
        String location = accepted.response().headers().firstValue("Location").orElseThrow();
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://localhost:" + port + location + "/progress"))
                .header("X-API-Key", Api.ADMIN_KEY)
                .build();
        HttpResponse<InputStream> answer =
                HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofInputStream());
        assertThat(answer.headers().firstValue("Content-Type")).hasValue("text/event-stream");
        List<String> lines;
        try (BufferedReader text = new BufferedReader(new InputStreamReader(answer.body(), StandardCharsets.UTF_8))) {
            String firstEvent = text.readLine();
            assertThat(firstEvent).isEqualTo("event:progress");
            api.delete(location).expect(200);
            lines = text.lines().filter(line -> line.startsWith("data:")).toList();
        }
        assertThat(lines.get(lines.size() - 1)).contains("\"status\":\"CANCELED\"");
        for (int i = 0; i < 120; i++) {
            Api.Answer over = api.get(location + "/progress").expect(200);
            assertThat(over.response().body()).as("a run that has ended").contains("\"status\":\"CANCELED\"");
        }
        api.get(RUNS + "/999999/progress").expect(404);
        api.withKey(null).get(location + "/progress").expect(401);
    }
}
