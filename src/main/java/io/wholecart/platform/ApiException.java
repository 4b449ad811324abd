package io.wholecart.platform;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;

/** A request that cannot be served, told to the caller as an RFC 9457 problem detail. */
public class ApiException extends RuntimeException {

    private final HttpStatus status;
    private final String code;
    private final transient List<InputError> errors;
    private @Nullable String location;

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

    /** Adds a Location header: where the caller finds what stands in the way. */
    public ApiException at(String uri) {
        this.location = uri;
        return this;
    }

    public @Nullable String location() {
        return location;
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
