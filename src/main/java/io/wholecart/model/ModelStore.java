package io.wholecart.model;

import io.wholecart.platform.ApiException;
import io.wholecart.platform.Heap;
import io.wholecart.platform.Patience;
import io.wholecart.platform.UserHash;
import io.wholecart.platform.WholecartProperties;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.HttpStatus;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Isolation;
import org.springframework.transaction.annotation.Transactional;

/**
 * Model artifacts in PostgreSQL, in chunks, so that neither side ever holds a whole one in memory twice. A version
 * becomes visible with all of its chunks in one transaction; length and SHA-256 are checked before it is read.
 */
@Service
public class ModelStore {

    private static final Logger log = LoggerFactory.getLogger(ModelStore.class);
    /** Whoever serves looks twice a second. */
    private static final Duration LOOK = Duration.ofSeconds(2);

    private final ModelRepository models;
    private final Chunks chunks;
    private final JdbcTemplate jdbc;
    private final JdbcTemplate impatient;
    private final Clock clock;
    private final int keep;

    ModelStore(ModelRepository models, Chunks chunks, JdbcTemplate jdbc, Clock clock, WholecartProperties properties) {
        this.keep = properties.models().keep();
        this.models = models;
        this.chunks = chunks;
        this.jdbc = jdbc;
        this.impatient = Patience.of(LOOK, jdbc);
        this.clock = clock;
    }

