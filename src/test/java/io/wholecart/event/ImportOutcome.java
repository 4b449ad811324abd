package io.wholecart.event;

import io.wholecart.platform.ApiException;
import io.wholecart.platform.InputError;
import io.wholecart.support.ConfiguredService;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.RowCallbackHandler;

/**
 * What an import makes of a body, all but the database.
 *
 * @param events those that were copied, as PostgreSQL reads them
 * @param refused a 400's message about the whole; null when the lines were read to the end
 * @param errors the first bad lines, or those of the refusal
 */
record ImportOutcome(
        List<Event> events,
        long bad,
        long ignored,
        @Nullable String refused,
        List<InputError> errors) {

    static final Instant NOW = Instant.parse("2026-05-04T10:00:00.123456Z");
    static final EventReader READER = new EventReader(ConfiguredService.PROPERTIES, Clock.fixed(NOW, ZoneOffset.UTC));

    private static final List<String> BEHAVIORS = ConfiguredService.PROPERTIES.behaviors();
    static final BehaviorNumbers NUMBERS = new BehaviorNumbers(ConfiguredService.PROPERTIES, numbered());

    /** Behaviors by their places in the settings, from 1. */
    private static JdbcTemplate numbered() {
        return new JdbcTemplate() {
            @Override
            public int update(String sql, @Nullable Object... arguments) {
                return BEHAVIORS.size();
            }

            @Override
            public void query(String sql, RowCallbackHandler rows) {
                for (int i = 0; i < BEHAVIORS.size(); i++) {
                    String name = BEHAVIORS.get(i);
                    short number = (short) (i + 1);
                    try {
                        rows.processRow((ResultSet) Proxy.newProxyInstance(
                                getClass().getClassLoader(),
                                new Class<?>[] {ResultSet.class},
                                (proxy, method, at) -> method.getName().equals("getString") ? name : (Object) number));
                    } catch (SQLException e) {
                        throw new IllegalStateException(e);
                    }
                }
            }
        };
    }

    static ImportOutcome of(InputStream body, ImportOptions options) {
        CopySink sink = new CopySink();
        ImportLines lines = new ImportLines(options, READER, NUMBERS);
        try {
            try (LimitedReader text = ImportLines.decoded(EventImport.decompressed(body));
                    StagingCopy copy = new StagingCopy(sink.connection())) {
                EventLines opened = ImportLines.open(
                        text,
                        options,
                        READER,
                        ConfiguredService.JSON,
                        ConfiguredService.PROPERTIES.events().taobao());
                lines.copy(opened, copy);
            } catch (IOException e) {
                throw EventImport.explain(e);
            }
            lines.refuseIfSpoiled();
        } catch (ApiException e) {
            ConfiguredService.requireHonest(e);
            return new ImportOutcome(List.of(), lines.bad(), 0, String.valueOf(e.getMessage()), e.errors());
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
        List<Event> events = rows(sink.copied());
        long counted =
                lines.months().values().stream().mapToLong(Long::longValue).sum();
        long received =
                lines.received().values().stream().mapToLong(Long::longValue).sum();
        if (counted != events.size() || received != events.size()) {
            throw new AssertionError(counted + " by month, " + received + " by behavior, copied " + events.size());
        }
        ImportResult result = lines.result(new IngestResult(events.size(), 0));
        result.errors().forEach(ConfiguredService::requireHonest);
        return new ImportOutcome(events, result.rejected(), result.ignored(), null, result.errors());
    }

    /** COPY's text format, in which only the backslash may be escaped. */
    private static List<Event> rows(byte[] copied) {
        String text;
        try {
            text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(copied))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new AssertionError("COPY is sent what is not UTF-8", e);
        }
        List<Event> events = new ArrayList<>();
        for (int from = 0; from < text.length(); ) {
            int end = text.indexOf('\n', from);
            String[] columns = text.substring(from, end).split("\t", -1);
            if (columns.length != 4) {
                throw new AssertionError("COPY is sent " + columns.length + " columns");
            }
            events.add(new Event(
                    unescaped(columns[0]),
                    unescaped(columns[1]),
                    BEHAVIORS.get(Integer.parseInt(columns[2]) - 1),
                    EventTime.instant(Long.parseLong(columns[3]))));
            from = end + 1;
        }
        return events;
    }

    private static String unescaped(String column) {
        StringBuilder plain = new StringBuilder();
        for (int i = 0; i < column.length(); i++) {
            char c = column.charAt(i);
            if (c == '\\' && (++i == column.length() || column.charAt(i) != '\\')) {
                throw new AssertionError("a lone backslash, which COPY understands otherwise: " + column);
            }
            plain.append(c);
        }
        return plain.toString();
    }
}
