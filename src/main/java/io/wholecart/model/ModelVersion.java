package io.wholecart.model;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import org.hibernate.annotations.JdbcTypeCode;
import org.hibernate.type.SqlTypes;
import org.jspecify.annotations.Nullable;

/** A published model: everything about it but the artifact's bytes, which are in chunks beside it. */
@Entity
@Table(name = "model")
class ModelVersion {

    @Id
    private int version;

    @Column(name = "run_id")
    private long runId;

    private boolean active;

    @Column(name = "created_at")
    private Instant createdAt = Instant.EPOCH;

    @Column(name = "snapshot_at")
    private Instant snapshotAt = Instant.EPOCH;

    @Column(name = "activated_at")
    private @Nullable Instant activatedAt;

    private int users;
    private int items;
    private int factors;

    @JdbcTypeCode(SqlTypes.JSON)
    private Map<String, Object> parameters = Map.of();

    @JdbcTypeCode(SqlTypes.JSON)
    private @Nullable Map<String, Object> metrics;

    private long bytes;
    private String sha256 = "";

    /** For JPA. */
    protected ModelVersion() {}

    ModelVersion(
            int version,
            long runId,
            ModelArtifact artifact,
            Instant snapshotAt,
            long bytes,
            String sha256,
            Instant now) {
        this.version = version;
        this.runId = runId;
        this.createdAt = now;
        this.snapshotAt = snapshotAt;
        this.users = artifact.factors().users();
        this.items = artifact.factors().items();
        this.factors = artifact.factors().factors();
        this.parameters = artifact.parameters();
        this.metrics = artifact.metrics();
        this.bytes = bytes;
        this.sha256 = sha256;
    }

    int version() {
        return version;
    }

    Instant snapshotAt() {
        return snapshotAt;
    }

    long bytes() {
        return bytes;
    }

    String sha256() {
        return sha256;
    }

    /** What those that serve or go on from it must know beforehand. */
    StoredModel stored() {
        return new StoredModel(version, createdAt, snapshotAt, activatedAt, users, items, factors, bytes);
    }

    boolean describes(ModelArtifact artifact) {
        return users == artifact.factors().users()
                && items == artifact.factors().items()
                && factors == artifact.factors().factors();
    }

    void activate(Instant now) {
        active = true;
        activatedAt = now.truncatedTo(ChronoUnit.MICROS);
    }

    ModelSummary summary() {
        return new ModelSummary(
                version,
                active,
                runId,
                createdAt,
                activatedAt,
                users,
                items,
                factors,
                parameters,
                metrics,
                bytes,
                sha256);
    }
}