    /**
     * Saves the model as a new version and takes the oldest ones away that are too many. Joins the caller's transaction.
     *
     * @param snapshotAt events that the model has not seen were received at or after this time
     * @param activate whether it becomes the active one
     */
    @Transactional
    public int publish(ModelArtifact artifact, long runId, Instant snapshotAt, boolean activate) {
        if (!artifact.factors().isFinite()) {
            throw new IllegalStateException("The model has numbers that are not finite; it is not published.");
        }
        Patience.anHour(jdbc);
        int version = models.nextVersion();
        Chunks.Writer written = chunks.write(version);
        try (OutputStream out = new BufferedOutputStream(written, 1 << 16)) {
            artifact.write(out);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        ModelVersion model = new ModelVersion(
                version, runId, artifact, snapshotAt, written.bytes(), written.digest(), clock.instant());
        lock();
        if (activate) {
            models.deactivate();
            model.activate(clock.instant());
        }
        models.saveAndFlush(model);
        prune();
        return version;
    }

    private void prune() {
        int pruned = jdbc.update(
                "DELETE FROM model WHERE NOT active AND version NOT IN"
                        + " (SELECT version FROM model ORDER BY version DESC LIMIT ?)",
                keep);
        if (pruned > 0) {
            jdbc.update("DELETE FROM model_chunk c WHERE NOT EXISTS (SELECT FROM model m WHERE m.version = c.version)");
            log.info("{} old model version(s) taken away: wholecart.models.keep is {}", pruned, keep);
        }
    }

    /** The version that should be served; empty before the first training. */
    public Optional<Integer> activeVersion() {
        return impatient.queryForList("SELECT version FROM model WHERE active", Integer.class).stream()
                .findFirst();
    }

    /**
     * Whether training can go on from the active version.
     *
     * @param factors that it must have
     * @param holdout whether it must not have seen the held-out items
     */
    public boolean activeSuits(int factors, boolean holdout) {
        return activeVersion()
                .map(this::find)
                .filter(active -> active.factors() == factors)
                .filter(active ->
                        !holdout || !Boolean.FALSE.equals(active.parameters().get("holdout")))
                .isPresent();
    }

    /** The version that should be served, as it is told of; empty before the first training. */
    @Transactional(readOnly = true)
    public Optional<StoredModel> active() {
        return models.findByActiveTrue().map(ModelVersion::stored);
    }

    /**
     * What can be served in place of a version: older ones, the latest first; those that were never active (the gate held
     * them back) come last.
     */
    @Transactional(readOnly = true)
    public List<StoredModel> inPlaceOf(int version) {
        return models.findOlder(version).stream().map(ModelVersion::stored).toList();
    }

    /**
     * Reads a version's artifact, without the vectors of users that were erased after its snapshot.
     *
     * @throws IOException when there is no such version, or anything of it is not as it was written; that is found out
     *     before anything is made of it
     * @throws io.wholecart.platform.NotEnoughMemoryException when it does not fit into memory
     */
    @Transactional(readOnly = true, rollbackFor = IOException.class)
    public ModelArtifact load(int version) throws IOException {
        ModelVersion model = models.findById(version)
                .orElseThrow(() -> new IOException("model version " + version + " does not exist"));
        model.stored().requireSound();
        Heap.require(model.stored().memory(), "Model version " + version, "serve one with fewer factors");
        check(model);
        Chunks.Reader stored = chunks.read(version);
        ModelArtifact artifact = ModelArtifact.read(stored, model.bytes());
        // Once more: it may have changed since it was checked.
        stored.require(model.bytes(), model.sha256());
        if (!model.describes(artifact)) {
            throw new IOException("model version " + version + " is damaged: its numbers are not those of the file");
        }
        forget(artifact, model.snapshotAt());
        return artifact;
    }

    /** A wrong length or number in the file must not be believed, not even for a moment: so the checksum comes first. */
    private void check(ModelVersion model) throws IOException {
        model.stored().requireSound();
        Chunks.Reader stored = chunks.read(model.version());
        stored.transferTo(OutputStream.nullOutputStream());
        stored.require(model.bytes(), model.sha256());
        ModelArtifact.requireFormat(chunks.read(model.version()));
    }

    private void forget(ModelArtifact artifact, Instant snapshotAt) {
        Set<String> erased = new HashSet<>(jdbc.queryForList(
                "SELECT encode(id_hash, 'hex') FROM erased_user WHERE erased_at >= ?",
                String.class,
                snapshotAt.atOffset(ZoneOffset.UTC)));
        if (erased.isEmpty()) {
            return;
        }
        int d = artifact.factors().factors();
        for (int u = 0; u < artifact.userIds().size(); u++) {
            if (erased.contains(UserHash.hex(artifact.userIds().get(u)))) {
                Arrays.fill(artifact.factors().userFactors(), u * d, (u + 1) * d, 0);
            }
        }
    }

    /**
     * Looks whether a version can be read. Row and chunks are of one moment: one that is taken away meanwhile is not damaged.
     *
     * @throws ApiException when it is damaged
     */
    @Transactional(readOnly = true, isolation = Isolation.REPEATABLE_READ, rollbackFor = ApiException.class)
    void requireWhole(int version) {
        ModelVersion model = models.findById(version).orElseThrow(ModelStore::unknown);
        try {
            check(model);
        } catch (IOException e) {
            throw new ApiException(
                    HttpStatus.CONFLICT, "modelDamaged", "It cannot be activated: " + e.getMessage() + ".", List.of());
        }
    }

    /**
     * Makes this version the active one, forward or back. The active one can be made so again: nodes that could not read
     * it then try at once.
     */
    @Transactional
    ModelSummary activate(int version) {
        lock();
        models.deactivate();
        ModelVersion model = models.findById(version).orElseThrow(ModelStore::unknown);
        model.activate(clock.instant());
        return models.saveAndFlush(model).summary();
    }

    /** One activation at a time; a second one waits and then sees what the first made active. */
    private void lock() {
        jdbc.execute("LOCK TABLE model IN SHARE ROW EXCLUSIVE MODE");
    }

    @Transactional(readOnly = true)
    List<ModelSummary> list() {
        return models.findAllByOrderByVersionDesc().stream()
                .map(ModelVersion::summary)
                .toList();
    }

    @Transactional(readOnly = true)
    ModelSummary find(int version) {
        return models.findById(version).map(ModelVersion::summary).orElseThrow(ModelStore::unknown);
    }

    private static ApiException unknown() {
        return ApiException.notFound("There is no such model version.");
    }
}
