package io.wholecart.support;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.dao.PessimisticLockingFailureException;
import org.springframework.jdbc.core.JdbcTemplate;
import tools.jackson.databind.JsonNode;

/** A test of the started service: before each test no run is under way and there are no events, users or items. */
@WholecartTest
public abstract class ServiceTest {

    protected static final String RUNS = "/api/v1/admin/training-runs";
    /** Parameters of a run that takes no time. */
    protected static final String QUICK = "{\"factors\":8,\"iterations\":3}";

    @LocalServerPort
    protected int port;

    @Autowired
    protected JdbcTemplate jdbc;

    protected Api api;

    @BeforeEach
    void startFromNothing() {
        api = Api.at(port);
        for (JsonNode run : api.get(RUNS).json()) {
            if (List.of("QUEUED", "RUNNING").contains(run.path("status").asString(""))) {
                api.delete(RUNS + "/" + run.path("id").asInt());
            }
        }
        truncate("event, app_user, item, erased_user");
        // As everything that takes users or items away: nodes must not use the numbers that they remember.
        jdbc.update("UPDATE removal SET counter = counter + 1");
        jdbc.query("SELECT pg_notify('wholecart_history', 'test:all')", row -> {});
    }

    /** Empties tables that the service goes on reading: where the two wait for each other, PostgreSQL breaks this one off. */
    protected void truncate(String tables) {
        await().ignoreException(PessimisticLockingFailureException.class).until(() -> {
            jdbc.execute("TRUNCATE " + tables);
            return true;
        });
    }

    protected int count(String table) {
        return jdbc.queryForObject("SELECT count(*) FROM " + table, Integer.class);
    }

    protected void nothingStored() {
        for (String table : new String[] {"event", "app_user", "item"}) {
            assertThat(count(table)).as(table).isZero();
        }
    }
}
