package io.wholecart.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.wholecart.support.Api;
import io.wholecart.support.ServiceTest;
import io.wholecart.support.TwoTastes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

class TrainingApiTest extends ServiceTest {

    private List<String> recommended(String user, String query) {
        List<String> ids = new ArrayList<>();
        JsonNode answer = api.get("/api/v1/users/" + user + "/recommendations" + query)
                .expect(200)
                .json();
        answer.path("items").forEach(item -> ids.add(item.path("itemId").asString("")));
        return ids;
    }

    private List<String> bought(String user) {
        List<String> ids = new ArrayList<>();
        for (JsonNode event :
                api.get("/api/v1/users/" + user + "/events").json().path("events")) {
            if (event.path("behavior").asString("").equals("purchase")) {
                ids.add(event.path("itemId").asString(""));
            }
        }
        return ids;
    }

    @Test
    void fromEventsToRecommendations() {
        TwoTastes.importInto(api, 200);
        Api.Answer accepted = api.post(RUNS, QUICK).expect(202);
        assertThat(accepted.json().path("status").asString("")).isEqualTo("QUEUED");
        assertThat(accepted.json().at("/progress/iterations").asInt()).isEqualTo(3);
        JsonNode run = api.awaitEnd(
                accepted.response().headers().firstValue("Location").orElseThrow());
        assertThat(run.path("status").asString("")).as(run.toString()).isEqualTo("SUCCEEDED");
        assertThat(run.at("/progress/iteration").asInt()).isEqualTo(3);
        assertThat(run.at("/parameters/solver").asString("")).isEqualTo("exact");
        assertThat(run.at("/metrics/users").asInt()).isGreaterThan(150);
        assertThat(run.at("/metrics/hitRatio/50").asDouble()).isEqualTo(1.0);
        assertThat(run.at("/metrics/newUsers").asInt()).isBetween(50, 200);
        assertThat(run.at("/metrics/newHitRatio/50").asDouble()).isEqualTo(1.0);
        assertThat(run.at("/metrics/activity/0/targetEvents").asString("")).isEqualTo("1-4");
        int version = run.path("modelVersion").asInt();
        api.awaitServed(version);

        JsonNode answer = api.get("/api/v1/users/u4/recommendations?limit=5").json();
        assertThat(answer.path("source").asString("")).isEqualTo("trained");
        assertThat(answer.path("modelVersion").asInt()).isEqualTo(version);
        List<String> items = recommended("u4", "?limit=5");
        assertThat(items)
                .hasSize(5)
                .allSatisfy(id -> assertThat(Integer.parseInt(id.substring(1))).isLessThan(20));
        assertThat(recommended("u4", "?limit=1000"))
                .doesNotContainAnyElementsOf(bought("u4"))
                .startsWith(items.toArray(String[]::new));
        assertThat(recommended("u4", "?limit=3&offset=2")).isEqualTo(items.subList(2, 5));
        assertThat(recommended("u4", "?limit=1000&exclude=")).containsAll(bought("u4"));
        assertThat(recommended("u4", "?limit=4&excludeItem=" + items.get(0))).isEqualTo(items.subList(1, 5));

        assertThat(api.get("/actuator/prometheus").response().body())
                .contains(
                        "wholecart_model_quality{metric=\"hitRatio\",n=\"50\"} 1.0",
                        "wholecart_model_quality{metric=\"newHitRatio\",n=\"50\"} 1.0",
                        "wholecart_model_version " + version)
                .containsPattern("wholecart_model_age_seconds \\d")
                .containsPattern("wholecart_model_bytes \\d");

        JsonNode unknown =
                api.get("/api/v1/users/never-seen/recommendations").expect(200).json();
        assertThat(unknown.path("source").asString("")).isEqualTo("popular");
        assertThat(unknown.path("items")).hasSize(10);

        api.post("/api/v1/events", "{\"userId\":\"u4\",\"itemId\":\"" + items.get(0) + "\",\"behavior\":\"purchase\"}")
                .expect(200);
        assertThat(recommended("u4", "?limit=5")).as("the very next answer").doesNotContain(items.get(0));

        api.put("/api/v1/items/" + items.get(1), "{\"available\":false}").expect(200);
        await().atMost(Duration.ofSeconds(5))
                .untilAsserted(
                        () -> assertThat(recommended("u4", "?limit=1000")).doesNotContain(items.get(1)));
        api.put("/api/v1/items/" + items.get(2), "{\"categories\":[\"a, b\"]}").expect(200);
        assertThat(recommended("u4", "?category=a,%20b&category=z")).containsExactly(items.get(2));
    }

    @Test
    void anotherVersionTakesOverAndTheFirstCanComeBack() {
        TwoTastes.importInto(api, 60);
        int first = api.train(QUICK).path("modelVersion").asInt();
        int second = api.train(QUICK).path("modelVersion").asInt();
        assertThat(second).isGreaterThan(first);
        api.awaitServed(second);
        api.post("/api/v1/admin/models/" + first + "/activate").expect(200);
        api.awaitServed(first);
        JsonNode models = api.get("/api/v1/admin/models").json();
        assertThat(models.get(0).path("version").asInt()).isEqualTo(second);
        assertThat(models.get(0).path("active").asBoolean()).isFalse();
        assertThat(api.get("/api/v1/admin/models/" + first)
                        .json()
                        .path("active")
                        .asBoolean())
                .isTrue();
        api.post("/api/v1/admin/models/999999/activate").expect(404);
        assertThat(api.get("/api/v1/admin/models/" + first)
                        .json()
                        .path("active")
                        .asBoolean())
                .as("a wrong activation changes nothing")
                .isTrue();
        api.get("/api/v1/admin/models/999999").expect(404);
    }

