package io.wholecart.platform;

import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.MediaType;
import org.springframework.http.ProblemDetail;
import org.springframework.http.converter.json.ProblemDetailJacksonMixin;
import tools.jackson.databind.json.JsonMapper;

/** The one shape of every error: an RFC 9457 problem detail with {@code code}, {@code requestId} and, where fields are wrong, {@code errors}. */
public final class Problems {

    /** Of its own: errors are told also where Spring is not asked. */
    private static final JsonMapper JSON = JsonMapper.builder()
            .addMixIn(ProblemDetail.class, ProblemDetailJacksonMixin.class)
            .build();

    private Problems() {}

    static ProblemDetail of(HttpStatusCode status, String code, String detail, List<InputError> errors) {
        ProblemDetail problem =
                complete(ProblemDetail.forStatusAndDetail(status, detail), code, MDC.get(RequestIdFilter.NAME));
        if (!errors.isEmpty()) {
            problem.setProperty("errors", errors);
        }
        return problem;
    }

    static ProblemDetail complete(ProblemDetail problem, String code, @Nullable String requestId) {
        problem.setProperty("code", code);
        problem.setProperty("requestId", requestId);
        return problem;
    }

    /** Answers with a problem from outside of the controllers. */
    public static void write(HttpServletResponse response, HttpStatus status, String code, String detail)
            throws IOException {
        write(response, of(status, code, detail, List.of()));
    }

    static void write(HttpServletResponse response, ProblemDetail problem) throws IOException {
        response.setStatus(problem.getStatus());
        response.setContentType(MediaType.APPLICATION_PROBLEM_JSON_VALUE);
        response.setHeader(HttpHeaders.CACHE_CONTROL, "no-store");
        response.setHeader("X-Content-Type-Options", "nosniff");
        byte[] body = JSON.writeValueAsBytes(problem);
        response.setContentLength(body.length);
        response.getOutputStream().write(body);
    }

    /** A word for programs where a status says it all, like {@code methodNotAllowed}. */
    static String code(HttpStatusCode status) {
        HttpStatus known = HttpStatus.resolve(status.value());
        if (known == null) {
            return "error";
        }
        StringBuilder code = new StringBuilder();
        for (String word : known.name().split("_", -1)) {
            String lower = word.toLowerCase(Locale.ROOT);
            code.append(code.isEmpty() ? lower : Character.toUpperCase(lower.charAt(0)) + lower.substring(1));
        }
        return code.toString();
    }
}
