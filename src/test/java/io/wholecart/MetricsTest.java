package io.wholecart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.wholecart.support.Api;
import io.wholecart.support.ServiceTest;
import io.wholecart.support.TwoTastes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** After a tour of everything the metrics of the house plan are all there, with their labels, and Prometheus likes them. */
class MetricsTest extends ServiceTest {

    private static final String NUMBER = " ([0-9.E+-]+|NaN)";

    @Test
    void everyMetricOfThePlanIsThereAfterATour() throws Exception {
        tour();
        String scrape = api.withKey(null)
                .get("/actuator/prometheus")
                .expect(200)
                .response()
                .body();
        List<String> lacking = new ArrayList<>();
        for (String sample : List.of(
                "wholecart_events_total{behavior=\"view\",result=\"accepted\"}",
                "wholecart_events_total{behavior=\"purchase\",result=\"duplicate\"}",
                "wholecart_events_total{behavior=\"any\",result=\"rejected\"}",
                "wholecart_ingest_seconds_count",
                "wholecart_ingest_seconds_bucket{le=\"0.01\"}",
                "wholecart_recommendation_seconds_count{source=\"trained\"}",
                "wholecart_recommendation_seconds_count{source=\"foldedIn\"}",
                "wholecart_recommendation_seconds_count{source=\"popular\"}",
                "wholecart_recommendation_seconds_bucket{source=\"trained\",le=\"0.001\"}",
                "wholecart_fallback_total{reason=\"unknownUser\"}",
                "wholecart_training_runs_total{outcome=\"succeeded\"}",
                "wholecart_training_seconds_count{phase=\"snapshot\"}",
                "wholecart_training_loss",
                "wholecart_training_progress_ratio",
                "wholecart_model_version",
                "wholecart_model_refused{reason=\"unreadable\"}",
                "wholecart_model_refused{reason=\"memory\"}",
                "wholecart_model_age_seconds",
                "wholecart_model_quality{metric=\"hitRatio\",n=\"10\"}",
                "wholecart_model_users",
                "wholecart_model_items",
                "wholecart_model_bytes",
                "http_server_requests_seconds_count{error=\"none\",exception=\"none\",method=\"POST\",outcome=\"SUCCESS\",status=\"200\",uri=\"/api/v1/events\"}",
                "http_server_requests_seconds_bucket{error=\"none\",exception=\"none\",method=\"GET\",outcome=\"SUCCESS\",status=\"200\",uri=\"/api/v1/users/{id}/recommendations\",le=\"0.1\"}",
                "hikaricp_connections_active{pool=\"HikariPool-1\"}",
                "executor_pool_size_threads{name=\"taskScheduler\"}",
                "jvm_memory_used_bytes{area=\"heap\",id=\"[^\"]+\"}",
                "jvm_threads_live_threads",
                "process_cpu_usage")) {
            String pattern = sample.replace("[^\"]+", "\u0000");
            pattern = Pattern.quote(pattern)
                    .replace("\u0000", "\\E[^\"]+\\Q")
                    .replaceFirst("HikariPool-1", "\\\\E[^\"]+\\\\Q");
            if (!Pattern.compile("(?m)^" + pattern + NUMBER).matcher(scrape).find()) {
                lacking.add(sample);
            }
        }
        assertThat(lacking).as(scrape).isEmpty();
        assertThat(scrape)
                .as("histograms tell of every status")
                .containsPattern("http_server_requests_seconds_bucket\\{[^}]*status=\"400\"")
                .containsPattern("http_server_requests_seconds_bucket\\{[^}]*status=\"404\"");
        assertThat(scrape.lines().filter(line -> line.startsWith("http_server_requests_seconds_bucket")))
                .as("few buckets each")
                .allSatisfy(line -> assertThat(line).containsPattern("le=\"(\\+Inf|[0-9.]{1,5})\""));
        Files.writeString(Path.of("target", "scrape.txt"), scrape);
    }

    @Test
    void promtoolHasNothingToSay() throws Exception {
        tour();
        assumeThat(promtool()).as("promtool (Debian: prometheus) is installed").isTrue();
        Path scrape = Path.of("target", "scrape-promtool.txt");
        Files.writeString(
                scrape, api.get("/actuator/prometheus").expect(200).response().body());
        Process promtool = new ProcessBuilder("promtool", "check", "metrics")
                .redirectInput(scrape.toFile())
                .redirectErrorStream(true)
                .start();
        assertThat(new String(promtool.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                .isEmpty();
        assertThat(promtool.waitFor()).isZero();
    }

    private static boolean promtool() throws IOException {
        return Stream.of(System.getenv("PATH").split(java.io.File.pathSeparator, -1))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, "promtool")));
    }

    private void tour() {
        TwoTastes.importInto(api, 40);
        String event =
                "{\"userId\":\"u1\",\"itemId\":\"i21\",\"behavior\":\"purchase\",\"occurredAt\":\"2026-05-04T09:00:00Z\"}";
        api.post("/api/v1/events", event).expect(200);
        api.post("/api/v1/events", event).expect(200);
        api.post("/api/v1/events", "{\"userId\":\"u1\",\"itemId\":\"i1\",\"behavior\":\"wish\"}")
                .expect(400);
        api.get("/api/v1/items/nobody-knows-it").expect(404);
        int version = api.train(QUICK).path("modelVersion").asInt();
        api.awaitServed(version);
        api.get("/api/v1/users/u2/recommendations").expect(200);
        api.post("/api/v1/recommendations", "{\"events\":[{\"itemId\":\"i1\",\"behavior\":\"cart\"}]}")
                .expect(200);
        api.get("/api/v1/users/nobody/recommendations").expect(200);
        for (String source : Arrays.asList("trained", "foldedIn", "popular")) {
            String asked = source.equals("foldedIn") ? "new-to-the-model" : source.equals("trained") ? "u3" : "nobody";
            if (source.equals("foldedIn")) {
                api.post("/api/v1/events", "{\"userId\":\"" + asked + "\",\"itemId\":\"i1\",\"behavior\":\"cart\"}")
                        .expect(200);
            }
            Api.Answer answer =
                    api.get("/api/v1/users/" + asked + "/recommendations").expect(200);
            assertThat(answer.json().path("source").asString("")).isEqualTo(source);
        }
    }
}
