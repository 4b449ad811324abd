package io.wholecart.event;

import static org.assertj.core.api.Assertions.assertThat;

import io.wholecart.support.ServiceTest;
import java.time.Instant;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.test.context.TestPropertySource;

@TestPropertySource(properties = "wholecart.events.retention=60d")
class EventPartitionsTest extends ServiceTest {

    @Autowired
    private EventPartitions partitions;

    private static String name(YearMonth month) {
        return "event_%04d_%02d".formatted(month.getYear(), month.getMonthValue());
    }

    @Test
    void thisMonthAndTheNextThreeAreMadeAhead() {
        partitions.maintain();
        partitions.maintain();
        YearMonth now = YearMonth.now(ZoneOffset.UTC);
        assertThat(partitions.partitions())
                .contains(name(now), name(now.plusMonths(3)), "event_default")
                .doesNotContain(name(now.plusMonths(4)));
    }

    @Test
    void whatIsOlderThanTheRetentionIsDroppedAndRefused() {
        partitions.maintain();
        jdbc.execute(
                "CREATE TABLE event_2020_02 PARTITION OF event FOR VALUES FROM ('2020-02-01Z') TO ('2020-03-01Z')");
        jdbc.execute("INSERT INTO event SELECT 1, n, 1, timestamptz '2020-02-03Z' + n * interval '30 days'"
                + " FROM generate_series(0, 5) n");
        jdbc.execute("INSERT INTO event VALUES (1, 1, 1, now())");
        long removals = jdbc.queryForObject("SELECT counter FROM removal", Long.class);
        partitions.maintain();
        assertThat(partitions.partitions()).doesNotContain("event_2020_02");
        assertThat(count("event")).isEqualTo(1);
        assertThat(jdbc.queryForObject("SELECT counter FROM removal", Long.class))
                .isGreaterThan(removals);
        Instant old = Instant.now().minus(61, ChronoUnit.DAYS);
        assertThat(api.post(
                                "/api/v1/events",
                                "{\"userId\":\"u\",\"itemId\":\"i\",\"behavior\":\"view\",\"occurredAt\":\"" + old
                                        + "\"}")
                        .expect(400)
                        .errors())
                .containsExactly("occurredAt: is older than events are kept here (wholecart.events.retention)");
    }

    @Test
    void aMonthThatGrewInTheDefaultPartitionIsMovedOut() {
        YearMonth last = YearMonth.now(ZoneOffset.UTC).minusMonths(1);
        jdbc.execute("DROP TABLE IF EXISTS " + name(last));
        jdbc.update(
                "INSERT INTO event SELECT n, 1, 1, ?::timestamptz FROM generate_series(1, 10000) n",
                EventPartitions.start(last).toString());
        assertThat(count("event_default")).isEqualTo(10_000);
        partitions.maintain();
        assertThat(count(name(last))).isEqualTo(10_000);
        assertThat(count("event_default")).isZero();
    }
}
