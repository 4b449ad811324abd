package io.wholecart.platform;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** What is kept of an erased user: the SHA-256 of the id. */
public final class UserHash {

    private UserHash() {}

    /** As the database keeps it. */
    public static byte[] of(String userId) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(userId.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The same in hexadecimal digits. */
    public static String hex(String userId) {
        return HexFormat.of().formatHex(of(userId));
    }
}
