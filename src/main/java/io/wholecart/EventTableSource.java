package io.wholecart;

import io.wholecart.catalog.IdNumbers;
import io.wholecart.event.EventScan;
import io.wholecart.interaction.EventSource;
import java.time.Instant;
import java.util.List;
import org.springframework.stereotype.Component;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.TransactionTemplate;

/** The event table as the source of snapshots: what joins the intake's rooms to the learning ones. */
@Component
class EventTableSource implements EventSource {

    private final EventScan events;
    private final IdNumbers ids;
    private final TransactionTemplate consistentRead;

    EventTableSource(EventScan events, IdNumbers ids, PlatformTransactionManager transactions) {
        this.events = events;
        this.ids = ids;
        this.consistentRead = new TransactionTemplate(transactions);
        consistentRead.setIsolationLevel(TransactionDefinition.ISOLATION_REPEATABLE_READ);
        consistentRead.setReadOnly(true);
    }

    @Override
    public Instant read(List<String> behaviors, Sink sink) {
        // Before the transaction takes its snapshot: see EventScan.settledUntil.
        Instant settledUntil = events.settledUntil();
        consistentRead.executeWithoutResult(status -> {
            events.forEach(behaviors, sink::event);
            ids.forEachUser(sink::user);
            ids.forEachItem(sink::item);
        });
        return settledUntil;
    }

    @Override
    public boolean anySince(Instant time) {
        return events.anySince(time);
    }
}
