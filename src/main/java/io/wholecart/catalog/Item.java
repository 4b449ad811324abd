package io.wholecart.catalog;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.GeneratedValue;
import jakarta.persistence.GenerationType;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.hibernate.annotations.JdbcTypeCode;
import org.hibernate.type.SqlTypes;
import org.jspecify.annotations.Nullable;

/** What the shop tells about an item. An item that was only seen in events has the defaults. */
@Entity
@Table(name = "item")
class Item {

    @Id
    @GeneratedValue(strategy = GenerationType.IDENTITY)
    private @Nullable Integer number;

    @Column(name = "external_id", updatable = false)
    private String externalId;

    @JdbcTypeCode(SqlTypes.ARRAY)
    @Column(columnDefinition = "text[]")
    private List<String> categories = new ArrayList<>();

    private boolean available = true;

    @JdbcTypeCode(SqlTypes.JSON)
    private Map<String, Object> attributes = new TreeMap<>();

    /** Value of the catalog's counter when this was told; read in SQL. */
    @SuppressWarnings("UnusedVariable")
    private long changed;

    private boolean deleted;

    @Column(name = "updated_at")
    private Instant updatedAt = Instant.EPOCH;

    /** For JPA. */
    @SuppressWarnings("NullAway.Init")
    protected Item() {}

    Item(String externalId) {
        this.externalId = externalId;
    }

    String externalId() {
        return externalId;
    }

    ItemDetails details() {
        return new ItemDetails(externalId, List.copyOf(categories), available, attributes);
    }

    boolean deleted() {
        return deleted;
    }

    void delete(long change, Instant now) {
        describe(new ItemDetails(externalId, List.of(), false, Map.of()), change, now);
        deleted = true;
    }

    void describe(ItemDetails details, long change, Instant now) {
        deleted = false;
        changed = change;
        categories = new ArrayList<>(details.categories());
        available = details.available();
        attributes = new TreeMap<>(details.attributes());
        updatedAt = now;
    }
}
