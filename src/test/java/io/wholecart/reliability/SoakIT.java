package io.wholecart.reliability;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.wholecart.support.Api;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.ToLongFunction;
import org.junit.jupiter.api.Test;

/**
 * A node with a small heap under mixed load, with trainings and swaps of the model: whatever it holds stays as much. The
 * shop does not grow meanwhile, so that in the second half nothing has a reason to; the first is for the JVM to warm up,
 * and for caches to fill.
 */
class SoakIT {

    private static final long MEGABYTE = 1 << 20;
    /** The items' rows of the database and their numbers stay; deleted ones are a few hundred bytes each, in the heap too. */
    private static final long HEAP_MAY_GROW = 6 * MEGABYTE;

    /** The compilers' own memory and the allocator's arenas come and go; the heap itself is resident from the start. */
    private static final long RESIDENT_MAY_GROW = 48 * MEGABYTE;

    private static final long DATABASE_MAY_GROW = 64 * MEGABYTE;
    /** Connections of clients and threads that answer them come and go, too. */
    private static final long A_FEW = 12;

    private static final int MODELS_KEPT = 3;
    private static final String TRAINING = "{\"factors\":16,\"iterations\":3}";

    private final List<Vitals> samples = new ArrayList<>();

    @Test
    void nothingGrows() throws Exception {
        assumeTrue(Files.isExecutable(Vitals.JCMD), "Skipped: " + Vitals.JCMD + " is not there to measure the heap.");
        Random random = Scale.random(this);
        Path folder = Scale.folder(this);
        Duration time = Scale.time(Duration.ofSeconds(60), Duration.ofMinutes(30));
        Path temporary = Files.createDirectories(folder.resolve("tmp")).toAbsolutePath();
        try (Tally tally = new Tally("soak: mixed load of " + time.toSeconds() + " s");
                PostgresServer database = new PostgresServer(folder).start();
                Node node = new Node(
                                folder,
                                "node",
                                database.arguments(
                                        "--wholecart.training.schedule=-",
                                        "--wholecart.models.keep=" + MODELS_KEPT,
                                        // Here they are to swap, however well they rank.
                                        "--wholecart.training.gate.tolerance=1"))
                        .jvm(
                                "-Xms256m",
                                "-Xmx256m",
                                "-XX:+AlwaysPreTouch",
                                "-XX:+ExitOnOutOfMemoryError",
                                "-Djava.io.tmpdir=" + temporary)
                        .start();
                MixedLoad load = new MixedLoad(node.api(), random, tally).open()) {
            train(node.api(), tally);
            load.start();
            long started = System.nanoTime();
            while (System.nanoTime() - started < time.toNanos()) {
                // Between trainings, whose matrices are not what is looked for.
                TimeUnit.MILLISECONDS.sleep(Math.max(1_000, time.toMillis() / 90));
                if (samples.size() % 3 == 0) {
                    train(node.api(), tally);
                }
                long seconds = (System.nanoTime() - started) / 1_000_000_000;
                sample(Vitals.of(node, database, folder, temporary, seconds, load.requests()), folder);
                tally.run();
            }
            load.stop();
            check(tally);
            tally.promise(!node.log().contains(" ERROR "), "an error was logged");
            System.out.printf(
                    "SoakIT: %,d requests, reads p50 %s, p99 %s, p99.9 %s%n",
                    load.requests(), load.latency(0.5), load.latency(0.99), load.latency(0.999));
        }
    }

    /** A run, and sometimes back to an older version and forward again. */
    private static void train(Api api, Tally tally) {
        int version = api.train(TRAINING).path("modelVersion").asInt(0);
        tally.promise(version > 0, "a run did not end well");
        api.awaitServed(version);
        tally.fault("model swap");
        if (version % 2 == 0) {
            for (int other : new int[] {version - 1, version}) {
                api.post("/api/v1/admin/models/" + other + "/activate").expect(200);
                api.awaitServed(other);
                tally.fault("model swap");
            }
        }
    }

    private void sample(Vitals now, Path folder) {
        samples.add(now);
        String lines = (samples.size() == 1 ? Vitals.HEADER + "\n" : "") + now.csv() + "\n";
        try {
            Files.writeString(
                    folder.resolve("samples.csv"), lines, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void check(Tally tally) {
        flat("live heap", Vitals::liveHeap, HEAP_MAY_GROW, tally);
        flat("resident memory", Vitals::resident, RESIDENT_MAY_GROW, tally);
        flat("database", Vitals::databaseBytes, DATABASE_MAY_GROW, tally);
        flat("threads", Vitals::threads, A_FEW, tally);
        flat("open files", Vitals::openFiles, A_FEW, tally);
        flat("database connections", Vitals::connections, A_FEW, tally);
        flat("series of metrics", Vitals::series, A_FEW, tally);
        flat("temporary files", Vitals::temporaryFiles, A_FEW, tally);
        Vitals last = samples.get(samples.size() - 1);
        tally.promise(last.modelVersions() <= MODELS_KEPT + 1, last.modelVersions() + " models are kept");
        tally.promise(last.strayChunks() == 0, last.strayChunks() + " chunks of pruned models are left");
    }

    private void flat(String what, ToLongFunction<Vitals> value, long mayGrow, Tally tally) {
        List<Vitals> second = samples.subList(samples.size() / 2, samples.size());
        double growth = Vitals.growth(second, value);
        String line = String.format(
                Locale.ROOT,
                "%s: %,d at first, %,d at half time, %,d in the end; in the second half %+,.0f by the trend, %,d are allowed",
                what,
                value.applyAsLong(samples.get(0)),
                value.applyAsLong(second.get(0)),
                value.applyAsLong(samples.get(samples.size() - 1)),
                growth,
                mayGrow);
        System.out.println("SoakIT: " + line);
        tally.promise(growth <= mayGrow, line);
    }
}
