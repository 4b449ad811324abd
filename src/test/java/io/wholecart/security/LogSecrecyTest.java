package io.wholecart.security;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.AppenderBase;
import io.wholecart.support.Api;
import io.wholecart.support.RawHttp;
import io.wholecart.support.WithKeys;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;
import org.springframework.boot.test.web.server.LocalServerPort;

/** With everything that logs turned up as far as it goes, no key and nothing of a body is in the log. */
@WithKeys
class LogSecrecyTest {

    private static final List<String> TALKATIVE = List.of(
            "io.wholecart",
            "org.springframework.web",
            "org.springframework.http",
            "org.springframework.security",
            "org.springframework.boot",
            "org.apache.catalina",
            "org.apache.coyote",
            "org.apache.tomcat",
            "tools.jackson");

    @LocalServerPort
    private int port;

    private static final class Memory extends AppenderBase<ILoggingEvent> {

        private final Queue<String> lines = new ConcurrentLinkedQueue<>();

        @Override
        protected void append(ILoggingEvent event) {
            String thrown =
                    event.getThrowableProxy() == null ? "" : ThrowableProxyUtil.asString(event.getThrowableProxy());
            lines.add(event.getLevel() + " " + event.getLoggerName() + " " + event.getMDCPropertyMap() + " "
                    + event.getFormattedMessage() + " " + thrown);
        }
    }

    @Test
    void nothingSecretIsLogged() {
        Memory memory = new Memory();
        loudly(memory, this::tour);
        assertThat(memory.lines)
                .as("it was loud")
                .anyMatch(line -> line.startsWith("TRACE org.springframework.security"));
        assertThat(memory.lines)
                .as("the request's id is in its lines")
                .anyMatch(line -> line.contains("DispatcherServlet") && line.contains("requestId=loud-1"));
        assertThat(memory.lines).noneMatch(line -> line.contains("secret"));
        for (String key : List.of(Api.ADMIN_KEY, "in-1", "in-2")) {
            assertThat(memory.lines).noneMatch(line -> line.contains(key));
        }
    }

    /** The console would be flooded: it does not hear what is said meanwhile. */
    private static void loudly(Memory memory, Runnable work) {
        Logger root = logger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        List<Appender<ILoggingEvent>> others = new ArrayList<>();
        root.iteratorForAppenders().forEachRemaining(others::add);
        Map<String, Level> levels = new HashMap<>();
        TALKATIVE.forEach(name -> levels.put(name, logger(name).getLevel()));
        memory.start();
        root.addAppender(memory);
        others.forEach(root::detachAppender);
        TALKATIVE.forEach(name -> logger(name).setLevel(Level.TRACE));
        try {
            work.run();
        } finally {
            levels.forEach((name, level) -> logger(name).setLevel(level));
            others.forEach(root::addAppender);
            root.detachAppender(memory);
        }
    }

    private static Logger logger(String name) {
        return (Logger) LoggerFactory.getLogger(name);
    }

    private void tour() {
        for (String key : new String[] {Api.ADMIN_KEY, WithKeys.INGEST, WithKeys.READ, "secret-guess", null}) {
            Api api = Api.at(port).withKey(key);
            api.post("/api/v1/events", "{\"userId\":\"secret-user\",\"itemId\":\"secret-item\",\"behavior\":\"view\"}");
            api.post("/api/v1/events", "[{\"userId\":\"secret-user\",\"itemId\":\"\",\"behavior\":\"secret\"}]");
            api.post("/api/v1/events", "{\"secret\":\"secret\", \"broken");
            api.importCsv("userId,itemId,behavior\nsecret-user,secret-item,view\n");
            api.importCsv("userId,itemId,behavior\nsecret-user,secret-item,secret\n");
            api.put("/api/v1/items/shown", "{\"categories\":[\"secret\"],\"attributes\":{\"secret\":\"secret\"}}");
            api.put("/api/v1/items/shown", "{\"available\":\"secret\",\"secret\":1}");
            api.post("/api/v1/items", "[{\"itemId\":\"secret-item\"}]");
            api.get("/api/v1/items/shown");
            api.post("/api/v1/recommendations", "{\"events\":[{\"itemId\":\"secret-item\",\"behavior\":\"view\"}]}");
            api.post("/api/v1/recommendations", "{\"events\":[{\"itemId\":1,\"secret\":[]}]}");
            api.post("/api/v1/recommendations/batch", "{\"userIds\":[\"secret-user\"]}");
            api.post("/api/v1/admin/training-runs", "{\"solver\":\"secret\"}");
            api.get("/api/v1/admin/models");
            api.get("/v3/api-docs");
        }
        String head = "GET /api/v1/admin/models HTTP/1.1\r\nHost: x\r\nConnection: close\r\n";
        raw(head + "X-Request-Id: loud-1\r\nX-API-Key: " + Api.ADMIN_KEY + "\r\n\r\n");
        raw(head + "X-API-Key : secret-misplaced\r\n\r\n");
        raw(head + "X-API-Key\r\n secret-folded\r\n\r\n");
        raw(head + "X-API-Key: secret-\u0001\r\n\r\n");
    }

    private void raw(String request) {
        RawHttp.send(port, request);
    }
}
