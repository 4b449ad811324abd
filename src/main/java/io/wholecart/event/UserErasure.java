package io.wholecart.event;

import io.wholecart.platform.ApiException;
import io.wholecart.platform.UserHash;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.dao.DataAccessException;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Forgets users: their events and their id go, and models that had learned them before no longer know them: on the node
 * that erases with its next answer, on the others some milliseconds later.
 */
@Component
class UserErasure {

    private static final Logger log = LoggerFactory.getLogger(UserErasure.class);
    /** An import merges its lines under the same lock; longer than this the caller should not wait for it. */
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    /**
     * Whoever waits for the lock stops the intake behind it: short waits, with pauses. And whoever has it does: a node that
     * is stopped or cut off in the middle must not have it for ever.
     */
    private static final String ONE_WAIT =
            "SET LOCAL lock_timeout = '500ms'; SET LOCAL idle_in_transaction_session_timeout = '10s'";

    private static final Set<String> LOCKED = Set.of("55P03", "40P01");
    private static final long PAUSE_MILLIS = 200;

    /** One at a time: a burst of them must not take the connections. */
    private final ReentrantLock turn = new ReentrantLock(true);

    private final JdbcTemplate jdbc;
    private final TransactionTemplate transaction;
    private final HistoryCache cache;
    private final ApplicationEventPublisher publisher;

    UserErasure(
            JdbcTemplate jdbc,
            TransactionTemplate transaction,
            HistoryCache cache,
            ApplicationEventPublisher publisher) {
        this.cache = cache;
        this.publisher = publisher;
        this.jdbc = jdbc;
        this.transaction = transaction;
    }

    /** Erases a user, known or not; a new event with the same id is a new user's. */
    void erase(String userId) {
        byte[] hash = UserHash.of(userId);
        long end = System.nanoTime() + PATIENCE.toNanos();
        try {
            if (!turn.tryLock(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
                throw busy();
            }
            try {
                Integer events = tryUntil(end, userId, hash);
                UserErased erased = new UserErased(UserHash.hex(userId));
                publisher.publishEvent(erased);
                log.info("audit: erased the user with SHA-256 {} and {} events", erased.hash(), events);
            } finally {
                cache.changed(List.of(userId));
                turn.unlock();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw busy();
        }
    }

    private Integer tryUntil(long end, String userId, byte[] hash) throws InterruptedException {
        while (true) {
            try {
                return Objects.requireNonNull(transaction.execute(status -> remove(userId, hash)));
            } catch (DataAccessException e) {
                if (!isLocked(e)) {
                    throw e;
                }
                if (System.nanoTime() > end) {
                    throw busy();
                }
                Thread.sleep(PAUSE_MILLIS);
            }
        }
    }

    /** Waited long enough for a lock, or a deadlock: Spring has no word for the first. */
    private static boolean isLocked(DataAccessException e) {
        return e.getRootCause() instanceof SQLException cause && LOCKED.contains(String.valueOf(cause.getSQLState()));
    }

    private int remove(String userId, byte[] hash) {
        jdbc.execute(ONE_WAIT);
        jdbc.execute("SELECT pg_advisory_xact_lock(removal_lock())");
        jdbc.update("UPDATE removal SET counter = counter + 1");
        // A month that moves to a partition of its own must not do so between planning and deleting.
        jdbc.execute("LOCK TABLE ONLY event IN ROW EXCLUSIVE MODE");
        int events = jdbc.update(
                "DELETE FROM event WHERE user_number = (SELECT number FROM app_user WHERE external_id = ?)", userId);
        jdbc.update("DELETE FROM app_user WHERE external_id = ?", userId);
        cache.tellWithCommit(userId);
        jdbc.update(
                "INSERT INTO erased_user (id_hash, erased_at) VALUES (?, received_now())"
                        + " ON CONFLICT (id_hash) DO UPDATE SET erased_at = excluded.erased_at",
                hash);
        return events;
    }

    private static ApiException busy() {
        return new ApiException(
                        HttpStatus.SERVICE_UNAVAILABLE,
                        "eraseBusy",
                        "An import or other erasures are under way; the user was not erased. Try again later.",
                        List.of())
                .with(HttpHeaders.RETRY_AFTER, "30");
    }
}
