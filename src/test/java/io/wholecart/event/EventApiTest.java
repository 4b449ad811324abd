package io.wholecart.event;

import static org.assertj.core.api.Assertions.assertThat;

import io.wholecart.support.Api;
import io.wholecart.support.ServiceTest;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

class EventApiTest extends ServiceTest {

    private static final String EVENTS = "/api/v1/events";
    private static final String GOOD =
            "{\"userId\":\"u1\",\"itemId\":\"i1\",\"behavior\":\"view\",\"occurredAt\":\"2026-05-04T10:00:00Z\"}";

    private static String event(String user, String item, String behavior, String time) {
        return "{\"userId\":\"%s\",\"itemId\":\"%s\",\"behavior\":\"%s\"%s}"
                .formatted(user, item, behavior, time == null ? "" : ",\"occurredAt\":\"" + time + "\"");
    }

    @Test
    void oneEventAnArrayAndTheSameAgain() {
        assertThat(api.post(EVENTS, GOOD).expect(200).json().toString()).isEqualTo("{\"accepted\":1,\"duplicates\":0}");
        String batch = "[" + GOOD + "," + event("u2", "i1", "purchase", null) + "," + GOOD + "]";
        assertThat(api.post(EVENTS, batch).expect(200).json().toString())
                .isEqualTo("{\"accepted\":1,\"duplicates\":2}");
        assertThat(api.post(EVENTS, "[]").expect(200).json().path("accepted").asInt())
                .isZero();
        assertThat(count("event")).isEqualTo(2);
    }

    @Test
    void theHistoryComesNewestFirstInPages() {
        String batch = IntStream.range(10, 35)
                .mapToObj(i -> event("u1", "i" + i % 7, "view", "2026-05-04T10:00:" + i + "Z"))
                .collect(Collectors.joining(",", "[", "]"));
        api.post(EVENTS, batch).expect(200);
        StringBuilder seen = new StringBuilder();
        String cursor = "";
        int pages = 0;
        do {
            var page = api.get("/api/v1/users/u1/events?limit=10" + cursor)
                    .expect(200)
                    .json();
            page.path("events").forEach(e -> seen.append(e.path("occurredAt").asString(""), 17, 19));
            cursor = page.has("next") ? "&cursor=" + page.path("next").asString("") : null;
            pages++;
        } while (cursor != null);
        assertThat(pages).isEqualTo(3);
        assertThat(seen.toString())
                .isEqualTo(IntStream.range(0, 25).mapToObj(i -> "" + (34 - i)).collect(Collectors.joining()));
        assertThat(api.get("/api/v1/users/nobody/events").expect(200).json().path("events"))
                .isEmpty();
        assertThat(api.get("/api/v1/users/u1/events?cursor=zzz")
                        .expect(400)
                        .errors()
                        .get(0))
                .startsWith("cursor:");
        // Long.MIN_VALUE,0,0: what only a forger would send.
        assertThat(api.get("/api/v1/users/u1/events?cursor=LTkyMjMzNzIwMzY4NTQ3NzU4MDgsMCww")
                        .expect(400)
                        .errors()
                        .get(0))
                .startsWith("cursor:");
        assertThat(api.get("/api/v1/users/u1/events?limit=0")
                        .expect(400)
                        .errors()
                        .get(0))
                .startsWith("limit:");
        assertThat(api.get("/api/v1/users/u1/events?limit=many")
                        .expect(400)
                        .errors()
                        .get(0))
                .startsWith("limit:");
    }

