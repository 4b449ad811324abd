package io.wholecart.platform;

import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;

/**
 * Back-pressure: some requests are worked on at a time and some wait; more of them are told to come again, so that a burst
 * neither takes all of the database's connections nor piles up in memory.
 */
public final class TurnGate {

    private final Semaphore writers;
    private final int waiting;
    private final long patienceMillis;
    private final String code;
    private final String detail;

    /**
     * A gate.
     *
     * @param writers let through at a time
     * @param waiting more than these do not wait
     * @param code of the refusal
     * @param detail of the refusal
     */
    public TurnGate(int writers, int waiting, long patienceMillis, String code, String detail) {
        this.code = code;
        this.detail = detail;
        this.writers = new Semaphore(writers, true);
        this.waiting = waiting;
        this.patienceMillis = patienceMillis;
    }

    /** Does the work when it is its turn. */
    public <T> T pass(Supplier<T> work) {
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
        throw new ApiException(HttpStatus.SERVICE_UNAVAILABLE, code, detail, List.of())
                .with(HttpHeaders.RETRY_AFTER, "1");
    }
}
