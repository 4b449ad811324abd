package io.wholecart.platform;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import tools.jackson.core.JacksonException;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.databind.DatabindException;
import tools.jackson.databind.exc.UnrecognizedPropertyException;

/** Says in the caller's words what is wrong with a JSON body. */
public final class JsonProblems {

    private JsonProblems() {}

    /** A 400 that names the field, or the line and column where the JSON breaks off. */
    public static ApiException explain(@Nullable Throwable cause) {
        if (cause instanceof DatabindException e && !e.getPath().isEmpty()) {
            String message = e instanceof UnrecognizedPropertyException ? "is not a known field" : "has the wrong type";
            return ApiException.invalid(path(e), message);
        }
        if (cause instanceof JacksonException e) {
            TokenStreamLocation at = e.getLocation();
            String where = at == null || at.getLineNr() < 1
                    ? ""
                    : " at line " + at.getLineNr() + ", column " + at.getColumnNr();
            return malformed("The body is not well-formed JSON" + where + ".");
        }
        return malformed("The body is missing or not JSON.");
    }

    private static ApiException malformed(String detail) {
        return new ApiException(HttpStatus.BAD_REQUEST, "malformedJson", detail, List.of());
    }

    private static String path(DatabindException e) {
        StringBuilder path = new StringBuilder();
        for (JacksonException.Reference step : e.getPath()) {
            if (step.getPropertyName() == null) {
                path.append('[').append(step.getIndex()).append(']');
            } else {
                path.append(path.isEmpty() ? "" : ".").append(step.getPropertyName());
            }
        }
        return path.toString();
    }
}
