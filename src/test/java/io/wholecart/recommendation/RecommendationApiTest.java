package io.wholecart.recommendation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import io.wholecart.support.Api;
import io.wholecart.support.ServiceTest;
import io.wholecart.support.TwoTastes;
import java.net.http.HttpHeaders;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Items 0 to 19 are one taste, 20 to 39 the other; users with an even number have the first. */
class RecommendationApiTest extends ServiceTest {

    private static final String ALL = "?limit=40&exclude=";

    @BeforeEach
    void train() {
        TwoTastes.importInto(api, 60);
        api.awaitServed(api.train(QUICK).path("modelVersion").asInt());
    }

    private static String event(String user, String item, String behavior) {
        return "{\"userId\":\"" + user + "\",\"itemId\":\"" + item + "\",\"behavior\":\"" + behavior + "\"}";
    }

    private JsonNode recommendations(String user, String query) {
        return api.get("/api/v1/users/" + user + "/recommendations" + query)
                .expect(200)
                .json();
    }

    private static String source(JsonNode answer) {
        return answer.path("source").asString("");
    }

    private static long firstTaste(List<String> ids) {
        return ids.stream().filter(id -> Integer.parseInt(id.substring(1)) < 20).count();
    }

    @Test
    void aPostedPurchaseIsLeftOutOfTheVeryNextAnswer() {
        String best = Api.ids(recommendations("u4", "")).get(0);
        api.post("/api/v1/events", event("u4", best, "purchase")).expect(200);
        assertThat(Api.ids(recommendations("u4", ""))).isNotEmpty().doesNotContain(best);
    }

    @Test
    void aPostedViewFoldsTheUserInAndMovesSimilarItemsUp() {
        JsonNode before = recommendations("u4", ALL);
        assertThat(source(before)).isEqualTo("trained");
        for (int i = 20; i < 30; i++) {
            api.post("/api/v1/events", event("u4", "i" + i, "cart")).expect(200);
        }
        JsonNode after = recommendations("u4", ALL);
        assertThat(source(after)).isEqualTo("foldedIn");
        assertThat(firstTaste(Api.ids(before).subList(0, 10))).isGreaterThan(8);
        assertThat(firstTaste(Api.ids(after).subList(0, 10)))
                .as("the other taste's items have come up")
                .isLessThan(6);
    }

    @Test
    void somebodyNewIsFoldedInFromTheFirstEvent() {
        assertThat(source(recommendations("new", ""))).isEqualTo("popular");
        api.post("/api/v1/events", event("new", "i25", "view")).expect(200);
        JsonNode answer = recommendations("new", "");
        assertThat(source(answer)).isEqualTo("foldedIn");
        assertThat(firstTaste(Api.ids(answer))).isZero();
    }

    /** Trained vectors are folded in from all events, the held-out ones, too: doing it again changes nothing. */
    @Test
    void foldingInTheTrainingEventsGivesTheTrainedScoresBack() {
        JsonNode trained = recommendations("u6", ALL);
        StringBuilder events = new StringBuilder();
        for (JsonNode event : api.get("/api/v1/users/u6/events").json().path("events")) {
            events.append(events.isEmpty() ? "" : ",")
                    .append("{\"itemId\":\"" + event.path("itemId").asString("") + "\",\"behavior\":\""
                            + event.path("behavior").asString("") + "\"}");
        }
        JsonNode folded = api.post(
                        "/api/v1/recommendations", "{\"limit\":40,\"exclude\":[],\"events\":[" + events + "]}")
                .expect(200)
                .json();
        assertThat(source(folded)).isEqualTo("foldedIn");
        assertThat(folded.has("userId")).isFalse();
        assertThat(folded.path("items")).hasSameSizeAs(trained.path("items"));
        double scale = trained.at("/items/0/score").asDouble();
        for (JsonNode item : trained.path("items")) {
            double score = score(folded, item.path("itemId").asString(""));
            assertThat(score).isCloseTo(item.path("score").asDouble(), within(1e-3 * scale));
        }
    }

    private static double score(JsonNode answer, String item) {
        for (JsonNode scored : answer.path("items")) {
            if (scored.path("itemId").asString("").equals(item)) {
                return scored.path("score").asDouble();
            }
        }
        throw new AssertionError(item + " is not in " + answer);
    }

    @Test
    void anExplanationAddsUpToTheScore() {
        JsonNode answer = recommendations("u4", "");
        for (String item : Api.ids(answer)) {
            JsonNode explanation = api.get("/api/v1/users/u4/recommendations/" + item + "/explanation")
                    .expect(200)
                    .json();
            double sum = 0;
            double last = Double.POSITIVE_INFINITY;
            for (JsonNode part : explanation.path("events")) {
                double contribution = part.path("contribution").asDouble();
                assertThat(contribution).isLessThanOrEqualTo(last);
                last = contribution;
                sum += contribution;
            }
            assertThat(explanation.path("events")).hasSizeGreaterThan(3);
            assertThat(explanation.at("/events/0/occurredAt").asString("")).startsWith("2026-05-04T10:00:");
            assertThat(sum).isCloseTo(explanation.path("score").asDouble(), within(1e-9));
            assertThat(sum).isCloseTo(score(answer, item), within(1e-4));
        }
        assertThat(api.get("/api/v1/users/nobody/recommendations/i3/explanation")
                        .expect(200)
                        .json()
                        .path("events"))
                .isEmpty();
        api.get("/api/v1/users/u4/recommendations/unknown/explanation").expect(404);
        api.get("/api/v1/users/u4/recommendations/i3/explanation?behavior=x").expect(400);
    }

