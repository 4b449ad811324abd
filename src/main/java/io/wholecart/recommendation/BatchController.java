package io.wholecart.recommendation;

import io.wholecart.platform.ApiException;
import io.wholecart.platform.ExternalId;
import io.wholecart.platform.InputError;
import io.wholecart.platform.WholecartProperties;
import jakarta.servlet.http.HttpServletResponse;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.core.StreamWriteFeature;
import tools.jackson.databind.ObjectWriter;
import tools.jackson.databind.json.JsonMapper;

/** Recommendations for many users in one request, for a mail campaign. */
@RestController
class BatchController {

    private static final int MAX_USERS = 100_000;
    /** At a time; shoppers come first. */
    private static final int MAX_BATCHES = 2;

    private static final int BUFFER = 64 << 10;

    private final Semaphore turns = new Semaphore(MAX_BATCHES);
    private final Recommender recommender;
    private final List<String> behaviors;
    private final ObjectWriter json;

    BatchController(Recommender recommender, WholecartProperties properties, JsonMapper json) {
        this.recommender = recommender;
        this.behaviors = properties.behaviors();
        this.json = json.writerFor(Recommendations.class).without(StreamWriteFeature.AUTO_CLOSE_TARGET);
    }

    /** As received: users, and the parameters of the request for one. */
    record Body(
            @Nullable List<@Nullable String> userIds,
            @Nullable Integer limit,
            @Nullable Integer offset,
            @Nullable String behavior,
            @Nullable List<@Nullable String> exclude,
            @Nullable List<@Nullable String> category,
            @Nullable List<@Nullable String> excludeItem) {}

    /**
     * Answers a line of JSON for each user, in their order, as they are made, all from one version; those for which the database was away have
     * {@code degraded}.
     */
    @PostMapping("/api/v1/recommendations/batch")
    void recommend(@RequestBody Body body, HttpServletResponse response) throws IOException {
        List<InputError> errors = new ArrayList<>();
        List<String> users = users(body.userIds(), errors);
        RecommendationQuery query = RecommendationQuery.of(
                body.limit(),
                body.offset(),
                body.behavior(),
                body.exclude(),
                body.category(),
                body.excludeItem(),
                behaviors,
                errors);
        if (!turns.tryAcquire()) {
            String detail = MAX_BATCHES + " batches are under way on this node; try again when they have ended.";
            throw new ApiException(HttpStatus.SERVICE_UNAVAILABLE, "batchesBusy", detail, List.of())
                    .with(HttpHeaders.RETRY_AFTER, "10");
        }
        try {
            response.setContentType(MediaType.APPLICATION_NDJSON_VALUE);
            OutputStream out = new BufferedOutputStream(response.getOutputStream(), BUFFER);
            Function<String, Recommendations> answers = recommender.forMany(query);
            for (String user : users) {
                json.writeValue(out, answers.apply(user));
                out.write('\n');
            }
            out.flush();
        } finally {
            turns.release();
        }
    }

    private static List<String> users(@Nullable List<@Nullable String> ids, List<InputError> errors) {
        List<String> users = new ArrayList<>();
        if (ids == null || ids.isEmpty() || ids.size() > MAX_USERS) {
            errors.add(InputError.field("userIds", "must be a list of 1 to " + MAX_USERS + " users"));
            return users;
        }
        for (int i = 0; i < ids.size(); i++) {
            String flaw = ExternalId.flaw(ids.get(i));
            if (flaw != null) {
                errors.add(InputError.field("userIds", flaw).atIndex(i));
            }
            users.add(String.valueOf(ids.get(i)));
        }
        return users;
    }
}