    @Test
    void activationsAtOnceLeaveOneActive() throws Exception {
        TwoTastes.importInto(api, 60);
        int first = api.train(QUICK).path("modelVersion").asInt();
        int second = api.train(QUICK).path("modelVersion").asInt();
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            List<Callable<Integer>> calls = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                String path = "/api/v1/admin/models/" + (i % 2 == 0 ? first : second) + "/activate";
                calls.add(() -> api.post(path).status());
            }
            for (Future<Integer> call : threads.invokeAll(calls)) {
                assertThat(call.get()).isEqualTo(200);
            }
        } finally {
            threads.shutdownNow();
        }
        assertThat(jdbc.queryForObject("SELECT count(*) FROM model WHERE active", Integer.class))
                .isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "{'solver':'magic'}|solver: is unknown; known are [adagrad, exact]",
                "{'factors':0}|factors: must be from 1 to 512",
                "{'factors':'many'}|factors: has the wrong type",
                "{'iterations':-1}|iterations: must be from 1 to 1000",
                "{'keep':0}|keep: must be from 0.01 to 1",
                "{'keep':1e-60}|keep: must be from 0.01 to 1",
                "{'keep':'NaN'}|keep: must be from 0.01 to 1",
                "{'popularityExponent':2}|popularityExponent: must be from 0 to 1",
                "{'tolerance':-1}|tolerance: must be at least 0 and below 1",
                "{'relaxation':2}|relaxation: must be from 1 to 1.95",
                "{'solver':'adagrad','warmStart':true}|warmStart: is not for the solver adagrad",
                "{'adagrad':{'learningRate':0}}|adagrad.learningRate: must be above 0 and at most 1",
                "{'adagrad':{'batchSize':0}}|adagrad.batchSize: must be from 1 to 65536",
                "{'adagrad':{'transferPenalty':-1}}|adagrad.transferPenalty: must be from 0 to 1",
                "{'adagrad':{'momentum':1}}|adagrad.momentum: is not a known field",
                "{'tuning':{'seconds':0}}|tuning.seconds: must be from 1 to 86400",
                "{'tuning':{'metric':'recall'}}|tuning.metric: must be hitRatio, ndcg, newHitRatio, newNdcg, meanHitRatio or meanNdcg, with @10, @50, @100 or @200",
                "{'tuning':{'factors':[0]}}|tuning.factors: must be up to 8 numbers from 1 to 512",
                "{'behaviors':[{'name':'purchase','lambda':1,'negativeWeight':'NaN'}]}|behaviors[0].negativeWeight: must be from 1.0E-6 to 1",
                "{'behaviors':[{'name':'cart','lambda':0.5,'negativeWeight':0.1,'precedents':['purchase']},{'name':'purchase','lambda':0.5,'negativeWeight':0.1,'precedents':['cart']}]}|behaviors: have precedents that go round in a circle",
                "{'behaviors':[{'name':'purchase','lambda':1,'negativeWeight':0.1,'precedents':['cart']}]}|behaviors[0].precedents: must be behaviors that are learned from: [purchase]",
                "{'behaviors':[{'name':'cart','lambda':0.5,'negativeWeight':0.1},{'name':'purchase','lambda':0.5,'negativeWeight':0.1,'precedents':['cart','cart']}]}|behaviors[1].precedents: has one twice",
                "{'epochs':3}|epochs: is not a known field",
                "{'behaviors':[{'name':'purchase','lambda':0.5,'negativeWeight':0.1}]}|behaviors: have lambdas that sum to 0.5, not 1",
                "{'behaviors':[{'name':'cart','lambda':1,'negativeWeight':0.1}]}|behaviors: must contain the target purchase",
                "{'behaviors':[{'name':'purchase','lambda':1,'negativeWeight':0}]}|behaviors[0].negativeWeight: must be from 1.0E-6 to 1",
                "{'behaviors':[{'name':'wish','lambda':0,'negativeWeight':0.1},{'name':'purchase','lambda':1,'negativeWeight':0.1}]}|behaviors[0].name: is unknown; known are [view, cart, purchase]",
                "{'behaviors':[{'name':'purchase'}]}|behaviors[0]: needs name, lambda and negativeWeight",
            })
    void badParametersAreRefusedByField(String body, String error) {
        assertThat(api.post(RUNS, body.replace('\'', '"')).expect(400).errors()).containsExactly(error);
    }

    @ParameterizedTest
    @CsvSource({
        "limit=0,limit",
        "limit=1001,limit",
        "limit=x,limit",
        "offset=-1,offset",
        "behavior=wish,behavior",
        "exclude=wish,exclude",
        "category=%00,category",
        "excludeItem=,excludeItem"
    })
    void badQueriesAreRefusedByField(String query, String field) {
        Api.Answer answer = api.get("/api/v1/users/u1/recommendations?" + query).expect(400);
        assertThat(answer.errors().get(0)).startsWith(field + ":");
    }

    @Test
    void anUnknownRunIsNotFound() {
        api.get(RUNS + "/999999").expect(404);
        api.delete(RUNS + "/999999").expect(404);
        api.get(RUNS + "/first").expect(400);
    }
}
