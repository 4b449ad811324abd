package io.wholecart.event;

import io.wholecart.platform.ApiException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Forgets users: their events and their id go, and models that had learned them before no longer know them, on every
 * node with its next answer.
 */
@Component
class UserErasure {

    private static final Logger log = LoggerFactory.getLogger(UserErasure.class);
    /** An import merges its lines under the same lock; longer than this the caller should not wait for it. */
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private static final long POLL_MILLIS = 50;

    private final JdbcTemplate jdbc;
    private final TransactionTemplate transaction;

    UserErasure(JdbcTemplate jdbc, TransactionTemplate transaction) {
        this.jdbc = jdbc;
        this.transaction = transaction;
    }

    /** Erases a user, known or not; a new event with the same id is a new user's. */
    void erase(String userId) {
        byte[] hash = UserHash.of(userId);
        Integer events = transaction.execute(status -> {
            awaitLock();
            jdbc.queryForObject("SELECT nextval('removal')", Long.class);
            int removed = jdbc.update(
                    "DELETE FROM event WHERE user_number = (SELECT number FROM app_user WHERE external_id = ?)",
                    userId);
            jdbc.update("DELETE FROM app_user WHERE external_id = ?", userId);
            jdbc.update(
                    "INSERT INTO erased_user (id_hash, erased_at) VALUES (?, clock_timestamp())"
                            + " ON CONFLICT (id_hash) DO UPDATE SET erased_at = excluded.erased_at",
                    hash);
            return removed;
        });
        log.info(
                "audit: erased the user with SHA-256 {} and {} events",
                HexFormat.of().formatHex(hash),
                events);
    }

    /** Asks again and again instead of queuing: whoever waits for the lock would stop the intake behind it. */
    private void awaitLock() {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!Objects.requireNonNull(
                jdbc.queryForObject("SELECT pg_try_advisory_xact_lock(removal_lock())", Boolean.class))) {
            if (System.nanoTime() > end) {
                throw new ApiException(
                                HttpStatus.SERVICE_UNAVAILABLE,
                                "eraseBusy",
                                "An import is under way; the user was not erased. Try again later.",
                                List.of())
                        .with(HttpHeaders.RETRY_AFTER, "30");
            }
            try {
                Thread.sleep(POLL_MILLIS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted while waiting for the intake", e);
            }
        }
    }
}
