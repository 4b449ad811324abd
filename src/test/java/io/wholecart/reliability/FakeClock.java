package io.wholecart.reliability;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Stream;

/** A wall clock that jumps while processes look at it, by libfaketime; what measures durations in them goes on as ever. They notice a second later. */
final class FakeClock {

    private static final String NAME = "libfaketime.so.1";

    private final Path file;
    private Duration offset = Duration.ZERO;

    FakeClock(Path folder, String name) {
        this.file = folder.resolve(name + ".clock").toAbsolutePath();
        set(Duration.ZERO);
    }

    /** How far it is from the right time. */
    Duration offset() {
        return offset;
    }

    void set(Duration from) {
        offset = from;
        Path making = file.resolveSibling(file.getFileName() + ".new");
        try {
            Files.writeString(making, "%+d\n".formatted(from.toSeconds()));
            Files.move(making, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What a process must be told to look at it. */
    Map<String, String> environment() {
        return Map.of(
                "LD_PRELOAD", library().toString(),
                "FAKETIME_TIMESTAMP_FILE", file.toString(),
                // It looks at the file again after a second; each time would take a JVM minutes to start.
                "FAKETIME_CACHE_DURATION", "1",
                "FAKETIME_DONT_FAKE_MONOTONIC", "1",
                // The library guesses this wrong, and every wait that has a limit would end at once.
                "FAKETIME_FORCE_MONOTONIC_FIX", "0",
                "NO_FAKE_STAT", "1");
    }

    /** Skips the test where the library is not installed. */
    static Path library() {
        Path found = Stream.of("x86_64-linux-gnu", "aarch64-linux-gnu", "")
                .map(folder -> Path.of("/usr/lib", folder, "faketime", NAME))
                .filter(Files::exists)
                .findFirst()
                .orElse(null);
        assumeTrue(found != null, "Skipped without libfaketime: src/test/scripts/install-for-tests.sh installs it");
        return found;
    }
}
