package io.wholecart.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import io.wholecart.demo.DemoRequests;
import io.wholecart.support.Api;
import io.wholecart.support.WholecartTest;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.By;
import org.openqa.selenium.Keys;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.test.context.TestPropertySource;
import tools.jackson.databind.JsonNode;

/**
 * The console as people use it, from the first start on: each scenario goes on where the one before ended, on a service
 * and a database that no other test uses.
 */
@WholecartTest
@TestPropertySource(
        properties = {
            "spring.application.name=console",
            "wholecart.keys.read=reader",
            "logging.level.org.openqa.selenium=error"
        })
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@DirtiesContext
class ConsoleTest {

    private static final String MODELS = "/api/v1/admin/models";

    @LocalServerPort
    private int port;

    private Api api;
    private Browser browser;
    private final List<String> expectedErrors = new ArrayList<>();

    @BeforeAll
    void start(@TempDir Path profile) {
        api = Api.at(port);
        browser = Browser.start(port, profile);
    }

    @AfterAll
    void stop() {
        if (browser != null) {
            browser.close();
        }
    }

    /** Among them what breaks the content security policy. */
    @AfterEach
    void nothingOnTheBrowsersConsole() {
        assertThat(browser.errors())
                .filteredOn(error -> expectedErrors.stream().noneMatch(error::contains))
                .isEmpty();
        expectedErrors.clear();
    }

    @Test
    @Order(1)
    void aWrongKeyIsToldAndTheRightOneStaysInTheTabAlone() {
        expectedErrors.addAll(List.of("status of 401", "status of 403"));
        browser.open("");
        browser.awaitText("h1", "Wholecart");
        assertThat(browser.barriers()).isEmpty();
        enterKey("guess");
        browser.awaitText(".wrong", "does not know this key");
        enterKey("reader");
        browser.awaitText(".wrong", "needs an admin key");
        enterKey(Api.ADMIN_KEY);
        browser.awaitText("h1", "Overview");
        assertThat(browser.script("return Object.values(localStorage).join() + document.cookie + location.href"))
                .asString()
                .doesNotContain(Api.ADMIN_KEY);
    }

    private void enterKey(String key) {
        browser.type("#key", key);
        browser.click(Browser.button("Open the console"));
    }

    @Test
    @Order(2)
    void theFirstStartSaysWhatToDo() {
        browser.open("overview");
        browser.awaitText(".first", "Nothing has come in yet");
        assertThat(browser.barriers()).isEmpty();
        assertStill("the first start");
        browser.go("training");
        browser.awaitText(".empty", "No run yet");
        browser.go("models");
        browser.awaitText(".empty", "No version yet");
        browser.go("try/user/somebody");
        browser.awaitText(".list-card .empty", "Nothing to recommend");
        browser.awaitText(".history-card .empty", "No events");
        browser.go("try/basket");
        browser.awaitText(".shelf .empty", "An empty shelf");
    }

    @Test
    @Order(3)
    void theDemoShopIsCounted() {
        DemoRequests.send(api);
        browser.open("overview");
        browser.awaitText(".tile", "Users 3,000");
        browser.awaitText(".tile", "Items 240");
        JsonNode counts = api.get("/api/v1/admin/overview").expect(200).json().path("counts");
        assertThat(counts.path("events").path("estimated").asBoolean(true)).isFalse();
        browser.awaitText(
                ".tile",
                "Events %,d".formatted(counts.path("events").path("count").asInt()));
        assertThat(counts.path("days")).hasSize(30);
        browser.awaitCount(".days canvas", 1);
        browser.awaitText(".legend", "purchase");
    }

    @Test
    @Order(4)
    void aRunIsStartedAndSeenToFinish() {
        browser.open("training");
        startRun("8", "3");
        browser.awaitText(".run .chip", "Succeeded");
        browser.awaitText(".run h2", "Run 1");
        browser.awaitCount(".run canvas", 2);
        assertThat(browser.script("return document.querySelectorAll('.run .sr-only tbody tr').length"))
                .isEqualTo(3L);
        browser.awaitText(".run .bars", "solve");
        browser.awaitText(".runs-table", "v1");
        startRun("16", "4");
        browser.awaitText(".run h2", "Run 2");
        browser.awaitText(".run .chip", "Succeeded");
        browser.awaitText(".progress-word", "4 iterations");
    }

    private void startRun(String factors, String iterations) {
        browser.click(Browser.button("Start a run"));
        browser.type("[name=factors]", factors);
        browser.type("[name=iterations]", iterations);
        browser.click(By.cssSelector(".run-form [type=submit]"));
    }

    @Test
    @Order(5)
    void aSearchIsFollowedTrialByTrialAndCanceled() {
        browser.open("training");
        browser.click(Browser.button("Start a run"));
        browser.type("[name=factors]", "0");
        browser.click(By.cssSelector(".run-form [type=submit]"));
        expectedErrors.add("status of 400");
        browser.awaitText(".run-form .wrong", "factors");
        browser.type("[name=factors]", "8");
        browser.click(By.id("run-tune"));
        browser.type("[name=seconds]", "300");
        browser.click(By.cssSelector(".run-form [type=submit]"));
        browser.awaitCount(".trials-table tbody tr", 2);
        assertThat((Long) browser.script("return document.querySelectorAll('.scatter circle').length"))
                .isGreaterThanOrEqualTo(2);
        browser.click(Browser.button("Cancel"));
        browser.awaitText(".run .chip", "Canceled");
    }

