package io.wholecart.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.wholecart.support.Api;
import io.wholecart.support.ServiceTest;
import io.wholecart.support.TwoTastes;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.transaction.support.TransactionTemplate;

class UserErasureTest extends ServiceTest {

    @Autowired
    private TransactionTemplate transaction;

    private static final String EVENTS = "/api/v1/events";

    private static String view(String user, int item) {
        return "{\"userId\":\"" + user + "\",\"itemId\":\"i" + item + "\",\"behavior\":\"view\"}";
    }

    private String source(String user) {
        return api.get("/api/v1/users/" + user + "/recommendations")
                .expect(200)
                .json()
                .path("source")
                .asString("");
    }

    @Test
    void anErasedUserIsUnknownWithTheNextAnswerAndStaysSoAfterComingBack() {
        TwoTastes.importInto(api, 60);
        api.awaitServed(api.train(QUICK).path("modelVersion").asInt());
        assertThat(source("u7")).isEqualTo("trained");
        api.delete("/api/v1/users/u7").expect(204);
        assertThat(source("u7")).isEqualTo("popular");
        assertThat(api.get("/api/v1/users/u7/events").json().path("events")).isEmpty();
        assertThat(jdbc.queryForObject("SELECT count(*) FROM app_user WHERE external_id = 'u7'", Integer.class))
                .isZero();
        api.post(EVENTS, view("u7", 1)).expect(200);
        assertThat(source("u7"))
                .as("the model still has the vector of the one before")
                .isEqualTo("foldedIn");
        assertThat(source("u8")).isEqualTo("trained");
        api.delete("/api/v1/users/u7").expect(204);
        api.delete("/api/v1/users/u7").expect(204);
        int next = api.train(QUICK).path("modelVersion").asInt();
        api.awaitServed(next);
        assertThat(source("u7")).isEqualTo("popular");
        assertThat(api.get("/api/v1/users/u7/events").json().path("events")).isEmpty();
    }

    /** The hourly care does that when no stored version is as old; a node may serve one that is not stored any more. */
    @Test
    void whatIsServedStaysWithoutThemWhenTheDatabaseForgetsWhoWasErased() {
        TwoTastes.importInto(api, 60);
        api.awaitServed(api.train(QUICK).path("modelVersion").asInt());
        assertThat(source("u9")).isEqualTo("trained");
        api.delete("/api/v1/users/u9").expect(204);
        assertThat(jdbc.update("DELETE FROM erased_user")).isPositive();
        assertThat(source("u9")).isEqualTo("popular");
    }

    @Test
    void aUserWhoComesBackIsLearnedAnew() {
        TwoTastes.importInto(api, 60);
        api.awaitServed(api.train(QUICK).path("modelVersion").asInt());
        api.delete("/api/v1/users/u9").expect(204);
        api.post(EVENTS, "[" + view("u9", 1) + "," + view("u9", 2) + "]").expect(200);
        assertThat(source("u9")).isEqualTo("foldedIn");
        api.awaitServed(api.train(QUICK).path("modelVersion").asInt());
        await().atMost(Duration.ofSeconds(5)).until(() -> source("u9").equals("trained"));
    }

    @Test
    void numbersThatANodeRemembersAreNotUsedAfterAnErasure() throws Exception {
        AtomicBoolean stop = new AtomicBoolean();
        ExecutorService thread = Executors.newSingleThreadExecutor();
        try {
            Future<Integer> posting = thread.submit(() -> {
                int posted = 0;
                while (!stop.get()) {
                    api.post(EVENTS, view("again", posted++)).expect(200);
                }
                return posted;
            });
            for (int i = 0; i < 20; i++) {
                api.delete("/api/v1/users/again").expect(204);
            }
            stop.set(true);
            posting.get();
        } finally {
            thread.shutdownNow();
        }
        assertThat(jdbc.queryForObject(
                        "SELECT count(*) FROM event e WHERE NOT EXISTS"
                                + " (SELECT FROM app_user u WHERE u.number = e.user_number)",
                        Integer.class))
                .as("events without a user")
                .isZero();
        api.post(EVENTS, view("again", 5)).expect(200);
        assertThat(api.get("/api/v1/users/again/events").json().path("events")).isNotEmpty();
    }

    @Test
    void eventsGetThroughWhileUsersAreTakenAwayAllTheTime() throws Exception {
        AtomicBoolean stop = new AtomicBoolean();
        ExecutorService threads = Executors.newFixedThreadPool(2);
        try {
            Runnable removing = () -> {
                while (!stop.get()) {
                    transaction.executeWithoutResult(status -> {
                        jdbc.execute("SELECT pg_advisory_xact_lock(removal_lock())");
                        jdbc.update("UPDATE removal SET counter = counter + 1");
                    });
                }
            };
            List<Future<?>> removals = List.of(threads.submit(removing), threads.submit(removing));
            for (int i = 0; i < 50; i++) {
                api.post(EVENTS, view("steady" + i, i)).expect(200);
            }
            stop.set(true);
            for (Future<?> removal : removals) {
                removal.get();
            }
        } finally {
            stop.set(true);
            threads.shutdownNow();
        }
        assertThat(jdbc.queryForObject("SELECT count(*) FROM event", Integer.class))
                .isEqualTo(50);
    }

    @Test
    void erasingNeedsTheAdminKeyAndAnId() {
        api.withKey(null).delete("/api/v1/users/u1").expect(401);
        Api.Answer answer = api.delete("/api/v1/users/" + "u".repeat(300)).expect(400);
        assertThat(answer.errors()).containsExactly("userId: has 300 characters; at most 200 are allowed");
    }
}
