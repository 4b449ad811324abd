package io.wholecart.event;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.wholecart.platform.ApiException;
import io.wholecart.platform.ExternalId;
import io.wholecart.platform.InputError;
import io.wholecart.platform.JsonProblems;
import io.wholecart.platform.TurnGate;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.util.MultiValueMap;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.util.UriComponentsBuilder;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.json.JsonMapper;

@RestController
@RequestMapping("/api/v1")
class EventController {

    private static final int MAX_BATCH = 10_000;
    private static final int MAX_PAGE = 1_000;

    /** Batches written at one time: half of the connections. */
    private static final int WRITERS = 8;

    private static final int WAITING = 64;
    private static final long PATIENCE_MILLIS = 5_000;

    private final TurnGate gate = new TurnGate(
            WRITERS,
            WAITING,
            PATIENCE_MILLIS,
            "intakeBusy",
            "More events are coming in than can be stored; nothing of this request was. Send it again later.");
    private final EventReader reader;
    private final EventStore store;
    private final EventImport bulk;
    private final EventHistory history;
    private final UserErasure erasure;
    private final JsonMapper json;
    private final Timer timer;

    EventController(
            EventReader reader,
            EventStore store,
            EventImport bulk,
            EventHistory history,
            UserErasure erasure,
            JsonMapper json,
            MeterRegistry meters) {
        this.reader = reader;
        this.store = store;
        this.bulk = bulk;
        this.history = history;
        this.erasure = erasure;
        this.json = json;
        this.timer = meters.timer("wholecart.ingest");
    }

    /** One event or an array of up to 10,000; all are stored or none. */
    @PostMapping("/events")
    IngestResult post(HttpServletRequest request) throws IOException {
        long started = System.nanoTime();
        List<InputError> errors = new ArrayList<>();
        List<Event> events = read(request.getInputStream(), errors);
        if (!errors.isEmpty()) {
            store.countRejected(events.size()
                    + errors.stream().map(InputError::index).distinct().count());
            throw ApiException.invalid(errors);
        }
        IngestResult result = gate.pass(() -> store.store(events));
        timer.record(Duration.ofNanos(System.nanoTime() - started));
        return result;
    }

    private List<Event> read(InputStream body, List<InputError> errors) {
        List<Event> events = new ArrayList<>();
        Instant now = reader.now();
        try (JsonParser parser = json.createParser(body)) {
            JsonToken first = parser.nextToken();
            if (first == null) {
                throw JsonProblems.explain(null);
            }
            if (first == JsonToken.START_ARRAY) {
                for (int index = 0; parser.nextToken() != JsonToken.END_ARRAY; index++) {
                    requireRoom(index);
                    int at = index;
                    add(events, reader.read(parser, now, error -> errors.add(error.atIndex(at))));
                }
            } else {
                add(events, reader.read(parser, now, errors::add));
            }
            if (parser.nextToken() != null) {
                throw JsonProblems.explain(null);
            }
            return events;
        } catch (JacksonException e) {
            throw JsonProblems.explain(e);
        }
    }

    private static void add(List<Event> events, @Nullable Event event) {
        if (event != null) {
            events.add(event);
        }
    }

    private void requireRoom(int index) {
        if (index == MAX_BATCH) {
            store.countRejected(index);
            String detail = "The batch has more than " + MAX_BATCH + " events.";
            InputError firstTooMany = new InputError(index, null, null, "is one more than a batch may have");
            throw new ApiException(HttpStatus.CONTENT_TOO_LARGE, "batchTooLarge", detail, List.of(firstTooMany));
        }
    }

    /** A file of any size, plain or gzip, read as a stream; all good lines are stored or none. */
    @PostMapping("/events/import")
    ImportResult bulkImport(HttpServletRequest request) throws IOException {
        // Not as request parameters: curl calls every body a form, and looking for parameters would read it.
        MultiValueMap<String, String> query = UriComponentsBuilder.newInstance()
                .query(request.getQueryString())
                .build()
                .getQueryParams();
        ImportOptions options = ImportOptions.of(query.getFirst("onError"), query.getFirst("format"));
        String type = request.getContentType();
        if (type != null && type.startsWith("multipart/")) {
            throw new ApiException(
                    HttpStatus.UNSUPPORTED_MEDIA_TYPE,
                    "unsupportedMediaType",
                    "Send the file itself as the body (curl --data-binary @FILE), not a form.",
                    List.of());
        }
        return bulk.read(request.getInputStream(), options);
    }

    /** A user's events, the newest first. */
    @GetMapping("/users/{id}/events")
    EventHistory.Page history(
            @PathVariable String id,
            @RequestParam(defaultValue = "100") int limit,
            @RequestParam(required = false) @Nullable String cursor) {
        ExternalId.require("userId", id);
        if (limit < 1 || limit > MAX_PAGE) {
            throw ApiException.invalid("limit", "must be from 1 to " + MAX_PAGE);
        }
        return history.page(id, limit, cursor);
    }

    /** Erases a user; also one that is not known, so that a repeated call ends like the first. */
    @DeleteMapping("/users/{id}")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void erase(@PathVariable String id) {
        ExternalId.require("userId", id);
        erasure.erase(id);
    }
}
