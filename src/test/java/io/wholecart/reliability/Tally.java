package io.wholecart.reliability;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;

/**
 * Counts what a scenario did and which promises it saw broken. When it is closed it writes its line of the table in
 * docs/reliability.md to target/reliability.md, and fails if there were any.
 */
final class Tally implements AutoCloseable {

    private static final Path TABLE = Path.of("target", "reliability.md");

    private final String scenario;
    private final long started = System.nanoTime();
    private final AtomicLong runs = new AtomicLong();
    private final AtomicLong checks = new AtomicLong();
    private final Map<String, Long> faults = new TreeMap<>();
    private final List<String> broken = new ArrayList<>();

    Tally(String scenario) {
        this.scenario = scenario;
    }

    void run() {
        runs.incrementAndGet();
    }

    synchronized void fault(String kind) {
        faults.merge(kind, 1L, Long::sum);
    }

    /** Looks at one promise. */
    void promise(boolean kept, String whatElse) {
        checks.incrementAndGet();
        if (!kept) {
            broken(whatElse);
        }
    }

    synchronized void broken(String what) {
        broken.add(what);
        System.out.println("BROKEN: " + what);
    }

    @Override
    public synchronized void close() throws IOException {
        String injected = faults.entrySet().stream()
                .map(fault -> fault.getValue() + " × " + fault.getKey())
                .collect(Collectors.joining(", "));
        String line = "| %s | %d | %s | %d of %,d looked at | %d s |%n"
                .formatted(
                        scenario,
                        runs.get(),
                        injected,
                        broken.size(),
                        checks.get(),
                        (System.nanoTime() - started) / 1_000_000_000);
        System.out.print(line);
        Files.writeString(TABLE, line, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        assertThat(broken).as("broken promises: " + scenario).isEmpty();
    }
}
