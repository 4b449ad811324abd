package io.wholecart.event;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.wholecart.platform.ApiException;
import io.wholecart.platform.InputError;
import io.wholecart.support.ConfiguredService;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.SimpleDriverDataSource;
import org.springframework.mock.web.MockHttpServletRequest;

/**
 * What {@code POST /events} makes of a body, all but the database.
 *
 * @param events what would be stored
 * @param code the refusal's; null when there is none
 * @param errors the refusal's
 */
record EventPost(List<Event> events, @Nullable String code, List<InputError> errors) {

    private static final List<Event> STORED = new ArrayList<>();
    private static final SimpleMeterRegistry METERS = new SimpleMeterRegistry();

    private static final JdbcTemplate NO_DATABASE = new JdbcTemplate(new SimpleDriverDataSource());

    private static final EventStore STORE = new EventStore(NO_DATABASE, null, null, null, null, METERS) {
        @Override
        IngestResult store(List<Event> events) {
            STORED.addAll(events);
            return new IngestResult(events.size(), 0);
        }
    };

    private static final EventController CONTROLLER =
            new EventController(ImportOutcome.READER, STORE, null, null, null, ConfiguredService.JSON, METERS);

    static EventPost of(byte[] body) {
        STORED.clear();
        MockHttpServletRequest request = new MockHttpServletRequest();
        request.setContent(body);
        try {
            IngestResult result = CONTROLLER.post(request);
            if (result.accepted() != STORED.size()) {
                throw new AssertionError("accepted " + result.accepted() + ", stored " + STORED.size());
            }
            return new EventPost(List.copyOf(STORED), null, List.of());
        } catch (ApiException e) {
            if (!STORED.isEmpty()) {
                throw new AssertionError("stored some of a refused batch", e);
            }
            ConfiguredService.requireHonest(e);
            return new EventPost(List.of(), e.code(), e.errors());
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
