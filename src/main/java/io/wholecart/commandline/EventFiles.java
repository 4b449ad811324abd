package io.wholecart.commandline;

import io.wholecart.experiment.UnfitDataException;
import io.wholecart.interaction.EventSource;
import io.wholecart.interaction.Snapshot;
import io.wholecart.platform.ExternalId;
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
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
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
    /** Lines of behaviors that were not asked for, by name. */
    private final Map<String, Integer> others = new TreeMap<>();

    private int heldOut;

    EventFiles(Path place) {
        this.place = place;
    }

    /** Of these behaviors those that the folder has files for; all of them where there is one file for all. */
    List<String> behaviors(List<String> known) {
        return Files.isDirectory(place)
                ? known.stream().filter(name -> find(name + ".csv") != null).toList()
                : known;
    }

    /** Takes a snapshot and splits it: as the folder's own held-out lines say, else by time. */
    Snapshot.Split split(List<String> behaviors) {
        Snapshot snapshot = Snapshot.take(this, behaviors);
        return heldOut > 0 ? snapshot.leaveOneOut(LATER) : snapshot.leaveOneOut();
    }

    /** Lines of the folder's own held-out set; 0 when there is none. */
    int heldOut() {
        return heldOut;
    }

    /** Lines of behaviors that were not asked for, by name. */
    Map<String, Integer> others() {
        return others;
    }

    @Override
    public Instant read(List<String> behaviors, Sink sink) {
        Map<String, Integer> users = new HashMap<>();
        Map<String, Integer> items = new HashMap<>();
        if (Files.isDirectory(place)) {
            for (int k = 0; k < behaviors.size(); k++) {
                String name = behaviors.get(k) + ".csv";
                Path file = find(name);
                if (file == null) {
                    throw new UnfitDataException(place + " has no " + name + ", plain or as .gz.");
                }
                readPairs(file, k, users, items, sink);
            }
            int target = behaviors.size() - 1;
            Path test = find(behaviors.get(target) + ".test.csv");
            heldOut = test == null ? 0 : readHeldOut(test, target, users, items, sink);
        } else {
            readEvents(behaviors, users, items, sink);
        }
        users.forEach(sink::user);
        items.forEach(sink::item);
        return Instant.EPOCH;
    }

    private void readPairs(Path file, int behavior, Map<String, Integer> users, Map<String, Integer> items, Sink sink) {
        try (CSVParser lines = parse(file)) {
            boolean drawn = isSorted(file);
            Random random = new Random(SEED);
            for (CSVRecord line : lines) {
                int user = number(users, id(file, line, "user"));
                long time = drawn ? random.nextInt(Integer.MAX_VALUE) : line.getRecordNumber();
                sink.event(user, number(items, id(file, line, "item")), behavior, time);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private int readHeldOut(Path file, int target, Map<String, Integer> users, Map<String, Integer> items, Sink sink) {
        Set<String> seen = new HashSet<>();
        try (CSVParser lines = parse(file)) {
            require(file, lines, List.of("user", "item"));
            for (CSVRecord line : lines) {
                String user = id(file, line, "user");
                if (!seen.add(user)) {
                    throw flaw(file, line, "user has a held-out line already");
                }
                sink.event(number(users, user), number(items, id(file, line, "item")), target, LATER);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return seen.size();
    }

    private static boolean isSorted(Path file) throws IOException {
        try (CSVParser lines = parse(file)) {
            require(file, lines, List.of("user", "item"));
            String user = "";
            String item = "";
            boolean several = false;
            for (CSVRecord line : lines) {
                String nextUser = id(file, line, "user");
                String nextItem = id(file, line, "item");
                if (nextUser.equals(user)) {
                    if (BY_NUMBER.compare(nextItem, item) < 0) {
                        return false;
                    }
                    several = true;
                }
                user = nextUser;
                item = nextItem;
            }
            return several;
        }
    }

    private void readEvents(List<String> behaviors, Map<String, Integer> users, Map<String, Integer> items, Sink sink) {
        try (CSVParser lines = parse(place)) {
            require(place, lines, List.of("userId", "itemId", "behavior", "occurredAt"));
            for (CSVRecord line : lines) {
                String name = value(place, line, "behavior");
                int behavior = behaviors.indexOf(name);
                if (behavior < 0) {
                    others.merge(name, 1, Integer::sum);
                } else {
                    int user = number(users, id(place, line, "userId"));
                    sink.event(user, number(items, id(place, line, "itemId")), behavior, time(line));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private long time(CSVRecord line) {
        try {
            Instant time =
                    OffsetDateTime.parse(value(place, line, "occurredAt")).toInstant();
            return time.getEpochSecond() * 1_000_000 + time.getNano() / 1_000;
        } catch (DateTimeException e) {
            throw flaw(place, line, "occurredAt must be a time such as 2026-05-04T10:00:00Z");
        }
    }

    private static String value(Path file, CSVRecord line, String column) {
        if (!line.isSet(column)) {
            throw flaw(file, line, column + " is missing");
        }
        return line.get(column);
    }

    private static String id(Path file, CSVRecord line, String column) {
        String id = value(file, line, column);
        String flaw = ExternalId.flaw(id);
        if (flaw != null) {
            throw flaw(file, line, column + " " + flaw);
        }
        return id;
    }

    private static UnfitDataException flaw(Path file, CSVRecord line, String message) {
        return new UnfitDataException(file + ", event " + line.getRecordNumber() + ": " + message);
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
