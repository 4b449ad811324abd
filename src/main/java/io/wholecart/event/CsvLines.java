package io.wholecart.event;

import io.wholecart.platform.ApiException;
import io.wholecart.platform.InputError;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.apache.commons.csv.CSVException;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;
import org.jspecify.annotations.Nullable;

/** RFC 4180 with the header {@code userId,itemId,behavior,occurredAt} in any order, occurredAt optional. */
final class CsvLines implements EventLines {

    private final LimitedReader limit;
    private final EventReader reader;
    private final CSVParser parser;
    private final Iterator<CSVRecord> records;
    private final int columns;
    private final int user;
    private final int item;
    private final int behavior;
    private final int time;
    private @Nullable CSVRecord record;
    private long line;

    CsvLines(LimitedReader limit, BufferedReader text, EventReader reader) throws IOException {
        this.limit = limit;
        this.reader = reader;
        CSVFormat format =
                CSVFormat.RFC4180.builder().setIgnoreEmptyLines(false).get();
        this.parser = CSVParser.parse(text, format);
        this.records = parser.iterator();
        this.record = next();
        List<String> header = record == null
                ? List.of()
                : record.toList().stream().map(String::strip).toList();
        this.columns = header.size();
        this.user = column(header, EventReader.USER);
        this.item = column(header, EventReader.ITEM);
        this.behavior = column(header, EventReader.BEHAVIOR);
        this.time = header.indexOf(EventReader.TIME);
        for (String name : header) {
            if (!EventReader.FIELDS.contains(name) || header.indexOf(name) != header.lastIndexOf(name)) {
                throw badHeader("has an unknown or repeated column");
            }
        }
    }

    private @Nullable CSVRecord next() throws IOException {
        limit.nextLine();
        line = parser.getCurrentLineNumber() + 1;
        try {
            return records.hasNext() ? records.next() : null;
        } catch (UncheckedIOException e) {
            IOException cause = Objects.requireNonNull(e.getCause());
            if (cause instanceof CSVException) {
                InputError error =
                        InputError.field("line", "begins what is not well-formed CSV; nothing after it was read");
                throw ApiException.invalid(List.of(error.atLine(line)));
            }
            throw cause;
        }
    }

    private static int column(List<String> header, String name) {
        int column = header.indexOf(name);
        if (column < 0) {
            throw badHeader("has no column " + name);
        }
        return column;
    }

    private static ApiException badHeader(String message) {
        String expected = message + "; expected userId,itemId,behavior and optionally occurredAt";
        return ApiException.invalid(List.of(InputError.field("header", expected).atLine(1)));
    }

    @Override
    public boolean advance() throws IOException {
        do {
            record = next();
        } while (record != null && record.size() == 1 && record.get(0).isBlank());
        return record != null;
    }

    @Override
    public long number() {
        return line;
    }

    @Override
    public @Nullable Event event(Instant now, Consumer<InputError> errors) {
        CSVRecord fields = Objects.requireNonNull(record);
        if (fields.size() != columns) {
            String message = "has " + fields.size() + " columns, the header has " + columns;
            errors.accept(InputError.field("line", message));
            return null;
        }
        String at = time < 0 || fields.get(time).isEmpty() ? null : fields.get(time);
        return reader.read(fields.get(user), fields.get(item), fields.get(behavior), at, now, errors);
    }
}
