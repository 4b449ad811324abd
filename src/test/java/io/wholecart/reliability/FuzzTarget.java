package io.wholecart.reliability;

import io.wholecart.catalog.ItemsFuzz;
import io.wholecart.event.EventBatchFuzz;
import io.wholecart.event.EventFieldsFuzz;
import io.wholecart.event.ImportFuzz;
import io.wholecart.event.LongLinesFuzz;
import io.wholecart.event.TaobaoFuzz;
import io.wholecart.experiment.ParametersFuzz;
import io.wholecart.model.ModelArtifactFuzz;
import io.wholecart.recommendation.AnonymousFuzz;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;
import org.springframework.test.util.ReflectionTestUtils;

/**
 * What is fuzzed: classes beside what they test, which hold any bytes against promises. Each has inputs made by hand, a
 * folder of files, and those that fuzzing has kept because they go ways of their own, a zip.
 */
enum FuzzTarget {
    IMPORT(ImportFuzz.class),
    LONG_LINES(LongLinesFuzz.class),
    TAOBAO(TaobaoFuzz.class),
    EVENT_BATCH(EventBatchFuzz.class),
    EVENT_FIELDS(EventFieldsFuzz.class),
    ITEMS(ItemsFuzz.class),
    ANONYMOUS(AnonymousFuzz.class),
    PARAMETERS(ParametersFuzz.class),
    MODEL_ARTIFACT(ModelArtifactFuzz.class);

    private static final Path INPUTS = Path.of("src", "test", "resources", "fuzz");

    /** So many bytes are kept of what fuzzing finds, as many short inputs as long ones. */
    private static final int KEPT = 100 << 10;

    private final Class<?> type;

    FuzzTarget(Class<?> type) {
        this.type = type;
    }

    Class<?> type() {
        return type;
    }

    /** Throws where a promise is broken. */
    void hold(byte[] input) {
        ReflectionTestUtils.invokeMethod(type, "fuzzerTestOneInput", (Object) input);
    }

    /** By name: those that are made by hand. */
    Map<String, byte[]> madeByHand() throws IOException {
        return filesIn(INPUTS.resolve(type.getSimpleName()));
    }

    /** By name: those that fuzzing has kept. */
    Map<String, byte[]> kept() throws IOException {
        Map<String, byte[]> inputs = new TreeMap<>();
        if (Files.exists(zip())) {
            try (InputStream in = Files.newInputStream(zip());
                    ZipInputStream kept = new ZipInputStream(in)) {
                for (ZipEntry entry = kept.getNextEntry(); entry != null; entry = kept.getNextEntry()) {
                    inputs.put(entry.getName(), kept.readAllBytes());
                }
            }
        }
        return inputs;
    }

    /** Keeps the inputs in this folder, too. */
    void keep(Path folder) throws IOException {
        Map<String, byte[]> all = kept();
        all.putAll(filesIn(folder));
        List<Map.Entry<String, byte[]>> shortestFirst = all.entrySet().stream()
                .sorted(Comparator.comparingInt(input -> input.getValue().length))
                .toList();
        int step = 1;
        while (everyNth(shortestFirst, step).stream()
                        .mapToInt(input -> input.getValue().length)
                        .sum()
                > KEPT) {
            step++;
        }
        try (OutputStream out = Files.newOutputStream(zip());
                ZipOutputStream kept = new ZipOutputStream(out)) {
            for (Map.Entry<String, byte[]> input : everyNth(shortestFirst, step)) {
                ZipEntry entry = new ZipEntry(input.getKey());
                entry.setTimeLocal(LocalDateTime.of(2026, 1, 1, 0, 0));
                kept.putNextEntry(entry);
                kept.write(input.getValue());
            }
        }
    }

    private static <T> List<T> everyNth(List<T> all, int n) {
        return IntStream.range(0, all.size())
                .filter(i -> i % n == 0)
                .mapToObj(all::get)
                .toList();
    }

    private Path zip() {
        return INPUTS.resolve(type.getSimpleName() + ".zip");
    }

    private static Map<String, byte[]> filesIn(Path folder) throws IOException {
        Map<String, byte[]> inputs = new TreeMap<>();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                inputs.put(file.getFileName().toString(), Files.readAllBytes(file));
            }
        }
        return inputs;
    }
}
