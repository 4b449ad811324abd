package io.wholecart.platform;

import java.sql.SQLException;
import java.util.Arrays;
import java.util.List;
import org.apache.tomcat.util.http.InvalidParameterException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;
import org.springframework.beans.TypeMismatchException;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.dao.RecoverableDataAccessException;
import org.springframework.dao.TransientDataAccessException;
import org.springframework.dao.UncategorizedDataAccessException;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.MediaType;
import org.springframework.http.ProblemDetail;
import org.springframework.http.ResponseEntity;
import org.springframework.http.converter.HttpMessageNotReadableException;
import org.springframework.security.web.firewall.RequestRejectedException;
import org.springframework.transaction.TransactionException;
import org.springframework.web.HttpMediaTypeNotAcceptableException;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import org.springframework.web.context.request.WebRequest;
import org.springframework.web.method.annotation.MethodArgumentTypeMismatchException;
import org.springframework.web.servlet.mvc.method.annotation.ResponseEntityExceptionHandler;
import org.springframework.web.servlet.resource.NoResourceFoundException;

/** Turns every exception of a controller into a problem detail with {@code code} and, where fields are wrong, {@code errors}. */
@RestControllerAdvice
class ProblemAdvice extends ResponseEntityExceptionHandler {

    private static final Logger log = LoggerFactory.getLogger(ProblemAdvice.class);

    @ExceptionHandler
    ResponseEntity<Object> refuse(ApiException e) {
        ResponseEntity.BodyBuilder answer = ResponseEntity.status(e.status());
        e.headers().forEach(answer::header);
        return answer.contentType(MediaType.APPLICATION_PROBLEM_JSON)
                .body(Problems.of(e.status(), e.code(), String.valueOf(e.getMessage()), e.errors()));
    }

    /** The database is away or did not answer: the caller should come again. */
    @ExceptionHandler({
        TransientDataAccessException.class,
        RecoverableDataAccessException.class,
        DataAccessResourceFailureException.class,
        TransactionException.class
    })
    ResponseEntity<Object> databaseTrouble(RuntimeException e) {
        log.warn("Database trouble: {}", e.toString());
        String detail =
                "The database cannot be used right now. Send the request again later; it may or may not have been stored.";
        return refuse(new ApiException(HttpStatus.SERVICE_UNAVAILABLE, "databaseUnavailable", detail, List.of())
                .with(HttpHeaders.RETRY_AFTER, "5"));
    }

    /** What Spring has no word for, but the caller need not know the difference: a database that is read-only, or busy. */
    @ExceptionHandler
    ResponseEntity<Object> databaseOddity(UncategorizedDataAccessException e) {
        boolean passing = e.getRootCause() instanceof SQLException cause && DatabaseTrouble.passes(cause);
        return passing ? databaseTrouble(e) : unexpected(e);
    }

    /** Tomcat's and the firewall's words for a query string that cannot be decoded, is too long or has forbidden characters. */
    @ExceptionHandler({InvalidParameterException.class, RequestRejectedException.class})
    ResponseEntity<Object> badQuery(RuntimeException e) {
        log.debug("Refused", e);
        String detail = "The query string or a header cannot be decoded, is too long or has forbidden characters.";
        return refuse(new ApiException(HttpStatus.BAD_REQUEST, "badRequest", detail, List.of()));
    }

    @ExceptionHandler
    ResponseEntity<Object> unexpected(Exception e) {
        log.error("Unexpected error", e);
        String detail = "An unexpected error; the service's log has more.";
        return refuse(new ApiException(HttpStatus.INTERNAL_SERVER_ERROR, "internalError", detail, List.of()));
    }

    @Override
    protected @Nullable ResponseEntity<Object> handleTypeMismatch(
            TypeMismatchException e, HttpHeaders headers, HttpStatusCode status, WebRequest request) {
        String field = e instanceof MethodArgumentTypeMismatchException argument
                ? argument.getName()
                : String.valueOf(e.getPropertyName());
        ApiException refused = ApiException.invalid(field, "is not " + expected(e.getRequiredType()));
        return refuse(refused);
    }

    private static String expected(@Nullable Class<?> type) {
        if (type == null) {
            return "of the right type";
        }
        if (type.isEnum()) {
            return "one of " + Arrays.toString(type.getEnumConstants());
        }
        return Number.class.isAssignableFrom(type) || type.isPrimitive() ? "a number in range" : "valid";
    }

    /** Without the list of what would be, which names what the service is made with. */
    @Override
    protected @Nullable ResponseEntity<Object> handleHttpMediaTypeNotAcceptable(
            HttpMediaTypeNotAcceptableException e, HttpHeaders headers, HttpStatusCode status, WebRequest request) {
        String detail = "The request accepts nothing that is answered here.";
        return refuse(new ApiException(HttpStatus.NOT_ACCEPTABLE, Problems.code(status), detail, List.of()));
    }

    @Override
    protected @Nullable ResponseEntity<Object> handleNoResourceFoundException(
            NoResourceFoundException e, HttpHeaders headers, HttpStatusCode status, WebRequest request) {
        return new ResponseEntity<>(
                refuse(ApiException.notFound("There is nothing at this path.")).getBody(), headers, status);
    }

    @Override
    protected @Nullable ResponseEntity<Object> handleHttpMessageNotReadable(
            HttpMessageNotReadableException e, HttpHeaders headers, HttpStatusCode status, WebRequest request) {
        return refuse(JsonProblems.explain(e.getCause()));
    }

    @Override
    protected @Nullable ResponseEntity<Object> handleExceptionInternal(
            Exception e, @Nullable Object body, HttpHeaders headers, HttpStatusCode status, WebRequest request) {
        // Whatever the caller accepts: an error has one shape.
        HttpHeaders all = new HttpHeaders(headers);
        all.setContentType(MediaType.APPLICATION_PROBLEM_JSON);
        ResponseEntity<Object> answer = super.handleExceptionInternal(e, body, all, status, request);
        if (answer != null && answer.getBody() instanceof ProblemDetail problem) {
            Problems.complete(problem, Problems.code(status), MDC.get(RequestIdFilter.NAME));
        }
        return answer;
    }
}
