package io.wholecart;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;

/**
 * A standby server that snapshots are read from, so that the primary need not.
 *
 * @param url JDBC URL; null or empty for none
 * @param username the primary's where it is not given
 * @param password the primary's where it is not given
 */
@ConfigurationProperties("wholecart.replica")
record ReplicaProperties(
        @Nullable String url,
        @Nullable String username,
        @Nullable String password) {}
