package io.wholecart.security;

import java.security.SecureRandom;
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

/** Knows which key opens which scopes. Keeps their hashes only. */
@Component
public class ApiKeys {

    /** What a key allows; an admin key allows everything. */
    public enum Scope {
        INGEST,
        READ,
        ADMIN
    }

    private static final Logger log = LoggerFactory.getLogger(ApiKeys.class);

    private final Map<Scope, List<KeyHash>> hashes = new EnumMap<>(Scope.class);
    private final Set<Scope> open = EnumSet.noneOf(Scope.class);
    private final @Nullable String generatedAdminKey;

    ApiKeys(KeyProperties properties) {
        List<KeyHash> admin = given(properties.admin());
        if (admin.isEmpty()) {
            byte[] random = new byte[16];
            new SecureRandom().nextBytes(random);
            generatedAdminKey = HexFormat.of().formatHex(random);
            admin = List.of(KeyHash.valueOf(generatedAdminKey));
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

    private static List<KeyHash> given(@Nullable List<KeyHash> keys) {
        return keys == null
                ? List.of()
                : keys.stream().filter(key -> !key.isBlank()).toList();
    }

    private void add(Scope scope, List<KeyHash> keys) {
        hashes.put(scope, keys);
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

    /** Scopes that this key opens; none for an unknown key. Looks at every known one, whatever it finds. */
    Set<Scope> scopes(String key) {
        KeyHash hash = KeyHash.valueOf(key);
        Set<Scope> scopes = EnumSet.noneOf(Scope.class);
        hashes.forEach((scope, known) -> {
            for (KeyHash one : known) {
                if (one.matches(hash)) {
                    scopes.add(scope);
                }
            }
        });
        return scopes.contains(Scope.ADMIN) ? EnumSet.allOf(Scope.class) : scopes;
    }
}
