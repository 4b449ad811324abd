package io.wholecart.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;
import static org.awaitility.Awaitility.await;

import io.wholecart.support.ServiceTest;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;

class EventCountsTest extends ServiceTest {

    @Autowired
    private EventCounts counts;

    @Test
    void aLargeTableIsEstimatedFromSomeOfItsPages() {
        jdbc.update("INSERT INTO event (user_number, item_number, behavior, occurred_at)"
                + " SELECT n, n % 7, (SELECT number FROM behavior WHERE name = CASE WHEN n % 5 = 0 THEN 'cart' ELSE 'view' END),"
                + " date_trunc('day', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' - interval '1 hour'"
                + " FROM generate_series(1, 650000) AS n");
        await().until(() -> counts.counts().events().count() > 0);
        EventCounts.Counts found = counts.counts();
        assertThat(found.events().estimated()).isTrue();
        assertThat(found.events().count()).isCloseTo(650_000, withinPercentage(10));
        assertThat(found.users()).isEqualTo(new EventCounts.Total(0, false));
        assertThat(found.daysEstimated()).isTrue();
        Map<String, Long> yesterday = found.days().get(EventCounts.DAYS - 2).behaviors();
        assertThat(yesterday.get("view")).isCloseTo(520_000, withinPercentage(10));
        assertThat(yesterday.get("cart")).isCloseTo(130_000, withinPercentage(10));
        truncate("event");
    }
}