    @Test
    void timesKeepTheirMicrosecondsAndOffsets() {
        api.post(EVENTS, event("u1", "i1", "view", "2026-05-04T10:00:00.123456789+02:00"))
                .expect(200);
        assertThat(api.get("/api/v1/users/u1/events")
                        .json()
                        .at("/events/0/occurredAt")
                        .asString(""))
                .isEqualTo("2026-05-04T08:00:00.123456Z");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a/b", "c\\d", "50%", "x;y", "a..b", "p?q#r", "ü ö", "//"})
    void idsWithSpecialCharactersWorkInPaths(String id) {
        api.post(EVENTS, event(id.replace("\\", "\\\\"), "i1", "view", null)).expect(200);
        String encoded = URLEncoder.encode(id, StandardCharsets.UTF_8).replace("+", "%20");
        JsonNode history =
                api.get("/api/v1/users/" + encoded + "/events").expect(200).json();
        assertThat(history.path("userId").asString("")).isEqualTo(id);
        assertThat(history.path("events")).hasSize(1);
    }

    @Test
    void numericIdsAreTaken() {
        api.post(EVENTS, "{\"userId\":17,\"itemId\":4,\"behavior\":\"view\"}").expect(200);
        assertThat(api.get("/api/v1/users/17/events")
                        .json()
                        .at("/events/0/itemId")
                        .asString(""))
                .isEqualTo("4");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "{'userId':'u','itemId':'i','behavior':'wish'}|behavior: 'wish' is unknown; known are [view, cart, purchase]",
                "{'userId':'u','itemId':'i'}|behavior: must not be empty; known are [view, cart, purchase]",
                "{'userId':'','itemId':'i','behavior':'view'}|userId: must not be empty",
                "{'itemId':'i','behavior':'view'}|userId: must not be empty",
                "{'userId':'..','itemId':'i','behavior':'view'}|userId: must not be '.' or '..', which cannot stand in a path",
                "{'userId':'u','itemId':'  ','behavior':'view'}|itemId: must not be empty",
                "{'userId':{'a':1},'itemId':'i','behavior':'view'}|userId: must be a string",
                "{'userId':'u','itemId':'i\\u0000','behavior':'view'}|itemId: must not contain control characters",
                "{'userId':'u\\ud83d','itemId':'i','behavior':'view'}|userId: contains half of a Unicode character",
                "{'userId':'u','itemId':'i','behavior':'view','price':3}|price: is not a known field",
                "{'userId':'u','itemId':'i','behavior':'view','occurredAt':'2999-01-01T00:00:00Z'}|occurredAt: is more than a day in the future",
                "{'userId':'u','itemId':'i','behavior':'view','occurredAt':'1912-01-01T00:00:00Z'}|occurredAt: is before 1970",
                "{'userId':'u','itemId':'i','behavior':'view','occurredAt':'2026-05-04T10:00:00'}|occurredAt: must be ISO-8601 with an offset, like 2026-05-04T17:30:00Z",
                "{'userId':'u','itemId':'i','behavior':'view','occurredAt':1714800000}|occurredAt: must be a string",
                "{'userId':'u','itemId':['i',{'a':[]}],'behavior':'view','x':[[1]],'y':{'z':1}}|y: is not a known field",
                "7|: must be an object with userId, itemId and behavior",
            })
    void aBadEventIsRefusedByField(String body, String error) {
        String json = body.replace('\'', '"');
        Api.Answer answer = api.post(EVENTS, json).expect(400);
        assertThat(answer.response().headers().firstValue("Content-Type")).hasValue("application/problem+json");
        assertThat(answer.json().path("code").asString("")).isEqualTo("invalidInput");
        assertThat(answer.errors()).containsExactly(error);
        nothingStored();
    }

    @Test
    void anIdOf300CharactersIsRefusedAndOneOf200Taken() {
        Api.Answer answer =
                api.post(EVENTS, event("u".repeat(300), "i", "view", null)).expect(400);
        assertThat(answer.errors()).containsExactly("userId: has 300 characters; at most 200 are allowed");
        nothingStored();
        api.post(EVENTS, event("ü".repeat(200), "i", "view", null)).expect(200);
        String longest = event("𝄞".repeat(100), "𝄞".repeat(100), "purchase", "2026-05-04T10:00:00.123456+02:00");
        api.post(EVENTS, "[" + (longest + ",").repeat(9_999) + longest + "]").expect(200);
    }

