package io.wholecart.platform;

import org.jspecify.annotations.Nullable;

/** The rule for the shop's own ids of users and items: 1 to 200 characters, no control characters. */
public final class ExternalId {

    /** Longest id, in characters. */
    public static final int MAX_LENGTH = 200;

    private ExternalId() {}

    /** What is wrong with {@code id}, or null when it is good. */
    public static @Nullable String flaw(@Nullable String id) {
        if (id == null || id.isBlank()) {
            return "must not be empty";
        }
        if (id.length() > MAX_LENGTH) {
            return "has " + id.length() + " characters; at most " + MAX_LENGTH + " are allowed";
        }
        if (id.equals(".") || id.equals("..")) {
            return "must not be '.' or '..', which cannot stand in a path";
        }
        for (int i = 0; i < id.length(); i++) {
            if (Character.isISOControl(id.charAt(i))) {
                return "must not contain control characters";
            }
        }
        return isStorable(id) ? null : "contains half of a Unicode character";
    }

    /** Whether PostgreSQL takes this text: no NUL and no half of a surrogate pair. */
    public static boolean isStorable(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == 0 || (Character.isSurrogate(c) && !pairedSurrogate(text, i))) {
                return false;
            }
        }
        return true;
    }

    /** The id, or a 400 that names {@code field}. */
    public static String require(String field, @Nullable String id) {
        String flaw = flaw(id);
        if (flaw != null || id == null) {
            throw ApiException.invalid(field, String.valueOf(flaw));
        }
        return id;
    }

    private static boolean pairedSurrogate(String id, int i) {
        return Character.isHighSurrogate(id.charAt(i))
                ? i + 1 < id.length() && Character.isLowSurrogate(id.charAt(i + 1))
                : i > 0 && Character.isHighSurrogate(id.charAt(i - 1));
    }
}
