package io.wholecart.event;

import java.time.Instant;

/**
 * What a shopper did.
 *
 * @param behavior one of {@code wholecart.behaviors}
 * @param occurredAt to the microsecond, as PostgreSQL keeps it
 */
public record Event(String userId, String itemId, String behavior, Instant occurredAt) {}
