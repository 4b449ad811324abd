package io.wholecart.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import io.wholecart.support.Api;
import io.wholecart.support.WholecartTest;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.test.web.server.LocalServerPort;

@WholecartTest
class ItemApiTest {

    @LocalServerPort
    private int port;

    private Api api;

    @BeforeEach
    void caller() {
        api = Api.at(port);
    }

    @Test
    void anItemIsKeptAsToldAndReplacedWhole() {
        api.put(
                        "/api/v1/items/kettle",
                        "{\"categories\":[\"Tea\",\"Coffee\"],\"attributes\":{\"name\":\"Kettle\",\"price\":19.5}}")
                .expect(200);
        assertThat(api.get("/api/v1/items/kettle").expect(200).json().toString())
                .isEqualTo("{\"itemId\":\"kettle\",\"categories\":[\"Tea\",\"Coffee\"],\"available\":true,"
                        + "\"attributes\":{\"name\":\"Kettle\",\"price\":19.5}}");
        api.put("/api/v1/items/kettle", "{\"available\":false}").expect(200);
        assertThat(api.get("/api/v1/items/kettle").json().toString())
                .isEqualTo("{\"itemId\":\"kettle\",\"categories\":[],\"available\":false,\"attributes\":{}}");
        api.get("/api/v1/items/nothing").expect(404);
    }

    @Test
    void manyItemsAreTakenAllOrNone() {
        api.post("/api/v1/items", "[{\"itemId\":\"a1\"},{\"itemId\":\"a2\",\"categories\":[\"x\"]}]")
                .expect(200);
        assertThat(api.get("/api/v1/items/a2").json().at("/categories/0").asString(""))
                .isEqualTo("x");
        Api.Answer refused = api.post("/api/v1/items", "[{\"itemId\":\"b1\"},{\"categories\":[\"\"]},null]")
                .expect(400);
        assertThat(refused.errors())
                .containsExactly(
                        "[1] itemId: must not be empty",
                        "[1] categories[0]: must not be empty",
                        "[2] : must be an item, not null");
        api.get("/api/v1/items/b1").expect(404);
    }

    @Test
    void whereInABatchTheMistakeIsIsTold() {
        assertThat(api.post("/api/v1/items", "[{\"itemId\":\"c\"},{\"available\":\"x\"}]")
                        .expect(400)
                        .errors())
                .containsExactly("[1] available: has the wrong type");
        assertThat(api.post("/api/v1/items", "{\"itemId\":\"c\"}").expect(400).errors())
                .containsExactly("body: has the wrong type");
        String many = "[" + "{\"itemId\":\"c\"},".repeat(10_000) + "{\"itemId\":\"c\"}]";
        assertThat(api.post("/api/v1/items", many).expect(413).errors().get(0)).startsWith("[10000] ");
        api.post("/api/v1/items", "[" + " ".repeat(9 << 20) + "]").expect(413);
    }

    @Test
    void batchesOfTheSameItemsAtOnceDoNotDeadlock() throws Exception {
        List<String> items = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            items.add("{\"itemId\":\"d" + i * 7919 % 300 + "\"}");
        }
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            List<Callable<Integer>> calls = new ArrayList<>();
            for (int i = 0; i < 24; i++) {
                List<String> mine = new ArrayList<>(items);
                Collections.rotate(mine, 50 * i);
                calls.add(() -> api.post("/api/v1/items", mine.toString()).status());
            }
            for (Future<Integer> call : threads.invokeAll(calls)) {
                assertThat(call.get()).isEqualTo(200);
            }
        } finally {
            threads.shutdownNow();
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "{'available':'perhaps'}|available: has the wrong type",
                "{'stock':3}|stock: is not a known field",
                "{'itemId':'other'}|itemId: differs from the id in the path",
                "{'attributes':{'a':'\\u0000'}}|attributes: contain a NUL or half of a Unicode character",
                "{'attributes':{'a':[{'b':1e400}]}}|attributes: contain a number that is too large",
            })
    void badItemsAreRefusedByField(String body, String error) {
        assertThat(api.put("/api/v1/items/c", body.replace('\'', '"'))
                        .expect(400)
                        .errors())
                .containsExactly(error);
        api.get("/api/v1/items/c").expect(404);
    }
}
