package io.wholecart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import com.sun.net.httpserver.HttpServer;
import io.wholecart.support.Api;
import io.wholecart.support.RawHttp;
import io.wholecart.support.WholecartTest;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;
import org.springframework.boot.logging.logback.StructuredLogEncoder;
import org.springframework.boot.test.web.server.LocalManagementPort;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import org.springframework.test.context.TestPropertySource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The service as it runs in a cluster: actuator on a port of its own, traces; and what else is off or on by settings. */
@WholecartTest
@TestPropertySource(
        properties = {
            "wholecart.keys.read=out",
            "management.server.port=0",
            "management.tracing.sampling.probability=1",
            "management.opentelemetry.tracing.export.schedule-delay=100ms",
            "logging.level.io.wholecart.platform.ProblemAdvice=debug",
            "springdoc.api-docs.enabled=false",
            "wholecart.cors.allowed-origins=https://shop.example"
        })
class SeparatePortTest {

    private static final HttpServer COLLECTOR = collector();
    private static final Queue<String> SPANS = new ConcurrentLinkedQueue<>();

    @LocalServerPort
    private int port;

    @LocalManagementPort
    private int managementPort;

    private static HttpServer collector() {
        try {
            HttpServer server = HttpServer.create(new InetSocketAddress("localhost", 0), 0);
            server.createContext("/v1/traces", exchange -> {
                SPANS.add(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.ISO_8859_1));
                exchange.sendResponseHeaders(200, -1);
                exchange.close();
            });
            server.start();
            return server;
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @DynamicPropertySource
    static void endpoint(DynamicPropertyRegistry registry) {
        registry.add(
                "management.opentelemetry.tracing.export.otlp.endpoint",
                () -> "http://localhost:" + COLLECTOR.getAddress().getPort() + "/v1/traces");
    }

    @AfterAll
    static void stop() {
        COLLECTOR.stop(0);
    }

    @Test
    void healthAndMetricsAreThereWithoutAKeyAndNothingElseIs() {
        Api management = Api.at(managementPort).withKey(null);
        management.get("/actuator/health/liveness").expect(200);
        management.get("/actuator/health/readiness").expect(200);
        assertThat(management.get("/actuator/prometheus").expect(200).response().body())
                .contains("wholecart_model_version");
        for (String path : List.of(
                "/",
                "/actuator",
                "/actuator/env",
                "/actuator/beans",
                "/actuator/info",
                "/error",
                "/v3/api-docs",
                "/swagger-ui.html")) {
            management.get(path).expect(404);
        }
        assertThat(Api.at(managementPort).get("/api/v1/items/popular").status()).isEqualTo(404);
        RawHttp.Answer garbage = RawHttp.send(managementPort, "GARBAGE\r\n\r\n");
        assertThat(garbage.headers()).containsEntry("content-type", "application/problem+json");
    }

    @Test
    void andTheyAreNotOnTheMainPort() {
        Api main = Api.at(port).withKey(null);
        for (String path :
                List.of("/actuator/health", "/actuator/health/liveness", "/actuator/prometheus", "/actuator")) {
            main.get(path).expect(404);
        }
        main.get("/api/v1/items/popular").expect(401);
        main.withKey("out").get("/api/v1/items/popular").expect(200);
    }

    @Test
    void theDocumentAndItsPageAreOffBySetting() {
        for (String path : List.of("/v3/api-docs", "/v3/api-docs.yaml", "/swagger-ui.html", "/swagger-ui/index.html")) {
            Api.at(port).get(path).expect(404);
        }
    }

    @Test
    void pagesOfTheShopMayCallAndOthersMayNot() {
        assertThat(preflight("https://shop.example").headers())
                .containsEntry("access-control-allow-origin", "https://shop.example");
        RawHttp.Answer evil = preflight("https://evil.example");
        assertThat(evil.status()).isEqualTo(403);
        assertThat(evil.headers()).doesNotContainKey("access-control-allow-origin");
    }

    private RawHttp.Answer preflight(String origin) {
        return RawHttp.send(
                port,
                "OPTIONS /api/v1/items/popular HTTP/1.1\r\nHost: x\r\nConnection: close\r\nOrigin: " + origin
                        + "\r\nAccess-Control-Request-Method: GET\r\nAccess-Control-Request-Headers: x-api-key\r\n\r\n");
    }

    @Test
    void aRequestIsALineOfJsonWithItsIdAndATrace() {
        Lines lines = new Lines();
        Logger advice = (Logger) LoggerFactory.getLogger("io.wholecart.platform.ProblemAdvice");
        lines.setContext(advice.getLoggerContext());
        lines.start();
        advice.addAppender(lines);
        try {
            RawHttp.send(
                    port,
                    "GET /api/v1/items/popular?limit=%zz HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-API-Key: out\r\nX-Request-Id: traced-1\r\n\r\n");
        } finally {
            advice.detachAppender(lines);
        }
        assertThat(lines.written).hasSize(1).first().satisfies(line -> {
            assertThat(line.at("/log/level").asString()).isEqualTo("DEBUG");
            assertThat(line.path("message").asString()).isEqualTo("Refused");
            assertThat(line.path("requestId").asString()).isEqualTo("traced-1");
            assertThat(line.path("traceId").asString()).hasSize(32);
        });
        await().until(() -> SPANS.stream()
                .anyMatch(spans -> spans.contains("/api/v1/items/popular") && spans.contains("wholecart")));
    }

    /** What {@code logging.structured.format.console=ecs} writes; the tests' own console was there before the setting. */
    private static final class Lines extends AppenderBase<ILoggingEvent> {

        private final List<JsonNode> written = new CopyOnWriteArrayList<>();
        private final StructuredLogEncoder encoder = new StructuredLogEncoder();

        @Override
        public void start() {
            encoder.setContext(getContext());
            encoder.setFormat("ecs");
            encoder.start();
            super.start();
        }

        @Override
        protected void append(ILoggingEvent event) {
            written.add(JsonMapper.shared().readTree(encoder.encode(event)));
        }
    }
}
