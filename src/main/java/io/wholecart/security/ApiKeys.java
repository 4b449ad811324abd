package io.wholecart.security;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/** Knows which key opens which scopes. Keeps hashes only and compares them in constant time. */
@Component
public class ApiKeys {

    /** What a key allows; an admin key allows everything. */
    enum Scope {
        INGEST,
        READ,
        ADMIN
    }

    private static final Logger log = LoggerFactory.getLogger(ApiKeys.class);

    private final Map<Scope, List<byte[]>> hashes = new EnumMap<>(Scope.class);
    private final Set<Scope> open = EnumSet.noneOf(Scope.class);
    private final @Nullable String generatedAdminKey;

    ApiKeys(KeyProperties properties) {
        List<String> admin = given(properties.admin());
        if (admin.isEmpty()) {
            byte[] random = new byte[16];
            new SecureRandom().nextBytes(random);
            generatedAdminKey = HexFormat.of().formatHex(random);
            admin = List.of(generatedAdminKey);
        } else {
            generatedAdminKey = null;
        }
        add(Scope.ADMIN, admin);
        add(Scope.INGEST, given(properties.ingest()));
        add(Scope.READ, given(properties.read()));
        if (!open.isEmpty() && generatedAdminKey == null) {
            log.warn("No key is configured for {}: open to everybody who can reach this port", open);
        }
    }

    private static List<String> given(@Nullable List<String> keys) {
        return keys == null
                ? List.of()
                : keys.stream().map(String::strip).filter(key -> !key.isEmpty()).toList();
    }

    private void add(Scope scope, List<String> keys) {
        List<byte[]> hashed = new ArrayList<>();
        keys.forEach(key -> hashed.add(hash(key)));
        hashes.put(scope, hashed);
        if (keys.isEmpty()) {
            open.add(scope);
        }
    }

    /** The admin key that was made up because none was configured; to be printed once, for the person at the terminal. */
    public Optional<String> generatedAdminKey() {
        return Optional.ofNullable(generatedAdminKey);
    }

    /** Scopes that need no key. */
    Set<Scope> open() {
        return Set.copyOf(open);
    }

    /** Scopes that this key opens; none for an unknown key. */
    Set<Scope> scopes(String key) {
        byte[] hash = hash(key);
        Set<Scope> scopes = EnumSet.noneOf(Scope.class);
        hashes.forEach((scope, known) -> {
            for (byte[] one : known) {
                if (MessageDigest.isEqual(one, hash)) {
                    scopes.add(scope);
                }
            }
        });
        return scopes.contains(Scope.ADMIN) ? EnumSet.allOf(Scope.class) : scopes;
    }

    private static byte[] hash(String key) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
