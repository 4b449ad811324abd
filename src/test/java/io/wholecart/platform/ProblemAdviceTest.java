package io.wholecart.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.springframework.test.web.servlet.request.MockMvcRequestBuilders.get;

import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketTimeoutException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.http.HttpStatus;
import org.springframework.jdbc.UncategorizedSQLException;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.mock.web.MockHttpServletResponse;
import org.springframework.test.web.servlet.MockMvc;
import org.springframework.test.web.servlet.setup.MockMvcBuilders;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ResponseStatusException;

/** Errors that no request brings about at will. */
@SuppressWarnings("InputStreamSlowMultibyteRead")
class ProblemAdviceTest {

    @RestController
    static class Failing {

        @GetMapping("/{how}")
        String fail(@PathVariable String how) {
            throw switch (how) {
                case "many" -> new ResponseStatusException(HttpStatus.TOO_MANY_REQUESTS, "Slower.");
                case "database" -> new DataAccessResourceFailureException("SELECT secret FROM event");
                case "readOnly" -> new UncategorizedSQLException("t", "s", new SQLException("secret", "25006"));
                case "gone" -> new UncategorizedSQLException("t", "s", new SQLException("secret"));
                case "oddity" -> new UncategorizedSQLException("t", "s", new SQLException("secret", "XX000"));
                default -> new IllegalStateException("the secret is io.wholecart.Secret");
            };
        }
    }

    private final MockMvc mvc = MockMvcBuilders.standaloneSetup(new Failing())
            .setControllerAdvice(new ProblemAdvice())
            .addFilters(new RequestIdFilter())
            .build();

    @ParameterizedTest
    @CsvSource({
        "many,429,tooManyRequests",
        "database,503,databaseUnavailable",
        "readOnly,503,databaseUnavailable",
        "gone,503,databaseUnavailable",
        "oddity,500,internalError",
        "bug,500,internalError"
    })
    void isToldInTheOneShapeAndNothingBesides(String how, int status, String code) throws Exception {
        MockHttpServletResponse answer = mvc.perform(get("/" + how).header("X-Request-Id", "id-1"))
                .andReturn()
                .getResponse();
        assertThat(answer.getStatus()).isEqualTo(status);
        assertThat(answer.getContentType()).isEqualTo("application/problem+json");
        assertThat(answer.getContentAsString())
                .contains("\"code\":\"" + code + "\"", "\"requestId\":\"id-1\"")
                .doesNotContain("secret", "Secret", "Exception");
        assertThat(answer.getHeader("Retry-After")).isEqualTo(status == 503 ? "5" : null);
    }

    @Test
    void oneRequestTooManyIsToldToComeAgain() throws Exception {
        WholecartProperties one = new WholecartProperties(
                List.of("view"),
                java.nio.file.Path.of("."),
                Set.of(WholecartProperties.Role.API),
                new WholecartProperties.Events(null, Map.of()),
                new WholecartProperties.Models(1),
                new WholecartProperties.Serving(Duration.ofDays(1), 1, 1),
                new WholecartProperties.Limits(1));
        CrowdFilter filter = new CrowdFilter(one);
        MockHttpServletRequest request = new MockHttpServletRequest("GET", "/api/v1/items/popular");
        MockHttpServletRequest health = new MockHttpServletRequest("GET", "/actuator/health/liveness");
        MockHttpServletResponse second = new MockHttpServletResponse();
        AtomicReference<Boolean> healthAnswered = new AtomicReference<>(false);
        filter.doFilter(request, new MockHttpServletResponse(), (a, b) -> {
            filter.doFilter(new MockHttpServletRequest("GET", "/api/v1/items/popular"), second, (c, d) -> {
                throw new AssertionError("let through");
            });
            filter.doFilter(health, new MockHttpServletResponse(), (c, d) -> healthAnswered.set(true));
        });
        assertThat(second.getStatus()).isEqualTo(503);
        assertThat(second.getHeader("Retry-After")).isEqualTo("1");
        assertThat(second.getContentAsString()).contains("\"code\":\"overloaded\"");
        assertThat(healthAnswered.get()).isTrue();
        MockHttpServletResponse later = new MockHttpServletResponse();
        filter.doFilter(new MockHttpServletRequest("GET", "/x"), later, (c, d) -> later.setStatus(204));
        assertThat(later.getStatus()).isEqualTo(204);
    }

    @Test
    void aBodyThatDripsIsRefused() throws Exception {
        AtomicLong nanos = new AtomicLong();
        BodyLimitFilter filter = new BodyLimitFilter(nanos::get);
        filter.doFilter(
                request(new ByteArrayInputStream(new byte[100_000])), new MockHttpServletResponse(), (request, b) -> {
                    InputStream in = request.getInputStream();
                    nanos.addAndGet(Duration.ofSeconds(29).toNanos());
                    in.read();
                    nanos.addAndGet(Duration.ofSeconds(2).toNanos());
                    assertThatThrownBy(in::read).isInstanceOfSatisfying(ApiException.class, e -> {
                        assertThat(e.status()).isEqualTo(HttpStatus.REQUEST_TIMEOUT);
                        assertThat(e.code()).isEqualTo("bodyTooSlow");
                    });
                });
        filter.doFilter(
                request(new ByteArrayInputStream(new byte[100_000])), new MockHttpServletResponse(), (request, b) -> {
                    nanos.addAndGet(Duration.ofSeconds(60).toNanos());
                    assertThat(request.getInputStream().read(new byte[50_000])).isEqualTo(50_000);
                });
    }

    @Test
    void aBodyThatStopsIsRefused() throws Exception {
        InputStream stopped = new InputStream() {
            @Override
            public int read() throws IOException {
                throw new SocketTimeoutException("Read timed out");
            }
        };
        new BodyLimitFilter()
                .doFilter(
                        request(stopped),
                        new MockHttpServletResponse(),
                        (request, b) -> assertThatThrownBy(
                                        () -> request.getInputStream().read())
                                .isInstanceOfSatisfying(
                                        ApiException.class,
                                        e -> assertThat(e.code()).isEqualTo("bodyTooSlow")));
    }

    private static HttpServletRequest request(InputStream body) {
        return new HttpServletRequestWrapper(new MockHttpServletRequest("POST", "/api/v1/events")) {
            @Override
            public ServletInputStream getInputStream() {
                return new ServletInputStream() {
                    @Override
                    public int read() throws IOException {
                        return body.read();
                    }

                    @Override
                    public boolean isFinished() {
                        return false;
                    }

                    @Override
                    public boolean isReady() {
                        return true;
                    }

                    @Override
                    public void setReadListener(ReadListener listener) {
                        throw new UnsupportedOperationException();
                    }
                };
            }
        };
    }
}
