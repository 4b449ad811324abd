package io.wholecart.reliability;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What a node holds at one moment; −1 for what this machine does not tell.
 *
 * @param seconds since the start
 * @param liveHeap bytes of all reachable objects, after a full collection
 * @param resident bytes of memory that the process has
 * @param databaseBytes of all tables
 * @param modelVersions that are stored
 * @param strayChunks of models that are not
 */
record Vitals(
        long seconds,
        long requests,
        long liveHeap,
        long resident,
        long threads,
        long openFiles,
        long connections,
        long series,
        long temporaryFiles,
        long databaseBytes,
        long modelVersions,
        long strayChunks) {

    static final String HEADER =
            "seconds,requests,liveHeap,resident,threads,openFiles,connections,series,temporaryFiles,"
                    + "databaseBytes,modelVersions,strayChunks";

    static final Path JCMD = Path.of(System.getProperty("java.home"), "bin", "jcmd");

    /**
     * Measures.
     *
     * @param folder gets the first and the latest list of the heap's classes
     * @param temporary what the node has as its folder of temporary files
     */
    static Vitals of(Node node, PostgresServer database, Path folder, Path temporary, long seconds, long requests) {
        return new Vitals(
                seconds,
                requests,
                liveHeap(node, folder),
                resident(node),
                threads(node),
                files(Path.of("/proc", "" + node.pid(), "fd"), 1),
                number(
                        database,
                        "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'"
                                + " AND application_name <> '' AND pid <> pg_backend_pid()"),
                node.prometheus().lines().filter(line -> !line.startsWith("#")).count(),
                files(temporary, Integer.MAX_VALUE),
                number(database, "SELECT pg_database_size(current_database())"),
                number(database, "SELECT count(*) FROM model"),
                number(
                        database,
                        "SELECT count(*) FROM model_chunk c"
                                + " WHERE NOT EXISTS (SELECT FROM model m WHERE m.version = c.version)"));
    }

    private static long number(PostgresServer database, String sql) {
        return Long.parseLong(database.query(sql).get(0));
    }

    /** The histogram counts reachable objects only, for which the JVM collects first. */
    private static long liveHeap(Node node, Path folder) {
        try {
            Process jcmd = new ProcessBuilder(JCMD.toString(), "" + node.pid(), "GC.class_histogram")
                    .redirectErrorStream(true)
                    .start();
            String histogram = new String(jcmd.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            Path first = folder.resolve("heap-first.txt");
            Files.writeString(Files.exists(first) ? folder.resolve("heap-last.txt") : first, histogram);
            return histogram
                    .lines()
                    .filter(line -> line.startsWith("Total"))
                    .map(line -> line.trim().split(" +"))
                    .mapToLong(total -> Long.parseLong(total[2]))
                    .findFirst()
                    .orElseThrow(() -> new AssertionError(histogram));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static long resident(Node node) {
        return status(node, "VmRSS:") * 1024;
    }

    private static long threads(Node node) {
        return status(node, "Threads:");
    }

    private static long status(Node node, String name) {
        Path status = Path.of("/proc", "" + node.pid(), "status");
        if (!Files.exists(status)) {
            return -1;
        }
        try (Stream<String> lines = Files.lines(status)) {
            return lines.filter(line -> line.startsWith(name))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
                    .findFirst()
                    .orElse(-1);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Files in a folder; −1 where there is no such folder. */
    private static long files(Path folder, int depth) {
        if (!Files.isDirectory(folder)) {
            return -1;
        }
        try (Stream<Path> found = Files.walk(folder, depth)) {
            return found.count() - 1;
        } catch (IOException | UncheckedIOException e) {
            // One went while it was looked at.
            return -1;
        }
    }

    String csv() {
        return Stream.of(
                        seconds,
                        requests,
                        liveHeap,
                        resident,
                        threads,
                        openFiles,
                        connections,
                        series,
                        temporaryFiles,
                        databaseBytes,
                        modelVersions,
                        strayChunks)
                .map(String::valueOf)
                .collect(Collectors.joining(","));
    }

    /** What a line through the samples, drawn by the median of all slopes, rises by from the first to the last. */
    static double growth(List<Vitals> samples, ToLongFunction<Vitals> value) {
        List<Double> slopes = new ArrayList<>();
        for (int i = 0; i < samples.size(); i++) {
            for (int j = i + 1; j < samples.size(); j++) {
                double rise = value.applyAsLong(samples.get(j)) - value.applyAsLong(samples.get(i));
                slopes.add(rise / (samples.get(j).seconds - samples.get(i).seconds));
            }
        }
        Collections.sort(slopes);
        long seconds = samples.get(samples.size() - 1).seconds - samples.get(0).seconds;
        return slopes.get(slopes.size() / 2) * seconds;
    }
}