    @Test
    @Order(6)
    void aModelIsRolledBackAfterAQuestion() {
        browser.open("models");
        browser.awaitCount(".models-table tbody tr", 2);
        int before = active();
        int other = 3 - before;
        browser.click(By.xpath("//tr[contains(., 'v" + other + "')]//button"));
        browser.awaitText(".side-by-side", "Active now v" + before);
        browser.press(Keys.ESCAPE);
        browser.awaitNone("dialog");
        assertThat(active()).isEqualTo(before);
        browser.click(By.xpath("//tr[contains(., 'v" + other + "')]//button"));
        browser.click(By.cssSelector("dialog .dialog-foot .button:last-child"));
        browser.awaitText(".models-table tr.chosen", "v" + other + " Active");
        assertThat(active()).isEqualTo(other);
        api.awaitServed(other);
    }

    private int active() {
        for (JsonNode model : api.get(MODELS).expect(200).json()) {
            if (model.path("active").asBoolean(false)) {
                return model.path("version").asInt();
            }
        }
        return 0;
    }

    @Test
    @Order(7)
    void aUserIsFoundShownAndExplained() {
        browser.open("try");
        browser.type("#user", "shopper-004");
        browser.awaitText(".suggestions li", "shopper-0042");
        browser.press(Keys.ARROW_DOWN, Keys.ARROW_DOWN, Keys.ARROW_DOWN, Keys.ENTER);
        browser.awaitText(".source", "trained");
        assertThat(browser.script("return location.hash")).isEqualTo("#/try/user/shopper-0042");
        browser.awaitCount(".history-rows .row time", 10);
        assertThat(browser.texts(".list-card .row")).hasSize(10);
        browser.awaitText(".why-table tfoot", "Score for purchase");
        assertThat(addedUp())
                .isCloseTo(number(browser.texts(".list-card .score-value").get(0)), within(0.006));
        String third = browser.texts(".list-card .item-name").get(2);
        browser.click(By.cssSelector(".list-card li:nth-child(3) button"));
        browser.awaitText(".why-item", third);
        assertThat(addedUp())
                .isCloseTo(number(browser.texts(".list-card .score-value").get(2)), within(0.006));
        browser.awaitCount(".similar .row", 5);
    }

    /** The parts that are shown, each rounded to a thousandth. */
    private double addedUp() {
        return browser.texts(".why-table tbody .number").stream()
                .mapToDouble(ConsoleTest::number)
                .sum();
    }

    private static double number(String text) {
        return Double.parseDouble(text.replace('−', '-'));
    }

    @Test
    @Order(8)
    void aBasketChangesTheList() {
        browser.open("try/basket");
        browser.awaitText(".source", "popular");
        browser.click(Browser.button("Gaming"));
        browser.awaitText(".shelf .item-sub", "Gaming");
        await().until(() -> browser.texts(".shelf .item-sub").stream().allMatch("Gaming"::equals));
        String first = browser.texts(".shelf .item-name").get(0);
        browser.click(By.cssSelector(".shelf li:first-child button"));
        browser.awaitText(".basket .item-name", first);
        browser.awaitText(".source", "folded in");
        List<String> one = shown();
        assertThat(one).hasSize(10).doesNotContain(first);
        browser.click(By.cssSelector(".basket-grid > .card:last-child li:first-child button"));
        browser.awaitText(".basket .item-name", one.get(0));
        await().until(() -> !shown().contains(one.get(0)));
        browser.click(Browser.button("Empty it"));
        browser.awaitText(".source", "popular");
    }

    private List<String> shown() {
        return browser.texts(".basket-grid > .card:last-child .item-name");
    }

    @Test
    @Order(9)
    void aServiceThatIsGoneIsToldAndTriedAgain() {
        browser.open("models");
        browser.awaitCount(".models-table tbody tr", 2);
        expectedErrors.add("net::ERR_");
        browser.offline(true);
        browser.go("overview");
        browser.awaitText("h1", "Overview");
        browser.awaitText(".away", "The service does not answer");
        browser.offline(false);
        browser.awaitText(".tile", "Users 3,000");
        browser.awaitNone(".away");
    }

    @Test
    @Order(10)
    void nothingIsInTheWayAndNothingMovesInLightAndDarkWideAndNarrow() {
        for (String view : List.of("overview", "training", "models", "try/user/shopper-0042", "try/basket")) {
            browser.dark();
            browser.size(390, 844);
            look(view);
            browser.light();
            browser.size(1440, 900);
            look(view);
        }
    }

    private void look(String view) {
        browser.open(view);
        browser.awaitNone(".ghost");
        switch (view) {
            case "overview" -> browser.awaitText(".model-now", "Version");
            case "training" -> browser.awaitText(".runs-table", "#1");
            case "models" -> browser.awaitText(".models-table", "v1");
            case "try/basket" -> browser.awaitText(".source", "popular");
            default -> browser.awaitText(".why-table tfoot", "Score");
        }
        assertThat(browser.barriers()).as("barriers in %s", view).isEmpty();
        assertStill(view);
        assertThat(browser.script("return document.documentElement.scrollWidth - innerWidth"))
                .as("wider than the window: %s", view)
                .isEqualTo(0L);
    }

    private void assertStill(String view) {
        assertThat(browser.shifts())
                .as("what moved in %s", view)
                .allMatch(shift -> Double.parseDouble(shift.split(" ", 2)[0]) < 0.01);
    }
}
