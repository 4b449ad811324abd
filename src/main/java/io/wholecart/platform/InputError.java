package io.wholecart.platform;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/**
 * One thing wrong with an input.
 *
 * @param index position in a batch, from 0
 * @param line line of an import, from 1
 * @param field the field's name as the caller wrote it
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record InputError(
        @Nullable Integer index,
        @Nullable Long line,
        @Nullable String field,
        String message) {

    private static final int SHOWN = 60;

    public static InputError field(String field, String message) {
        return new InputError(null, null, field, message);
    }

    public InputError atIndex(int where) {
        return new InputError(where, null, field, message);
    }

    public InputError atLine(long where) {
        return new InputError(null, where, field, message);
    }

    /** In one line, for people. */
    public String describe() {
        String where = index != null ? "[" + index + "] " : line != null ? "line " + line + ": " : "";
        return where + (field == null ? "" : field + " ") + message;
    }

    /** So much of what a caller sent as may be sent back. */
    public static String shortened(String text) {
        if (text.length() <= SHOWN) {
            return text;
        }
        int end = Character.isHighSurrogate(text.charAt(SHOWN - 1)) ? SHOWN - 1 : SHOWN;
        return text.substring(0, end) + "…";
    }
}
