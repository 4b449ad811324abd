package io.wholecart.reliability;

import static org.awaitility.Awaitility.await;

import io.wholecart.support.Api;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A process of the packed jar, which can be started again on the same port after it was stopped or killed. */
final class Node implements AutoCloseable {

    /** A machine that does much else, and a database that replays its log. */
    private static final Duration START_LIMIT = Duration.ofMinutes(3);

    private static final Duration STOP_LIMIT = Duration.ofMinutes(1);

    private final int port = Ports.free();
    private final Path log;
    private final List<String> jvm = new ArrayList<>(List.of("-Xmx512m", "-XX:+UseSerialGC"));
    private final List<String> arguments;
    private final Map<String, String> environment = new HashMap<>();
    /** What a killed process left running: a database of its own. */
    private final Set<ProcessHandle> left = new HashSet<>();

    private @Nullable Process process;

    /**
     * Does not start it yet.
     *
     * @param folder of its log
     * @param arguments beside port and keys
     */
    Node(Path folder, String name, String... arguments) {
        this.log = folder.resolve(name + ".log");
        this.arguments = List.of(arguments);
    }

    /** With options of the JVM, of which the last of two that exclude each other counts. */
    Node jvm(String... options) {
        jvm.addAll(List.of(options));
        return this;
    }

    Node environment(String name, String value) {
        environment.put(name, value);
        return this;
    }

    /** Starts it and waits until it is ready. */
    Node start() {
        launch();
        awaitReady();
        return this;
    }

    /** Starts it and does not wait. */
    void launch() {
        Path jar = Path.of("target", "wholecart.jar");
        if (!Files.exists(jar)) {
            throw new AssertionError("There is no " + jar + ": ./mvnw verify packs it first.");
        }
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("--add-modules=jdk.incubator.vector");
        command.addAll(jvm);
        command.addAll(List.of("-jar", jar.toString()));
        command.addAll(List.of("--server.port=" + port, "--wholecart.keys.admin=" + Api.ADMIN_KEY));
        command.addAll(arguments);
        process = Processes.start(command, environment, log);
    }

    void awaitReady() {
        await().atMost(START_LIMIT).pollInterval(Duration.ofMillis(50)).until(() -> {
            if (!process().isAlive()) {
                throw new AssertionError("The node ended while starting, see " + log + ":\n" + lastLines());
            }
            return isReady();
        });
    }

    /** What a load balancer asks for. */
    boolean isReady() {
        try {
            HttpURLConnection connection =
                    (HttpURLConnection) URI.create("http://localhost:" + port + "/actuator/health/readiness")
                            .toURL()
                            .openConnection();
            connection.setConnectTimeout(1000);
            connection.setReadTimeout(5000);
            return connection.getResponseCode() == 200;
        } catch (IOException e) {
            return false;
        }
    }

    /** kill -9; what it started itself, as its own database, lives on. */
    void kill() {
        left.addAll(Processes.withDescendants(process().toHandle()));
        Processes.kill(Set.of(process().toHandle()));
        left.removeIf(handle -> !handle.isAlive());
    }

    /** kill -9 of the process and of all that it started. */
    void killAll() {
        left.addAll(Processes.withDescendants(process().toHandle()));
        Processes.kill(left);
        left.clear();
    }

    /** As an operator or an orchestrator stops it; answers its exit code. */
    int stop() {
        process().destroy();
        try {
            if (!process().waitFor(STOP_LIMIT.toSeconds(), TimeUnit.SECONDS)) {
                throw new AssertionError("The node does not stop, see " + log);
            }
            return process().exitValue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    void signal(String name) {
        Processes.signal(process().pid(), name);
    }

    boolean isAlive() {
        return process != null && process.isAlive();
    }

    private Process process() {
        if (process == null) {
            throw new IllegalStateException("not started");
        }
        return process;
    }

    long pid() {
        return process().pid();
    }

    int port() {
        return port;
    }

    /** A caller with the admin key. */
    Api api() {
        return Api.at(port);
    }

    /** A metric's value, all of its series added up; not a number where it has none. */
    double metric(String name) {
        return prometheus()
                .lines()
                .filter(line -> line.matches(name + "([{ ].*)"))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .reduce(Double::sum)
                .orElse(Double.NaN);
    }

    String prometheus() {
        return api().get("/actuator/prometheus").response().body();
    }

    String log() {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String lastLines() {
        List<String> lines = log().lines().toList();
        return String.join("\n", lines.subList(Math.max(0, lines.size() - 30), lines.size()));
    }

    @Override
    public void close() {
        if (isAlive()) {
            killAll();
        }
        Processes.kill(left);
    }
}
