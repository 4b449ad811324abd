package io.wholecart.catalog;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.function.ObjIntConsumer;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Component;

/**
 * The shop's ids ↔ dense numbers. A number is given at the first sighting and never changes.
 *
 * <p>New ids are inserted in sorted order, users before items, so that two transactions that bring the same new ids
 * wait for each other instead of deadlocking.
 */
@Component
public class IdNumbers {

    private final JdbcTemplate jdbc;

    IdNumbers(JdbcTemplate jdbc) {
        this.jdbc = jdbc;
    }

    /** Numbers of these users, new ones added. Call within a transaction. */
    public Map<String, Integer> ofUsers(Collection<String> ids) {
        return numbers("app_user", ids);
    }

    /** Numbers of these items, new ones added. Call within a transaction. */
    public Map<String, Integer> ofItems(Collection<String> ids) {
        return numbers("item", ids);
    }

    /** Gives every user ever seen to {@code visitor}, in no particular order. */
    public void forEachUser(ObjIntConsumer<String> visitor) {
        forEach("app_user", visitor);
    }

    /** Gives every item ever seen to {@code visitor}, in no particular order. */
    public void forEachItem(ObjIntConsumer<String> visitor) {
        forEach("item", visitor);
    }

    private Map<String, Integer> numbers(String table, Collection<String> ids) {
        TreeSet<String> sorted = new TreeSet<>(ids);
        Map<String, Integer> numbers = new HashMap<>(sorted.size() * 2);
        select(table, sorted, numbers);
        if (numbers.size() < sorted.size()) {
            List<String> missing = new ArrayList<>(sorted);
            missing.removeIf(numbers::containsKey);
            jdbc.update(
                    "INSERT INTO " + table
                            + " (external_id) SELECT id FROM unnest(?::text[]) AS t (id)"
                            + " ORDER BY id COLLATE \"C\" ON CONFLICT DO NOTHING",
                    (Object) missing.toArray(String[]::new));
            select(table, missing, numbers);
        }
        return numbers;
    }

    private void select(String table, Collection<String> ids, Map<String, Integer> into) {
        jdbc.query(
                "SELECT external_id, number FROM " + table + " WHERE external_id = ANY (?::text[])",
                row -> {
                    into.put(row.getString(1), row.getInt(2));
                },
                (Object) ids.toArray(String[]::new));
    }

    private void forEach(String table, ObjIntConsumer<String> visitor) {
        JdbcTemplate streaming = new JdbcTemplate(Objects.requireNonNull(jdbc.getDataSource()));
        streaming.setFetchSize(10_000);
        streaming.query("SELECT external_id, number FROM " + table, row -> {
            visitor.accept(row.getString(1), row.getInt(2));
        });
    }
}
