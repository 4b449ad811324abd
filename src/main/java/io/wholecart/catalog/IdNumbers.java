package io.wholecart.catalog;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.wholecart.platform.Patience;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.ObjIntConsumer;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.RowCallbackHandler;
import org.springframework.stereotype.Component;

/**
 * The shop's ids ↔ dense numbers. A number is given at the first sighting and never changes; one that is taken away is
 * never given again.
 *
 * <p>New ids are inserted in sorted order, users before items, so that two transactions that bring the same new ids
 * wait for each other instead of deadlocking.
 */
@Component
public class IdNumbers {

    /** Of users and of items each; about 100 bytes one. */
    private static final int REMEMBERED = 200_000;

    private static final Duration LIMIT = Duration.ofSeconds(10);

    private final JdbcTemplate jdbc;
    private final AtomicReference<@Nullable Memory> memory = new AtomicReference<>();

    IdNumbers(JdbcTemplate jdbc) {
        this.jdbc = Patience.of(LIMIT, jdbc);
    }

    /** Numbers that are good as long as the database's counter of removals stands where it stood, and in that database. */
    private record Memory(long removals, Cache<String, Integer> users, Cache<String, Integer> items) {

        static Cache<String, Integer> empty() {
            return Caffeine.newBuilder().maximumSize(REMEMBERED).build();
        }
    }

    /**
     * Numbers of ids, looked up before anything was taken away after {@code removals}.
     *
     * @param removals to be compared with the database's counter while they are used, under its lock
     */
    public record Numbered(long removals, Map<String, Integer> users, Map<String, Integer> items) {}

    /**
     * Numbers of these users and items, new ones added and committed; those seen lately come from memory. Call outside
     * of a transaction.
     */
    public Numbered of(Set<String> users, Set<String> items) {
        Memory now = memory.get();
        if (now == null) {
            now = new Memory(removals(), Memory.empty(), Memory.empty());
            memory.set(now);
        }
        return new Numbered(
                now.removals, remembered("app_user", users, now.users), remembered("item", items, now.items));
    }

    /**
     * The same within a transaction, which must hold the lock of removals: new ones are committed with it, and nothing
     * is remembered.
     */
    public Numbered ofUncommitted(Set<String> users, Set<String> items) {
        return new Numbered(removals(), numbers("app_user", users), numbers("item", items));
    }

    private long removals() {
        return Objects.requireNonNull(jdbc.queryForObject("SELECT removals()", Long.class));
    }

    /** Forgets numbers that were looked up before something was taken away. */
    public void forget(Numbered old) {
        Memory now = memory.get();
        if (now != null && now.removals == old.removals) {
            memory.compareAndSet(now, null);
        }
    }

    private Map<String, Integer> remembered(String table, Set<String> ids, Cache<String, Integer> cache) {
        Map<String, Integer> numbers = new HashMap<>(ids.size() * 2);
        List<String> missing = new ArrayList<>();
        for (String id : ids) {
            Integer number = cache.getIfPresent(id);
            if (number == null) {
                missing.add(id);
            } else {
                numbers.put(id, number);
            }
        }
        if (!missing.isEmpty()) {
            Map<String, Integer> found = numbers(table, missing);
            cache.putAll(found);
            numbers.putAll(found);
        }
        return numbers;
    }

    /** Numbers of these items, new ones added. Call within a transaction. */
    Map<String, Integer> ofItems(Collection<String> ids) {
        return numbers("item", ids);
    }

    /** The first ids of users that begin so; looked up in the index, in its order. */
    List<String> usersBeginningWith(String prefix, int limit) {
        return jdbc.queryForList(
                "SELECT external_id FROM app_user WHERE external_id >= ? AND external_id <= ? || chr(1114111)"
                        + " ORDER BY external_id LIMIT ?",
                String.class,
                prefix,
                prefix,
                limit);
    }

    /**
     * Gives users to {@code visitor}, in no particular order.
     *
     * @param of the numbers of those that are wanted; null for all
     */
    public void forEachUser(JdbcTemplate from, int @Nullable [] of, ObjIntConsumer<String> visitor) {
        forEach(from, "app_user", of, visitor);
    }

    /** The same for items. */
    public void forEachItem(JdbcTemplate from, int @Nullable [] of, ObjIntConsumer<String> visitor) {
        forEach(from, "item", of, visitor);
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

    private static void forEach(JdbcTemplate from, String table, int @Nullable [] of, ObjIntConsumer<String> visitor) {
        JdbcTemplate streaming = new JdbcTemplate(Objects.requireNonNull(from.getDataSource()));
        streaming.setFetchSize(10_000);
        String sql = "SELECT external_id, number FROM " + table;
        RowCallbackHandler handler = row -> visitor.accept(row.getString(1), row.getInt(2));
        if (of == null) {
            streaming.query(sql, handler);
        } else {
            streaming.query(sql + " WHERE number = ANY (?)", handler, (Object) of);
        }
    }
}
