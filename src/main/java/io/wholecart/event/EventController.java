package io.wholecart.event;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.wholecart.platform.ApiException;
import io.wholecart.platform.ExternalId;
import io.wholecart.platform.InputError;
import io.wholecart.platform.JsonProblems;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

@RestController
@RequestMapping("/api/v1")
class EventController {

    private static final int MAX_BATCH = 10_000;
    private static final int MAX_BODY_BYTES = 16 << 20;
    private static final int MAX_PAGE = 1_000;

    private final EventReader reader;
    private final EventStore store;
    private final EventImport bulk;
    private final EventHistory history;
    private final JsonMapper json;
    private final Timer timer;

    EventController(
            EventReader reader,
            EventStore store,
            EventImport bulk,
            EventHistory history,
            JsonMapper json,
            MeterRegistry meters) {
        this.reader = reader;
        this.store = store;
        this.bulk = bulk;
        this.history = history;
        this.json = json;
        this.timer = meters.timer("wholecart.ingest");
    }

    /** One event or an array of up to 10,000; all are stored or none. */
    @PostMapping("/events")
    IngestResult post(HttpServletRequest request) throws IOException {
        long started = System.nanoTime();
        JsonNode body = parse(request);
        boolean batch = body.isArray();
        int count = batch ? body.size() : 1;
        if (count > MAX_BATCH) {
            store.countRejected(count);
            String message = "the batch has " + count + " events; at most " + MAX_BATCH + " are allowed";
            InputError firstTooMany = new InputError(MAX_BATCH, null, null, message);
            throw new ApiException(
                    HttpStatus.CONTENT_TOO_LARGE,
                    "batchTooLarge",
                    "The batch has " + count + " events; at most " + MAX_BATCH + " are allowed.",
                    List.of(firstTooMany));
        }
        Instant now = reader.now();
        List<InputError> errors = new ArrayList<>();
        List<Event> events = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            int index = i;
            Event event = reader.read(
                    batch ? body.get(i) : body, now, error -> errors.add(batch ? error.atIndex(index) : error));
            if (event != null) {
                events.add(event);
            }
        }
        if (!errors.isEmpty()) {
            store.countRejected(count);
            throw ApiException.invalid(errors);
        }
        IngestResult result = store.store(events);
        timer.record(Duration.ofNanos(System.nanoTime() - started));
        return result;
    }

    /** CSV or NDJSON of any size, plain or gzip, read as a stream; all lines are stored or none. */
    @PostMapping("/events/import")
    IngestResult bulkImport(HttpServletRequest request) throws IOException {
        String type = request.getContentType();
        if (type != null && type.startsWith("multipart/")) {
            throw new ApiException(
                    HttpStatus.UNSUPPORTED_MEDIA_TYPE,
                    "unsupportedMediaType",
                    "Send the file itself as the body (curl --data-binary @FILE), not a form.",
                    List.of());
        }
        return bulk.read(request.getInputStream());
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

    private JsonNode parse(HttpServletRequest request) throws IOException {
        byte[] body;
        try (InputStream in = request.getInputStream()) {
            body = in.readNBytes(MAX_BODY_BYTES + 1);
        }
        if (body.length > MAX_BODY_BYTES) {
            throw new ApiException(
                    HttpStatus.CONTENT_TOO_LARGE,
                    "bodyTooLarge",
                    "The body is larger than 16 MiB: send smaller batches, or use /api/v1/events/import.",
                    List.of());
        }
        try {
            JsonNode node = json.readTree(body);
            if (node == null || node.isMissingNode()) {
                throw JsonProblems.explain(null);
            }
            return node;
        } catch (JacksonException e) {
            throw JsonProblems.explain(e);
        }
    }
}
