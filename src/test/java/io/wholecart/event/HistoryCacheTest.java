package io.wholecart.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.wholecart.platform.Signals;
import io.wholecart.support.ServiceTest;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;

class HistoryCacheTest extends ServiceTest {

    private static final String USER = "busy";

    @Autowired
    private EventHistory history;

    @Autowired
    private Signals signals;

    @BeforeEach
    void hear() {
        await().until(() -> signals.epoch() != Signals.DEAF);
    }

    private EventHistory.Past past() {
        return history.past(USER, Instant.EPOCH);
    }

    private int items() {
        return past().touched().size();
    }

    private void post(String item) {
        api.post(
                        "/api/v1/events",
                        "{\"userId\":\"" + USER + "\",\"itemId\":\"" + item + "\",\"behavior\":\"purchase\"}")
                .expect(200);
    }

    /** As another node would, which has not told yet. */
    private void storeSilently(String item) {
        jdbc.update("INSERT INTO item (external_id) VALUES (?)", item);
        jdbc.update(
                "INSERT INTO event (user_number, item_number, behavior, occurred_at) SELECT u.number, i.number, b.number, now()"
                        + " FROM app_user u, item i, behavior b"
                        + " WHERE u.external_id = ? AND i.external_id = ? AND b.name = 'view'",
                USER,
                item);
    }

    @Test
    void whatIsAcknowledgedIsSeenHoweverManyRead() throws Exception {
        AtomicBoolean stop = new AtomicBoolean();
        ExecutorService readers = Executors.newFixedThreadPool(3);
        try {
            Runnable reading = () -> {
                while (!stop.get()) {
                    past();
                }
            };
            List<Future<?>> all = List.of(readers.submit(reading), readers.submit(reading), readers.submit(reading));
            for (int i = 1; i <= 200; i++) {
                post("item" + i);
                assertThat(items()).isEqualTo(i);
            }
            stop.set(true);
            for (Future<?> reader : all) {
                reader.get();
            }
        } finally {
            stop.set(true);
            readers.shutdownNow();
        }
    }

    @Test
    void importsAndErasuresAreSeenToo() {
        post("a");
        assertThat(items()).isEqualTo(1);
        assertThat(past()).as("from memory").isSameAs(past());
        api.importCsv("userId,itemId,behavior\n" + USER + ",b,view\n" + USER + ",c,cart\n")
                .expect(200);
        assertThat(items()).isEqualTo(3);
        api.delete("/api/v1/users/" + USER).expect(204);
        assertThat(past().touched()).isEmpty();
        assertThat(past().erased()).isTrue();
    }

    @Test
    void otherNodesTell() {
        post("a");
        assertThat(items()).isEqualTo(1);
        storeSilently("b");
        assertThat(items()).as("nobody told").isEqualTo(1);
        int stripe = (USER.hashCode() ^ USER.hashCode() >>> 16) & 0xffff;
        jdbc.query("SELECT pg_notify('wholecart_history', ?)", row -> {}, "another node:7," + stripe);
        await().atMost(Duration.ofSeconds(2)).until(() -> items() == 2);
    }

    @Test
    void afterAGapEverythingIsReadAgain() {
        post("a");
        assertThat(items()).isEqualTo(1);
        storeSilently("b");
        long before = signals.epoch();
        jdbc.query(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
                        + " AND pid <> pg_backend_pid() AND (query LIKE 'LISTEN%' OR query = 'SELECT 1')",
                row -> {});
        await().atMost(Duration.ofSeconds(10)).until(() -> signals.epoch() > before);
        assertThat(items()).isEqualTo(2);
    }
}