    @Test
    void aBatchIsAtomicAndEveryBadEventIsListed() {
        String batch = "[" + GOOD + "," + event("", "i", "wish", null) + "," + GOOD + ",null]";
        assertThat(api.post(EVENTS, batch).expect(400).errors())
                .containsExactly(
                        "[1] userId: must not be empty",
                        "[1] behavior: 'wish' is unknown; known are [view, cart, purchase]",
                        "[3] : must be an object with userId, itemId and behavior");
        nothingStored();
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"userId\":", "[", "", "nonsense", "{} {}", "[1,]"})
    void malformedJsonIsRefused(String body) {
        Api.Answer answer = api.post(EVENTS, body).expect(400);
        assertThat(answer.json().path("code").asString("")).isEqualTo("malformedJson");
        nothingStored();
    }

    @Test
    void deepNestingIsRefused() {
        api.post(EVENTS, "[".repeat(40) + "]".repeat(40)).expect(400);
        api.post(EVENTS, "[".repeat(100_000)).expect(400);
        nothingStored();
    }

    @Test
    void aBatchOfTenThousandIsTakenAndOneMoreRefused() {
        String[] events = new String[10_001];
        Arrays.setAll(events, i -> event("u" + i % 50, "i" + i, "view", "2026-05-04T10:00:00Z"));
        Api.Answer refused =
                api.post(EVENTS, "[" + String.join(",", events) + "]").expect(413);
        assertThat(refused.json().path("code").asString("")).isEqualTo("batchTooLarge");
        assertThat(refused.errors().get(0)).startsWith("[10000] ");
        nothingStored();
        String most = String.join(",", Arrays.copyOf(events, 10_000));
        assertThat(api.post(EVENTS, "[" + most + "]")
                        .expect(200)
                        .json()
                        .path("accepted")
                        .asInt())
                .isEqualTo(10_000);
    }

    @Test
    void whatTheFirewallRefusesIsAProblemDetailToo() {
        assertThat(api.get("/api/v1/users/a%0Ab/events")
                        .expect(400)
                        .json()
                        .path("code")
                        .asString(""))
                .isEqualTo("badRequest");
    }

    @Test
    void aBodyThatIsTooLargeIsRefused() {
        Api.Answer refused = api.post(EVENTS, "[" + " ".repeat(33 << 20) + "]").expect(413);
        assertThat(refused.json().path("code").asString("")).isEqualTo("bodyTooLarge");
    }

    @Test
    void manyCallersWithTheSameNewIdsDoNotClash() throws Exception {
        String[] events = new String[2_000];
        Arrays.setAll(
                events, i -> event("user" + i * 7919 % 1000, "item" + i * 31 % 700, "cart", "2026-05-04T10:00:00Z"));
        ExecutorService threads = Executors.newFixedThreadPool(6);
        try {
            List<Callable<Integer>> calls = IntStream.range(0, 6)
                    .mapToObj(t -> (Callable<Integer>) () -> {
                        String[] mine = events.clone();
                        Collections.rotate(Arrays.asList(mine), 300 * t);
                        return api.post(EVENTS, "[" + String.join(",", mine) + "]")
                                .expect(200)
                                .json()
                                .path("accepted")
                                .asInt();
                    })
                    .toList();
            int accepted = 0;
            for (Future<Integer> call : threads.invokeAll(calls)) {
                accepted += call.get();
            }
            assertThat(accepted).isEqualTo(count("event"));
            assertThat(accepted)
                    .isEqualTo((int) Arrays.stream(events).distinct().count());
            assertThat(jdbc.queryForObject("SELECT count(*) FROM item", Integer.class))
                    .isEqualTo(700);
            assertThat(jdbc.queryForObject("SELECT count(*) FROM app_user", Integer.class))
                    .isEqualTo(1000);
        } finally {
            threads.shutdownNow();
        }
    }
}
