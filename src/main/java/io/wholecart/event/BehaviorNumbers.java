package io.wholecart.event;

import io.wholecart.platform.WholecartProperties;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Component;

/** The configured behaviors and their numbers in the event table; a new name gets its number at start. */
@Component
class BehaviorNumbers {

    private final Map<String, Short> numbers = new HashMap<>();
    private final Map<Short, String> names = new HashMap<>();

    BehaviorNumbers(WholecartProperties properties, JdbcTemplate jdbc) {
        List<String> configured = properties.behaviors();
        read(jdbc);
        // Only then: a node that knows them all starts on a read-only database, too.
        if (!numbers.keySet().containsAll(configured)) {
            jdbc.update(
                    "INSERT INTO behavior (name) SELECT name FROM unnest(?::text[]) WITH ORDINALITY AS t (name, n)"
                            + " WHERE name NOT IN (SELECT name FROM behavior) ORDER BY n ON CONFLICT DO NOTHING",
                    (Object) configured.toArray(String[]::new));
            read(jdbc);
        }
    }

    private void read(JdbcTemplate jdbc) {
        jdbc.query("SELECT name, number FROM behavior", row -> {
            numbers.put(row.getString(1), row.getShort(2));
            names.put(row.getShort(2), row.getString(1));
        });
    }

    /** The number of a configured behavior. */
    short number(String name) {
        Short number = numbers.get(name);
        if (number == null) {
            throw new IllegalArgumentException("unknown behavior " + name);
        }
        return number;
    }

    String name(short number) {
        return names.getOrDefault(number, "unknown");
    }

    Short[] numbers(List<String> behaviors) {
        return behaviors.stream().map(this::number).toArray(Short[]::new);
    }
}
