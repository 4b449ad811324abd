package io.wholecart.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.logging.Level;
import org.openqa.selenium.By;
import org.openqa.selenium.Keys;
import org.openqa.selenium.OutputType;
import org.openqa.selenium.WebDriverException;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.chromium.ChromiumNetworkConditions;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.logging.LoggingPreferences;

/** A headless Chromium that looks at the console. Whatever it looks for it waits for. */
final class Browser implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(40);

    /** What moved by itself; what moves within half a second of a click does not count. */
    private static final String SHIFTS = """
            const done = arguments[arguments.length - 1];
            const moved = [];
            new PerformanceObserver((list) => {
              for (const entry of list.getEntries()) {
                if (!entry.hadRecentInput) {
                  moved.push([entry.value, ...entry.sources.map((one) => one.node?.className || one.node?.nodeName)]);
                }
              }
            }).observe({ type: 'layout-shift', buffered: true });
            requestAnimationFrame(() => setTimeout(() => done(moved.map((one) => one.join(' '))), 100));
            """;

    private final String base;
    private final ChromeDriver driver;

    private Browser(String base, ChromeDriver driver) {
        this.base = base;
        this.driver = driver;
    }

    /** Starts Chromium with a profile of its own, or skips the test where there is none. */
    static Browser start(int port, Path profile) {
        File driver = onPath("chromedriver");
        File chromium = onPath("chromium", "chromium-browser", "google-chrome");
        assumeTrue(
                driver != null && chromium != null,
                "Skipped without chromium and chromedriver: src/test/scripts/install-for-tests.sh installs them");
        ChromeOptions options = new ChromeOptions()
                .setBinary(chromium)
                .addArguments(
                        "--headless",
                        "--no-sandbox",
                        "--disable-gpu",
                        "--disable-quic",
                        "--disable-dev-shm-usage",
                        "--no-first-run",
                        "--disable-background-networking",
                        "--disable-component-update",
                        "--disable-sync",
                        "--force-color-profile=srgb",
                        "--hide-scrollbars",
                        "--window-size=1440,900",
                        "--user-data-dir=" + profile);
        LoggingPreferences logs = new LoggingPreferences();
        logs.enable(LogType.BROWSER, Level.ALL);
        options.setCapability("goog:loggingPrefs", logs);
        ChromeDriverService service = new ChromeDriverService.Builder()
                .usingDriverExecutable(driver)
                .usingAnyFreePort()
                .build();
        Browser browser = new Browser("http://localhost:" + port, new ChromeDriver(service, options));
        browser.light();
        return browser;
    }

    private static File onPath(String... names) {
        return Arrays.stream(System.getenv("PATH").split(File.pathSeparator, -1))
                .flatMap(folder -> Arrays.stream(names).map(name -> new File(folder, name)))
                .filter(File::canExecute)
                .findFirst()
                .orElse(null);
    }

    /** Loads the page anew, at this view. */
    void open(String view) {
        driver.get("about:blank");
        driver.get(base + "/#/" + view);
    }

    /** Goes to a view within the page, as a link does. */
    void go(String view) {
        script("location.hash = arguments[0]", "#/" + view);
    }

    Object script(String script, Object... arguments) {
        return driver.executeScript(script, arguments);
    }

    void click(By what) {
        retried(() -> driver.findElement(what).click());
    }

    static By button(String name) {
        return By.xpath("//button[not(@hidden) and contains(normalize-space(.), '" + name + "')]");
    }

    /** Types into a field in place of what is in it. */
    void type(String css, String text) {
        retried(() -> {
            WebElement field = driver.findElement(By.cssSelector(css));
            field.clear();
            field.sendKeys(text);
        });
    }

    void press(Keys... keys) {
        driver.switchTo().activeElement().sendKeys(keys);
    }

    /** Elements that come, go and move while data arrives. */
    private static void retried(Runnable action) {
        await().atMost(PATIENCE)
                .ignoreExceptionsInstanceOf(WebDriverException.class)
                .until(() -> {
                    action.run();
                    return true;
                });
    }

    /** What stands in the elements, as people see it. */
    @SuppressWarnings("unchecked")
    List<String> texts(String css) {
        return (List<String>) script(
                "return [...document.querySelectorAll(arguments[0])].filter((one) => one.checkVisibility())"
                        + ".map((one) => one.innerText.replace(/\\s+/g, ' ').trim())",
                css);
    }

    void awaitText(String css, String part) {
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(texts(css)).as(css).anyMatch(text -> text.contains(part)));
    }

    void awaitNone(String css) {
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(texts(css)).as(css).isEmpty());
    }

    void awaitCount(String css, int least) {
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(texts(css)).as(css).hasSizeGreaterThanOrEqualTo(least));
    }

    void light() {
        scheme("light");
    }

    void dark() {
        scheme("dark");
    }

    private void scheme(String name) {
        driver.executeCdpCommand(
                "Emulation.setEmulatedMedia",
                Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", name))));
    }

    void size(int width, int height) {
        driver.executeCdpCommand(
                "Emulation.setDeviceMetricsOverride",
                Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", false));
    }

    void offline(boolean away) {
        ChromiumNetworkConditions conditions = new ChromiumNetworkConditions();
        conditions.setOffline(away);
        conditions.setLatency(Duration.ZERO);
        driver.setNetworkConditions(conditions);
    }

    /** Errors on the browser's console since the last look; what breaks the page's policy is among them. */
    List<String> errors() {
        return driver.manage().logs().get(LogType.BROWSER).getAll().stream()
                .filter(entry -> entry.getLevel().intValue() >= Level.WARNING.intValue())
                .map(entry -> entry.getMessage())
                .toList();
    }

    /** Layout shifts since the page was loaded: each its score and what moved. */
    @SuppressWarnings("unchecked")
    List<String> shifts() {
        return (List<String>) driver.executeAsyncScript(SHIFTS);
    }

    /** What axe-core finds that is serious or critical. */
    @SuppressWarnings("unchecked")
    List<String> barriers() {
        try (InputStream axe = Browser.class.getResourceAsStream("/axe.min.js")) {
            driver.executeScript(new String(axe.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return (List<String>) driver.executeAsyncScript("""
                const done = arguments[arguments.length - 1];
                axe.run(document, { resultTypes: ['violations'] }).then(
                  (result) => done(result.violations
                    .filter((one) => ['serious', 'critical'].includes(one.impact))
                    .map((one) => `${one.id}: ${one.help}: ${one.nodes.map((node) => node.html.slice(0, 160)).join(' | ')}`)),
                  (failure) => done([String(failure)]));
                """);
    }

    void screenshot(Path file) {
        try {
            Files.write(file, driver.getScreenshotAs(OutputType.BYTES));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        driver.quit();
    }
}
