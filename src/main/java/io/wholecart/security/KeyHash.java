package io.wholecart.security;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** What is kept of an API key. */
final class KeyHash {

    private final byte[] digest;
    private final boolean blank;

    private KeyHash(byte[] digest, boolean blank) {
        this.digest = digest;
        this.blank = blank;
    }

    /** Also how settings are read: a configured key is hashed before any object holds it. */
    public static KeyHash valueOf(String key) {
        String stripped = key.strip();
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(stripped.getBytes(StandardCharsets.UTF_8));
            return new KeyHash(digest, stripped.isEmpty());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Whether it is of an empty setting, and no key. */
    boolean isBlank() {
        return blank;
    }

    /** In a time that does not depend on how much is alike. */
    boolean matches(KeyHash other) {
        return MessageDigest.isEqual(digest, other.digest);
    }

    /** Tells nothing. */
    @Override
    public String toString() {
        return "KeyHash";
    }
}
