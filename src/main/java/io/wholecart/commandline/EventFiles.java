package io.wholecart.commandline;

import io.wholecart.experiment.UnfitDataException;
import io.wholecart.interaction.EventSource;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.zip.GZIPInputStream;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;
import org.jspecify.annotations.Nullable;

/**
 * Events from files, plain or gzip. Either one CSV file with the header of the import, {@code
 * userId,itemId,behavior,occurredAt}, or a folder with a {@code BEHAVIOR.csv} for each behavior, header {@code
 * user,item}, lines in the order of time, and a {@code TARGET.test.csv} with each user's last, held-out one. A file that
 * is sorted by user and item has no order of time; the order of its lines is then drawn.
 */
final class EventFiles implements EventSource {

    /** Held-out lines are later than all others. */
    private static final long LATER = 1L << 40;

    private static final long SEED = 20_140_718;
    /** Whole numbers by value: of two, the one with fewer digits is less. */
    private static final Comparator<String> BY_NUMBER =
            Comparator.comparingInt(String::length).thenComparing(Comparator.naturalOrder());

    private final Path place;
    private long heldOut;

    EventFiles(Path place) {
        this.place = place;
    }

    /** Of these behaviors those that the folder has files for; all of them where there is one file for all. */
    List<String> behaviors(List<String> known) {
        return Files.isDirectory(place)
                ? known.stream().filter(name -> find(name + ".csv") != null).toList()
                : known;
    }

    /** Lines of the folder's own held-out set; 0 when there is none. */
    long heldOut() {
        return heldOut;
    }

    @Override
    public Instant read(List<String> behaviors, Sink sink) {
        Map<String, Integer> users = new HashMap<>();
        Map<String, Integer> items = new HashMap<>();
        if (Files.isDirectory(place)) {
            for (int k = 0; k < behaviors.size(); k++) {
                readPairs(behaviors.get(k) + ".csv", 0, k, users, items, sink);
            }
            int target = behaviors.size() - 1;
            heldOut = readPairs(behaviors.get(target) + ".test.csv", LATER, target, users, items, sink);
        } else {
            readEvents(behaviors, users, items, sink);
        }
        users.forEach(sink::user);
        items.forEach(sink::item);
        return Instant.EPOCH;
    }

    @Override
    public boolean anySince(Instant time) {
        return true;
    }

    private long readPairs(
            String name,
            long firstTime,
            int behavior,
            Map<String, Integer> users,
            Map<String, Integer> items,
            Sink sink) {
        Path file = find(name);
        if (file == null) {
            return 0;
        }
        try (CSVParser lines = parse(file)) {
            boolean drawn = isSorted(file);
            Random random = new Random(SEED);
            for (CSVRecord line : lines) {
                int user = number(users, line.get("user"));
                long time = drawn ? random.nextInt(Integer.MAX_VALUE) : line.getRecordNumber();
                sink.event(user, number(items, line.get("item")), behavior, firstTime + time);
            }
            return lines.getRecordNumber();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean isSorted(Path file) throws IOException {
        try (CSVParser lines = parse(file)) {
            require(file, lines, List.of("user", "item"));
            String user = "";
            String item = "";
            boolean several = false;
            for (CSVRecord line : lines) {
                if (line.get("user").equals(user)) {
                    if (BY_NUMBER.compare(line.get("item"), item) < 0) {
                        return false;
                    }
                    several = true;
                }
                user = line.get("user");
                item = line.get("item");
            }
            return several;
        }
    }

    private void readEvents(List<String> behaviors, Map<String, Integer> users, Map<String, Integer> items, Sink sink) {
        try (CSVParser lines = parse(place)) {
            require(place, lines, List.of("userId", "itemId", "behavior", "occurredAt"));
            for (CSVRecord line : lines) {
                int behavior = behaviors.indexOf(line.get("behavior"));
                if (behavior >= 0) {
                    long time = time(line);
                    sink.event(number(users, line.get("userId")), number(items, line.get("itemId")), behavior, time);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private long time(CSVRecord line) {
        try {
            Instant time = OffsetDateTime.parse(line.get("occurredAt")).toInstant();
            return time.getEpochSecond() * 1_000_000 + time.getNano() / 1_000;
        } catch (DateTimeException e) {
            throw new UnfitDataException(place + ", event " + line.getRecordNumber()
                    + ": occurredAt must be a time such as 2026-05-04T10:00:00Z");
        }
    }

    private static int number(Map<String, Integer> numbers, String id) {
        Integer known = numbers.putIfAbsent(id, numbers.size());
        return known == null ? numbers.size() - 1 : known;
    }

    private @Nullable Path find(String name) {
        for (String ending : List.of("", ".gz")) {
            Path file = place.resolve(name + ending);
            if (Files.isRegularFile(file)) {
                return file;
            }
        }
        return null;
    }

    private static void require(Path file, CSVParser lines, List<String> header) {
        if (!lines.getHeaderNames().containsAll(header)) {
            throw new UnfitDataException(file + " must begin with the header " + String.join(",", header));
        }
    }

    private static CSVParser parse(Path file) throws IOException {
        InputStream in = new BufferedInputStream(Files.newInputStream(file));
        in.mark(2);
        boolean gzip = in.read() == 0x1f && in.read() == 0x8b;
        in.reset();
        Reader text = new InputStreamReader(gzip ? new GZIPInputStream(in) : in, StandardCharsets.UTF_8);
        return CSVFormat.DEFAULT
                .builder()
                .setHeader()
                .setSkipHeaderRecord(true)
                .setIgnoreEmptyLines(true)
                .get()
                .parse(text);
    }
}
