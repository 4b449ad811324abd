package io.wholecart.model;

import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A model version as the API shows it. */
record ModelSummary(
        int version,
        boolean active,
        long runId,
        Instant createdAt,
        @Nullable Instant activatedAt,
        int users,
        int items,
        int factors,
        Map<String, Object> parameters,
        @Nullable Map<String, Object> metrics,
        long bytes,
        String sha256) {}
