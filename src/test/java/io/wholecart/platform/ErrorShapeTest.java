package io.wholecart.platform;

import static org.assertj.core.api.Assertions.assertThat;

import io.wholecart.support.Api;
import io.wholecart.support.Problem;
import io.wholecart.support.RawHttp;
import io.wholecart.support.WithKeys;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.json.JsonMapper;

/** Whatever goes wrong, and wherever, is told in one shape; {@link Api} itself holds every error of every test to it. */
@WithKeys
class ErrorShapeTest {

    private static final JsonMapper JSON = JsonMapper.builder().build();

    @LocalServerPort
    private int port;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "GET|/api/v1/items/popular?limit=0||400|invalidInput",
                "GET|/api/v1/items/popular?limit=x||400|invalidInput",
                "POST|/api/v1/recommendations|{|400|malformedJson",
                "POST|/api/v1/recommendations|{\"events\":1}|400|invalidInput",
                "GET|/api/v1/items/nobody-knows-it||404|notFound",
                "GET|/nowhere||404|notFound",
                "GET|/api/v2/items||404|notFound",
                "POST|/actuator/health||405|methodNotAllowed",
                "POST|/api/v1/items/popular||405|methodNotAllowed",
            })
    void theServicesOwn(String method, String path, String body, int status, String code) {
        Api.Answer answer =
                Api.at(port).send(method, path, "application/json", body).expect(status);
        assertThat(answer.json().path("code").asString("")).isEqualTo(code);
    }

    @Test
    void aMethodThatIsNotThereIsToldWhichAre() {
        assertThat(Api.at(port)
                        .post("/api/v1/items/popular")
                        .expect(405)
                        .response()
                        .headers()
                        .firstValue("Allow"))
                .isPresent();
    }

    static Stream<Arguments> raw() {
        String key = "X-API-Key: " + Api.ADMIN_KEY + "\r\n";
        String host = " HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n";
        return Stream.of(
                Arguments.of("nothing that is HTTP", 400, "\u0016\u0003\u0001\u0002\r\n\r\n"),
                Arguments.of("a word", 400, "GARBAGE\r\n\r\n"),
                Arguments.of("a bracket in the path", 400, "GET /[" + host + "\r\n"),
                Arguments.of("a NUL in the path", 400, "GET /\u0000" + host + "\r\n"),
                Arguments.of("an encoded NUL", 400, "GET /api/v1/items/a%00b" + host + key + "\r\n"),
                Arguments.of("half an escape", 400, "GET /%zz" + host + "\r\n"),
                Arguments.of(
                        "half an escape in the query",
                        400,
                        "GET /api/v1/items/popular?limit=%zz" + host + key + "\r\n"),
                Arguments.of("overlong UTF-8", 400, "GET /api/v1/items/%c0%ae" + host + key + "\r\n"),
                Arguments.of("above the root", 400, "GET /../../etc/passwd" + host + "\r\n"),
                Arguments.of("no host", 400, "GET / HTTP/1.1\r\n\r\n"),
                Arguments.of("two hosts", 400, "GET /" + host + "Host: other\r\n\r\n"),
                Arguments.of("a blank in a header's name", 400, "GET /" + host + "X Y: z\r\n\r\n"),
                Arguments.of(
                        "a length below zero", 400, "POST /api/v1/events" + host + key + "Content-Length: -1\r\n\r\n"),
                Arguments.of(
                        "two lengths",
                        400,
                        "POST /api/v1/events" + host + key + "Content-Length: 1\r\nContent-Length: 2\r\n\r\n{}"),
                Arguments.of(
                        "a bad chunk",
                        400,
                        "POST /api/v1/events" + host + key + "Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n"),
                Arguments.of("a header too large", 400, "GET /" + host + "X-Large: " + "x".repeat(9_000) + "\r\n\r\n"),
                Arguments.of("too many headers", 400, "GET /" + host + "X-Many: x\r\n".repeat(200) + "\r\n"),
                Arguments.of("a query too large", 400, "GET /?" + "x".repeat(9_000) + host + "\r\n"),
                Arguments.of("trace", 405, "TRACE /api/v1/events" + host + "\r\n"),
                Arguments.of("an unknown method", 400, "BREW /api/v1/events" + host + "\r\n"),
                Arguments.of(
                        "nothing acceptable",
                        406,
                        "GET /api/v1/items/popular" + host + key + "Accept: text/html\r\n\r\n"),
                Arguments.of(
                        "an accept that is none",
                        406,
                        "GET /api/v1/items/popular" + host + key + "Accept: ;;;\r\n\r\n"),
                Arguments.of(
                        "yaml",
                        415,
                        "PUT /api/v1/items/a" + host + key
                                + "Content-Type: application/yaml\r\nContent-Length: 2\r\n\r\n{}"),
                Arguments.of(
                        "a type that is none",
                        415,
                        "PUT /api/v1/items/a" + host + key + "Content-Type: ;\r\nContent-Length: 2\r\n\r\n{}"),
                Arguments.of("an unknown expectation", 417, "GET /" + host + "Expect: tea\r\n\r\n"),
                Arguments.of(
                        "an unknown coding",
                        501,
                        "POST /api/v1/events" + host + key + "Transfer-Encoding: tea\r\n\r\n"),
                Arguments.of("an unknown version", 505, "GET / HTTP/9.9\r\nHost: shop\r\n\r\n"));
    }

    @ParameterizedTest(name = "{0}: {1}")
    @MethodSource("raw")
    void whateverComesOverTheWire(String what, int status, String request) {
        RawHttp.Answer answer = RawHttp.send(port, request);
        assertThat(answer.status()).as(answer.body()).isEqualTo(status);
        String type = answer.headers().getOrDefault("content-type", "");
        String id = answer.headers().getOrDefault("x-request-id", "");
        assertThat(Problem.flaws(status, type, id, JSON.readTree(answer.body())))
                .isEmpty();
        assertThat(answer.headers()).doesNotContainKey("server").containsEntry("x-content-type-options", "nosniff");
    }

    @ParameterizedTest
    @CsvSource({"my-id.1,true", "'two words',false", "<script>,false", "-,false"})
    void aDecentRequestIdIsKept(String id, boolean kept) {
        RawHttp.Answer answer = RawHttp.send(
                port,
                "GET /actuator/health/liveness HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Request-Id: " + id
                        + "\r\n\r\n");
        assertThat(answer.status()).isEqualTo(200);
        String given = answer.headers().getOrDefault("x-request-id", "");
        assertThat(given.equals(id)).isEqualTo(kept);
        assertThat(given).isNotBlank();
    }

    @Test
    void aLongRequestIdIsNotKept() {
        assertThat(RequestIdFilter.idFor("x".repeat(64))).isEqualTo("x".repeat(64));
        assertThat(RequestIdFilter.idFor("x".repeat(65))).hasSize(36);
        assertThat(RequestIdFilter.idFor("a\nb")).hasSize(36);
    }
}
