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
        if (cause instanceof DatabindException e) {
            return ApiException.invalid(List.of(error(e)));
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

    private static InputError error(DatabindException e) {
        String message = e instanceof UnrecognizedPropertyException ? "is not a known field" : "has the wrong type";
        List<JacksonException.Reference> path = e.getPath();
        if (path.isEmpty()) {
            return InputError.field("body", message);
        }
        boolean batch = path.get(0).getPropertyName() == null;
        StringBuilder field = new StringBuilder();
        for (JacksonException.Reference step : batch ? path.subList(1, path.size()) : path) {
            if (step.getPropertyName() == null) {
                field.append('[').append(step.getIndex()).append(']');
            } else {
                field.append(field.isEmpty() ? "" : ".").append(InputError.shortened(step.getPropertyName()));
            }
        }
        InputError error = InputError.field(field.toString(), message);
        return batch ? error.atIndex(path.get(0).getIndex()) : error;
    }
}
