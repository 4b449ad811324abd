package io.wholecart.catalog;

import io.wholecart.platform.Patience;
import io.wholecart.platform.Signals;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/** The counter of the catalog's changes: in the database, and here as long as other nodes' changes are heard. */
@Component
class CatalogChanges implements Signals.Listener {

    private static final String CHANNEL = "wholecart_catalog";

    /** A shopper waits for these answers. */
    private static final Duration LIMIT = Duration.ofSeconds(2);

    private static final String LOOK =
            "SELECT counter, pg_postmaster_start_time() || ' ' || 'catalog_change'::regclass::oid"
                    + " FROM catalog_change";

    private final JdbcTemplate jdbc;
    private final Signals signals;
    private volatile String server = "";
    private final AtomicReference<Known> known = new AtomicReference<>(new Known(Signals.DEAF, 0));

    CatalogChanges(JdbcTemplate jdbc, Signals signals) {
        this.jdbc = Patience.of(LIMIT, jdbc);
        this.signals = signals;
    }

    /**
     * A value of the counter.
     *
     * @param epoch of the signals, in which no later change was missed
     */
    private record Known(long epoch, long change) {}

    /** The value that every change has reached which was acknowledged on this node, or heard of. */
    Long last() {
        long epoch = signals.epoch();
        Known now = Objects.requireNonNull(known.get());
        if (epoch != Signals.DEAF && now.epoch == epoch) {
            return now.change;
        }
        Long change = read();
        known.compareAndSet(now, new Known(epoch, Math.max(now.change, change)));
        return change;
    }

    /** The database's value, which then also counts here, should a signal have been missed. */
    Catalog.Look look() {
        Known before = Objects.requireNonNull(known.get());
        Catalog.Look look = Objects.requireNonNull(
                jdbc.queryForObject(LOOK, (row, n) -> new Catalog.Look(row.getLong(1), row.getString(2))));
        // Less than was committed before the question: what was known is another server's, heard of too late.
        if (look.server().equals(server) && look.change() >= before.change) {
            reached(look.change());
        } else {
            known.set(new Known(Signals.DEAF, look.change()));
            server = look.server();
        }
        return look;
    }

    /** The database's value. */
    Long read() {
        return Objects.requireNonNull(jdbc.queryForObject("SELECT counter FROM catalog_change", Long.class));
    }

    /**
     * Raises it within a transaction. Everybody who changes items waits here for the one before to commit, so that changes
     * appear in their order.
     */
    long next() {
        long change = Objects.requireNonNull(
                jdbc.queryForObject("UPDATE catalog_change SET counter = counter + 1 RETURNING counter", Long.class));
        signals.send(CHANNEL, String.valueOf(change));
        TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {
            @Override
            public void afterCompletion(int status) {
                if (status == STATUS_COMMITTED) {
                    reached(change);
                } else {
                    // Perhaps it is committed all the same. A value that is not must not be taken for reached.
                    known.updateAndGet(before -> new Known(Signals.DEAF, before.change));
                }
            }
        });
        return change;
    }

    private void reached(long change) {
        known.updateAndGet(before -> new Known(before.epoch, Math.max(before.change, change)));
    }

    @Override
    public String channel() {
        return CHANNEL;
    }

    @Override
    public void received(String payload, boolean own) {
        reached(Long.parseLong(payload));
    }
}
