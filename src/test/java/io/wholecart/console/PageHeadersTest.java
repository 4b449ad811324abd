package io.wholecart.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.wholecart.support.Api;
import io.wholecart.support.ServiceTest;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** What the page's files come with, and what it asks for that nothing else does. */
class PageHeadersTest extends ServiceTest {

    @ParameterizedTest
    @ValueSource(strings = {"/", "/index.html", "/console/main.js", "/console/console.css"})
    void filesAreOpenAndBoundToThisOrigin(String path) {
        Api.Answer answer = api.withKey(null).get(path).expect(200);
        assertThat(answer.response().headers().firstValue("Content-Security-Policy"))
                .hasValueSatisfying(policy -> assertThat(policy)
                        .contains("default-src 'self'", "frame-ancestors 'none'")
                        .doesNotContain("unsafe", "http"));
        assertThat(answer.response().headers().firstValue("Cache-Control")).hasValue("no-cache");
    }

    @Test
    void thePageNamesNothingOfAnotherOriginAndHasNoScriptOrStyleInItself() {
        String page = api.withKey(null).get("/").expect(200).response().body();
        assertThat(page)
                .doesNotContain("//", "style=", "<style", "onclick")
                .doesNotContainPattern("<script>|<script [^>]*>[^<]");
        assertThat(api.withKey(null)
                        .get("/webjars/uplot/dist/uPlot.iife.min.js")
                        .status())
                .isEqualTo(200);
    }

    @Test
    void theOverviewNeedsTheAdminKeyAndCountsEverything() {
        assertThat(api.withKey(null).get("/api/v1/admin/overview").status()).isEqualTo(401);
        api.post(
                        "/api/v1/events",
                        "[{\"userId\":\"ada\",\"itemId\":\"pot\",\"behavior\":\"view\"},{\"userId\":\"ada\",\"itemId\":\"pot\",\"behavior\":\"cart\"}]")
                .expect(200);
        await().untilAsserted(() -> {
            JsonNode counts =
                    api.get("/api/v1/admin/overview").expect(200).json().path("counts");
            assertThat(counts.path("events").path("count").asInt()).isEqualTo(2);
            assertThat(counts.path("users").path("count").asInt()).isEqualTo(1);
            assertThat(counts.path("days")
                            .get(29)
                            .path("behaviors")
                            .path("cart")
                            .asInt())
                    .isEqualTo(1);
        });
    }

    @Test
    void usersAreFoundByTheBeginningOfTheirIds() {
        assertThat(api.withKey(null).get("/api/v1/admin/users?prefix=a").status())
                .isEqualTo(401);
        api.post(
                        "/api/v1/events",
                        "["
                                + String.join(
                                        ",",
                                        Stream.of("ada", "adam", "a%b", "b_a", "😀x")
                                                .map(id -> "{\"userId\":\"" + id
                                                        + "\",\"itemId\":\"pot\",\"behavior\":\"view\"}")
                                                .toList())
                                + "]")
                .expect(200);
        assertThat(found("ada")).isEqualTo("[\"ada\",\"adam\"]");
        assertThat(found("a%25")).isEqualTo("[\"a%b\"]");
        assertThat(found("b_")).isEqualTo("[\"b_a\"]");
        assertThat(found("%F0%9F%98%80")).isEqualTo("[\"😀x\"]");
        assertThat(found("zz")).isEqualTo("[]");
        assertThat(api.get("/api/v1/admin/users?limit=2").expect(200).json().path("userIds"))
                .hasSize(2);
        api.get("/api/v1/admin/users?limit=0").expect(400);
        api.get("/api/v1/admin/users?prefix=%00").expect(400);
    }

    private String found(String prefix) {
        return api.get("/api/v1/admin/users?prefix=" + prefix)
                .expect(200)
                .json()
                .path("userIds")
                .toString();
    }
}
