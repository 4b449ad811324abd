package io.wholecart.recommendation;

import static org.assertj.core.api.Assertions.assertThat;

import io.wholecart.model.StoredModel;
import io.wholecart.platform.NotEnoughMemoryException;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class RefusalTest {

    private static StoredModel version(int version, String activatedAt) {
        Instant at = Instant.parse(activatedAt);
        return new StoredModel(version, at, at, at, 10, 10, 8, 1000);
    }

    private final StoredModel three = version(3, "2026-05-04T03:00:00Z");

    @Test
    void theSameTroubleIsTriedLessAndLessOften() {
        IOException damage = new IOException("its checksum does not fit");
        Refusal refusal = Refusal.of(three, damage, null);
        assertThat(refusal.holds(three)).isTrue();
        assertThat(refusal.reason()).isEqualTo(Refusal.Reason.unreadable);
        assertThat(refusal.pause()).isEqualTo(Duration.ofSeconds(2));
        refusal = Refusal.of(three, damage, refusal);
        assertThat(refusal.pause()).isEqualTo(Duration.ofSeconds(4));
        for (int i = 0; i < 20; i++) {
            refusal = Refusal.of(three, damage, refusal);
        }
        assertThat(refusal.pause()).isEqualTo(Duration.ofMinutes(5));
    }

    @Test
    void anotherVersionAndTheSameOneActivatedAnewAreTriedAtOnce() {
        Refusal refusal = Refusal.of(three, new IOException("x"), null);
        assertThat(refusal.holds(version(4, "2026-05-04T03:00:00Z"))).isFalse();
        StoredModel anew = version(3, "2026-05-04T04:00:00Z");
        assertThat(refusal.holds(anew)).isFalse();
        assertThat(Refusal.of(anew, new IOException("x"), refusal).pause()).isEqualTo(Duration.ofSeconds(2));
    }

    @Test
    void whatFilledTheMemoryIsLeftAloneForLong() {
        assertThat(Refusal.of(three, new OutOfMemoryError("Java heap space"), null)
                        .pause())
                .isEqualTo(Duration.ofMinutes(5));
        Refusal foreseen = Refusal.of(three, new NotEnoughMemoryException("too large"), null);
        assertThat(foreseen.pause()).isEqualTo(Duration.ofSeconds(2));
        assertThat(foreseen.reason()).isEqualTo(Refusal.Reason.memory);
    }
}
