package io.wholecart.event;

import io.wholecart.platform.ApiException;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;

/**
 * Back-pressure: some batches are written at a time and some wait; more of them are told to come again, so that a burst
 * neither takes all of the database's connections nor piles up in memory.
 */
final class IntakeGate {

    private final Semaphore writers;
    private final int waiting;
    private final long patienceMillis;

    IntakeGate(int writers, int waiting, long patienceMillis) {
        this.writers = new Semaphore(writers, true);
        this.waiting = waiting;
        this.patienceMillis = patienceMillis;
    }

    /** Does the work when it is its turn. */
    <T> T pass(Supplier<T> work) {
        enter();
        try {
            return work.get();
        } finally {
            writers.release();
        }
    }

    private void enter() {
        try {
            if (writers.tryAcquire()
                    || (writers.getQueueLength() < waiting
                            && writers.tryAcquire(patienceMillis, TimeUnit.MILLISECONDS))) {
                return;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        throw new ApiException(
                        HttpStatus.SERVICE_UNAVAILABLE,
                        "intakeBusy",
                        "More events are coming in than can be stored; nothing of this request was. Send it again later.",
                        List.of())
                .with(HttpHeaders.RETRY_AFTER, "1");
    }
}