    @Test
    void anAnonymousListIsFoldedInAndNotStored() {
        int events = count("event");
        JsonNode answer = api.post(
                        "/api/v1/recommendations",
                        "{\"events\":[{\"itemId\":\"i3\",\"behavior\":\"cart\"},{\"itemId\":\"i5\",\"behavior\":"
                                + "\"purchase\"},{\"itemId\":\"unheard of\",\"behavior\":\"view\"}],\"limit\":5}")
                .expect(200)
                .json();
        assertThat(source(answer)).isEqualTo("foldedIn");
        assertThat(Api.ids(answer)).hasSize(5).doesNotContain("i5");
        assertThat(firstTaste(Api.ids(answer))).isEqualTo(5);
        assertThat(count("event")).isEqualTo(events);
        assertThat(source(api.post("/api/v1/recommendations", "{\"events\":[]}")
                        .expect(200)
                        .json()))
                .isEqualTo("popular");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{}|events: must be a list of at most 1000 events",
                "{'events':[null]}|[0] : must be an event, not null",
                "{'events':[{'itemId':'','behavior':'view'}]}|[0] itemId: must not be empty",
                "{'events':[{'itemId':'a','behavior':'x'}]}|[0] behavior: is unknown; known are [view, cart, purchase]",
                "{'events':[],'limit':1001}|limit: must be from 1 to 1000",
                "{'events':[],'exclude':['x']}|exclude: has an unknown behavior; known are [view, cart, purchase]",
                "{'events':[],'excludeItem':['']}|excludeItem: must not be empty"
            })
    void wrongAnonymousListsAreRefusedByField(String body, String error) {
        assertThat(api.post("/api/v1/recommendations", body.replace('\'', '"'))
                        .expect(400)
                        .errors())
                .containsExactly(error);
    }

    @Test
    void availabilityCountsAtOnceEverywhere() {
        String best = Api.ids(recommendations("u4", "")).get(0);
        String similar =
                Api.ids(api.get("/api/v1/items/" + best + "/similar").json()).get(0);
        api.put("/api/v1/items/" + similar, "{\"available\":false}").expect(200);
        api.put("/api/v1/items/" + best, "{\"available\":false}").expect(200);
        assertThat(Api.ids(recommendations("u4", ALL))).doesNotContain(best, similar);
        assertThat(Api.ids(api.get("/api/v1/items/" + best + "/similar?limit=100")
                        .expect(200)
                        .json()))
                .hasSizeGreaterThan(30)
                .doesNotContain(best, similar);
        api.put("/api/v1/items/" + best, "{}").expect(200);
        assertThat(Api.ids(recommendations("u4", "")).get(0)).isEqualTo(best);
    }

    @Test
    void aDeletedItemIsGoneUntilItIsToldAnew() {
        String best = Api.ids(recommendations("u4", "")).get(0);
        api.delete("/api/v1/items/" + best).expect(204);
        api.get("/api/v1/items/" + best).expect(404);
        api.delete("/api/v1/items/" + best).expect(404);
        assertThat(Api.ids(recommendations("u4", ALL))).doesNotContain(best);
        api.post("/api/v1/events", event("u5", best, "view")).expect(200);
        assertThat(Api.ids(recommendations("u4", ALL))).doesNotContain(best);
        api.put("/api/v1/items/" + best, "{\"categories\":[\"back\"]}").expect(200);
        assertThat(Api.ids(recommendations("u4", "?category=back"))).containsExactly(best);
    }

    @Test
    void categoriesFollowTheItemsChanges() {
        api.post(
                        "/api/v1/items",
                        "[{\"itemId\":\"i1\",\"categories\":[\"a\",\"b\"]},{\"itemId\":\"i2\",\"categories\":[\"b\"]},"
                                + "{\"itemId\":\"i3\",\"categories\":[\"c\"]}]")
                .expect(200);
        assertThat(Api.ids(recommendations("u4", ALL + "&category=b"))).containsExactlyInAnyOrder("i1", "i2");
        assertThat(Api.ids(recommendations("u4", ALL + "&category=a&category=c")))
                .containsExactlyInAnyOrder("i1", "i3");
        api.put("/api/v1/items/i1", "{\"categories\":[\"c\"]}").expect(200);
        assertThat(Api.ids(recommendations("u4", ALL + "&category=b"))).containsExactly("i2");
        assertThat(Api.ids(recommendations("u4", ALL + "&category=c"))).containsExactlyInAnyOrder("i1", "i3");
        assertThat(Api.ids(recommendations("u4", ALL + "&category=a"))).isEmpty();
    }

    @Test
    void popularItemsCountUsersByBehaviorAndAge() {
        Instant old = Instant.now().minus(Duration.ofDays(60));
        for (int u = 0; u < 300; u++) {
            api.post(
                            "/api/v1/events",
                            event("o" + u, "old", "purchase").replace("}", ",\"occurredAt\":\"" + old + "\"}"))
                    .expect(200);
        }
        for (int u = 0; u < 200; u++) {
            api.post("/api/v1/events", event("p" + u, "fresh", "purchase")).expect(200);
        }
        // A count may have begun before the last of them came.
        await().atMost(Duration.ofSeconds(25)).untilAsserted(() -> {
            JsonNode popular = api.get("/api/v1/items/popular?limit=3").json();
            assertThat(Api.ids(popular))
                    .as("after two half-lives 300 old purchases are worth 75 new ones")
                    .startsWith("fresh", "old");
            assertThat(popular.at("/items/0/score").asDouble()).isCloseTo(4 * 200, within(1.0));
            assertThat(popular.at("/items/1/score").asDouble()).isCloseTo(4 * 75, within(1.0));
        });
        assertThat(Api.ids(api.get("/api/v1/items/popular?limit=3&excludeItem=fresh")
                        .json()))
                .hasSize(3)
                .doesNotContain("fresh");
        assertThat(Api.ids(recommendations("stranger", "?limit=1"))).containsExactly("fresh");
        api.put("/api/v1/items/fresh", "{\"available\":false}").expect(200);
        assertThat(Api.ids(recommendations("stranger", "?limit=40")))
                .isNotEmpty()
                .doesNotContain("fresh");
        assertThat(Api.ids(api.get("/api/v1/items/popular").json()))
                .isNotEmpty()
                .doesNotContain("fresh");
    }

    @Test
    void aClientMayKeepWhatIsTheSameForAllUntilAnItemChanges() {
        api.post("/api/v1/events", event("u5", "i8", "view")).expect(200);
        for (String path : List.of("/api/v1/items/i3/similar", "/api/v1/items/popular?limit=100")) {
            HttpHeaders kept = api.get(path).expect(200).response().headers();
            assertThat(kept.firstValue("Cache-Control")).hasValue("no-cache, private");
            assertThat(kept.firstValue("Content-Length")).as("sent as a whole").isPresent();
            await().untilAsserted(() -> {
                String tag = tag(api.get(path).expect(200));
                assertThat(api.get(path, "If-None-Match", tag)
                                .expect(304)
                                .response()
                                .body())
                        .isEmpty();
            });
            String tag = tag(api.get(path));
            api.put("/api/v1/items/i8", "{\"available\":false}").expect(200);
            assertThat(tag(api.get(path, "If-None-Match", tag).expect(200))).isNotEqualTo(tag);
            api.put("/api/v1/items/i8", "{\"available\":true}").expect(200);
        }
        assertThat(api.get("/api/v1/users/u4/recommendations")
                        .response()
                        .headers()
                        .firstValue("Cache-Control"))
                .as("a shopper's own answer is not kept")
                .hasValueSatisfying(value -> assertThat(value).contains("no-store"));
    }

    private static String tag(Api.Answer answer) {
        return answer.response().headers().firstValue("ETag").orElseThrow();
    }

    @Test
    void manyUsersAreAnsweredInOneStream() {
        api.post("/api/v1/events", event("fresh", "i25", "view")).expect(200);
        String body = api.post(
                        "/api/v1/recommendations/batch",
                        "{\"userIds\":[\"u4\",\"nobody\",\"fresh\",\"u5\"],\"limit\":3}")
                .expect(200)
                .response()
                .body();
        List<JsonNode> lines = body.lines().map(JsonMapper.shared()::readTree).toList();
        assertThat(lines)
                .extracting(line -> line.path("userId").asString(""))
                .containsExactly("u4", "nobody", "fresh", "u5");
        assertThat(lines)
                .extracting(RecommendationApiTest::source)
                .containsExactly("trained", "popular", "foldedIn", "trained");
        assertThat(lines.get(0)).isEqualTo(recommendations("u4", "?limit=3"));
        assertThat(api.post("/api/v1/recommendations/batch", "{\"userIds\":[\"a\",\"\"]}")
                        .expect(400)
                        .errors())
                .containsExactly("[1] userIds: must not be empty");
        assertThat(api.post("/api/v1/recommendations/batch", "{}").expect(400).errors())
                .containsExactly("userIds: must be a list of 1 to 100000 users");
    }

    @Test
    void similarItemsAreOfTheSameTaste() {
        assertThat(firstTaste(Api.ids(api.get("/api/v1/items/i3/similar").json())))
                .isEqualTo(10);
        assertThat(api.get("/api/v1/items/unheard-of/similar")
                        .expect(200)
                        .json()
                        .path("items"))
                .isEmpty();
    }
}
