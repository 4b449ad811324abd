package io.wholecart.event;

import static org.assertj.core.api.Assertions.assertThat;

import io.wholecart.support.Api;
import io.wholecart.support.ServiceTest;
import io.wholecart.support.TwoTastes;
import org.junit.jupiter.api.Test;

/** The database's clock was an hour ahead when a model was trained, and has been set right since. */
class ClockSetBackTest extends ServiceTest {

    @Test
    void whatIsReceivedLaterIsLaterThanTheModel() {
        TwoTastes.importInto(api, 60);
        jdbc.update("UPDATE received_floor SET at = now() + interval '1 hour'");
        api.awaitServed(api.train(QUICK).path("modelVersion").asInt());
        assertThat(source("u7")).isEqualTo("trained");

        api.post("/api/v1/events", "{\"userId\":\"u7\",\"itemId\":\"i1\",\"behavior\":\"cart\"}")
                .expect(200);
        api.importCsv("userId,itemId,behavior\nu9,i1,cart\n").expect(200);
        assertThat(source("u7")).isEqualTo("foldedIn");
        assertThat(source("u9")).isEqualTo("foldedIn");
        api.delete("/api/v1/users/u8").expect(204);
        assertThat(source("u8")).as("an erased user").isEqualTo("popular");

        api.awaitServed(api.train(QUICK).path("modelVersion").asInt());
        assertThat(source("u7")).as("the next snapshot has the event").isEqualTo("trained");
        jdbc.update("UPDATE received_floor SET at = now()");
    }

    private String source(String user) {
        Api.Answer answer = api.get("/api/v1/users/" + user + "/recommendations");
        return answer.expect(200).json().path("source").asString("");
    }
}
