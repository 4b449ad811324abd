package io.wholecart.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class TurnGateTest {

    @Test
    void someWriteSomeWaitAndTheRestComesAgain() throws Exception {
        TurnGate gate = new TurnGate(1, 1, 10_000, "intakeBusy", "Later.");
        CountDownLatch open = new CountDownLatch(1);
        AtomicInteger started = new AtomicInteger();
        ExecutorService threads = Executors.newFixedThreadPool(2);
        try {
            Future<Integer> writing = threads.submit(() -> gate.pass(() -> work(started, open)));
            await().until(() -> started.get() == 1);
            Future<Integer> waiting = threads.submit(() -> gate.pass(() -> work(started, open)));
            await().untilAsserted(() -> assertThatThrownBy(() -> gate.pass(() -> 3))
                    .isInstanceOfSatisfying(ApiException.class, e -> {
                        assertThat(e.code()).isEqualTo("intakeBusy");
                        assertThat(e.headers()).containsKey("Retry-After");
                    }));
            assertThat(started).hasValue(1);
            open.countDown();
            assertThat(writing.get(5, TimeUnit.SECONDS)).isEqualTo(7);
            assertThat(waiting.get(5, TimeUnit.SECONDS)).isEqualTo(7);
            assertThat(gate.pass(() -> 3)).isEqualTo(3);
        } finally {
            threads.shutdownNow();
        }
    }

    private static int work(AtomicInteger started, CountDownLatch open) {
        started.incrementAndGet();
        try {
            open.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        return 7;
    }

    @Test
    void whoWaitsTooLongComesAgain() {
        TurnGate gate = new TurnGate(1, 5, 20, "intakeBusy", "Later.");
        gate.pass(() -> {
            assertThatThrownBy(() -> gate.pass(() -> 1)).isInstanceOf(ApiException.class);
            return 0;
        });
    }
}
