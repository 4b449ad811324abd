package io.wholecart.security;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;

/**
 * API keys by scope; each may be a comma-separated list, so that a key can be exchanged without a gap.
 * Only their hashes get here.
 *
 * @param admin none: one is made up and printed at start
 * @param ingest none: the scope is open to everybody
 * @param read none: the scope is open to everybody
 */
@ConfigurationProperties("wholecart.keys")
record KeyProperties(
        @Nullable List<KeyHash> admin,
        @Nullable List<KeyHash> ingest,
        @Nullable List<KeyHash> read) {}
