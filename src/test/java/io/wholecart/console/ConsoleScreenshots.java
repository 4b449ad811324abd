package io.wholecart.console;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.wholecart.demo.DemoRequests;
import io.wholecart.support.Api;
import io.wholecart.support.WholecartTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.By;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.context.TestPropertySource;

/** Makes the documentation's pictures; started by {@code src/test/scripts/screenshots.sh}, not with the tests. */
@WholecartTest
@TestPropertySource(
        properties = {
            "spring.application.name=pictures",
            "wholecart.training.gate.metric=ndcg@10",
            "logging.level.org.openqa.selenium=error"
        })
class ConsoleScreenshots {

    private static final String[] VIEWS = {"overview", "training", "search", "models", "try", "basket"};
    private static final int TRAFFIC_SECONDS = 75;

    @LocalServerPort
    private int port;

    @Test
    void everyViewInLightAndDarkWideAndNarrow(@TempDir Path profile) throws Exception {
        String folder = System.getProperty("wholecart.screenshots");
        assumeTrue(folder != null, "Pictures are made with -Dwholecart.screenshots=FOLDER");
        Api api = Api.at(port);
        DemoRequests.send(api);
        api.train("{}");
        api.train("{\"factors\":16,\"iterations\":12}");
        api.train("{\"tune\":true,\"tuning\":{\"seconds\":40,\"metric\":\"ndcg@10\",\"factors\":[32,64]}}");
        api.awaitServed(3);
        ExecutorService shop = Executors.newSingleThreadExecutor();
        shop.submit(() -> browse(api));
        try (Browser browser = Browser.start(port, profile)) {
            browser.open("");
            browser.awaitText("h1", "Wholecart");
            picture(browser, Path.of(folder, "key-light-wide.png"));
            browser.type("#key", Api.ADMIN_KEY);
            browser.click(Browser.button("Open the console"));
            browser.awaitText(".model-now", "Version");
            // The rates' curves want some time; light and wide comes last of each, so that the pointer rests there.
            TimeUnit.SECONDS.sleep(TRAFFIC_SECONDS);
            for (String view : VIEWS) {
                show(browser, view);
                for (String theme : new String[] {"dark", "light"}) {
                    if (theme.equals("dark")) {
                        browser.dark();
                    } else {
                        browser.light();
                    }
                    browser.size(390, 844);
                    picture(browser, Path.of(folder, view + "-" + theme + "-narrow.png"));
                    browser.size(1440, 960);
                    picture(browser, Path.of(folder, view + "-" + theme + "-wide.png"));
                }
            }
        } finally {
            shop.shutdownNow();
        }
    }

    /** Each view with all its data. */
    private static void show(Browser browser, String view) {
        switch (view) {
            case "try" -> {
                browser.go("try/user/shopper-0042");
                browser.awaitText(".why-table tfoot", "Score");
            }
            case "basket" -> {
                browser.go("try/basket");
                browser.awaitText(".source", "popular");
                for (String name : new String[] {"Camping", "Running"}) {
                    browser.click(Browser.button(name));
                    browser.awaitText(".shelf li:first-child .item-sub", name);
                    browser.click(By.cssSelector(".shelf li:first-child button"));
                    browser.awaitText(".basket .item-sub", name);
                }
            }
            case "models" -> {
                browser.go(view);
                browser.awaitText(".models-table", "v1");
            }
            case "training" -> {
                browser.go("training/1");
                browser.awaitText(".runs-table", "v1");
            }
            case "search" -> {
                browser.go("training");
                browser.awaitText(".run h2", "Run 3");
                browser.awaitText(".trials-table", "best");
            }
            default -> browser.awaitText(".model-now", "Version");
        }
    }

    /** Charts follow the window and the theme within a frame or two, animations within some. */
    private static void picture(Browser browser, Path file) throws IOException, InterruptedException {
        TimeUnit.MILLISECONDS.sleep(900);
        browser.script(
                "document.activeElement.blur(); scrollTo(0, 0);"
                        + "if (arguments[0]) document.querySelector('.run-detail > div > .card').scrollIntoView()",
                file.getFileName().toString().startsWith("search"));
        Files.createDirectories(file.getParent());
        browser.screenshot(file);
    }

    private static void browse(Api api) {
        Random random = new Random(5);
        while (!Thread.currentThread().isInterrupted()) {
            int shopper = 1 + random.nextInt(3000);
            switch (random.nextInt(8)) {
                case 0 ->
                    api.post(
                            "/api/v1/recommendations",
                            "{\"events\":[{\"itemId\":\"classic-teapot\",\"behavior\":\"view\"}]}");
                case 1 -> api.get("/api/v1/users/visitor-%d/recommendations".formatted(shopper));
                default -> api.get("/api/v1/users/shopper-%04d/recommendations".formatted(shopper));
            }
            try {
                TimeUnit.MILLISECONDS.sleep(20 + random.nextInt(60));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
