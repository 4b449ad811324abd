package io.wholecart.platform;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.springframework.http.HttpStatus;

/** A request that cannot be served, told to the caller as an RFC 9457 problem detail. */
public class ApiException extends RuntimeException {

    private final HttpStatus status;
    private final String code;
    private final transient List<InputError> errors;
    private final transient Map<String, String> headers = new LinkedHashMap<>();

    /**
     * @param code a stable word for programs, camelCase
     * @param detail one sentence for people
     * @param errors what is wrong where; empty when the detail says it all
     */
    public ApiException(HttpStatus status, String code, String detail, List<InputError> errors) {
        super(detail);
        this.status = status;
        this.code = code;
        this.errors = List.copyOf(errors);
    }

    /** A 400 about one field. */
    public static ApiException invalid(String field, String message) {
        return invalid(List.of(InputError.field(field, message)));
    }

    /** A 400 that lists every error found. */
    public static ApiException invalid(List<InputError> errors) {
        InputError first = errors.get(0);
        String more = errors.size() == 1 ? "" : " (and " + (errors.size() - 1) + " more)";
        return new ApiException(HttpStatus.BAD_REQUEST, "invalidInput", first.describe() + more, errors);
    }

    public static ApiException notFound(String what) {
        return new ApiException(HttpStatus.NOT_FOUND, "notFound", what, List.of());
    }

    /** Adds a header to the answer. */
    public ApiException with(String header, String value) {
        headers.put(header, value);
        return this;
    }

    public Map<String, String> headers() {
        return headers;
    }

    public HttpStatus status() {
        return status;
    }

    public String code() {
        return code;
    }

    public List<InputError> errors() {
        return errors;
    }
}
