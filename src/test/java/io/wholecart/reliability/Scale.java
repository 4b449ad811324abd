package io.wholecart.reliability;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import org.springframework.util.FileSystemUtils;

/** How far a scenario goes, by which chances, and where. */
final class Scale {

    private static final boolean FULL = "full".equals(System.getProperty("wholecart.reliability"));

    private Scale() {}

    /** So many in the short form and in the full one, or what {@code wholecart.reliability.rounds} says. */
    static int rounds(int brief, int full) {
        return Integer.getInteger("wholecart.reliability.rounds", FULL ? full : brief);
    }

    /** So long in the short form and in the full one, or the seconds of {@code wholecart.reliability.seconds}. */
    static Duration time(Duration brief, Duration full) {
        Long seconds = Long.getLong("wholecart.reliability.seconds");
        return seconds != null ? Duration.ofSeconds(seconds) : FULL ? full : brief;
    }

    /** Chances of a scenario, which are drawn again where {@code wholecart.reliability.seed} names the seed that it printed. */
    static Random random(Object scenario) {
        long seed = Long.getLong("wholecart.reliability.seed", System.nanoTime() & 0xffffff);
        System.out.println(scenario.getClass().getSimpleName() + ": -Dwholecart.reliability.seed=" + seed);
        return new Random(seed);
    }

    /** Whether a fault is to be tried: every one, unless {@code wholecart.reliability.fault} names one. */
    static boolean chosen(String fault) {
        return fault.equals(System.getProperty("wholecart.reliability.fault", fault));
    }

    /** An empty folder of the scenario, which stays for whoever wants to read its logs. */
    static Path folder(Object scenario) {
        Path folder = Path.of("target", "reliability", scenario.getClass().getSimpleName());
        try {
            FileSystemUtils.deleteRecursively(folder);
            return Files.createDirectories(folder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
