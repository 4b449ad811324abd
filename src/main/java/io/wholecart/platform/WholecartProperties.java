package io.wholecart.platform;

import jakarta.validation.Valid;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.NotEmpty;
import jakarta.validation.constraints.NotNull;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.hibernate.validator.constraints.time.DurationMin;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.validation.annotation.Validated;

/**
 * The settings that concern more than one room.
 *
 * @param behaviors names in the order of the shopper's way; the last is the target
 * @param dataDirectory where the embedded database lives
 * @param roles what this process does
 * @param events how events are kept and read
 * @param models how model versions are kept
 * @param serving how requests are answered
 * @param limits what one node takes on
 */
@Validated
@ConfigurationProperties("wholecart")
public record WholecartProperties(
        @NotEmpty List<@NotBlank String> behaviors,
        Path dataDirectory,
        @NotEmpty Set<Role> roles,
        @Valid Events events,
        @Valid Models models,
        @Valid Serving serving,
        @Valid Limits limits) {

    /** What a process does: {@code api} answers shops, {@code trainer} claims training runs. */
    public enum Role {
        API,
        TRAINER
    }

    /**
     * How model versions are kept.
     *
     * @param keep how many; the active one always is
     */
    public record Models(@Min(1) int keep) {}

    /**
     * How requests are answered.
     *
     * @param popularHalfLife after which an event counts half for what is popular
     * @param cachedEvents so many events of users who were seen lately are kept in memory
     * @param bytesAbove with more items than this they are looked through by factors of a byte before they are scored
     */
    public record Serving(
            @NotNull @DurationMin(seconds = 1) Duration popularHalfLife,
            @Min(0) int cachedEvents,
            @Min(0) int bytesAbove) {}

    /**
     * What one node takes on.
     *
     * @param concurrentRequests so many are worked on at a time, others are told to come again
     */
    public record Limits(@Min(1) int concurrentRequests) {}

    /**
     * How events are kept and read.
     *
     * @param retention how long they are kept, to the month; null for ever
     * @param taobao for the names in Taobao's file our behaviors; empty for those that are not counted
     */
    public record Events(@Nullable Duration retention, Map<String, String> taobao) {

        /** The shortest that keeps whole months: the longest month. */
        private static final Duration SHORTEST = Duration.ofDays(31);

        public Events {
            if (retention != null && retention.compareTo(SHORTEST) < 0) {
                throw new IllegalArgumentException("wholecart.events.retention must be at least 31d, not " + retention);
            }
        }

        /** Events before this time are dropped; null when none are. */
        public @Nullable Instant oldest(Instant now) {
            return retention == null ? null : now.minus(retention);
        }
    }

    public WholecartProperties {
        if (Set.copyOf(behaviors).size() != behaviors.size()) {
            throw new IllegalArgumentException("wholecart.behaviors names a behavior twice: " + behaviors);
        }
    }

    /** The behavior that recommendations predict: the last one. */
    public String target() {
        return behaviors.get(behaviors.size() - 1);
    }
}
