package io.wholecart.model;

import io.wholecart.platform.ApiException;
import io.wholecart.platform.UserHash;
import io.wholecart.platform.WholecartProperties;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;

/**
 * Model artifacts in PostgreSQL, in chunks, so that neither side ever holds a whole one in memory twice. A version
 * becomes visible with all of its chunks in one transaction; reading checks length and SHA-256 before it is used.
 */
@Service
public class ModelStore {

    private static final Logger log = LoggerFactory.getLogger(ModelStore.class);
    private static final int CHUNK = 1 << 20;

    private final ModelRepository models;
    private final JdbcTemplate jdbc;
    private final Clock clock;
    private final int keep;

    ModelStore(ModelRepository models, JdbcTemplate jdbc, Clock clock, WholecartProperties properties) {
        this.keep = properties.models().keep();
        this.models = models;
        this.jdbc = jdbc;
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
        int version = models.nextVersion();
        ChunkWriter chunks = new ChunkWriter(version);
        try (OutputStream out = new BufferedOutputStream(chunks, 1 << 16)) {
            artifact.write(out);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        ModelVersion model =
                new ModelVersion(version, runId, artifact, snapshotAt, chunks.bytes, chunks.digest(), clock.instant());
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
        return models.activeVersion();
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

    /** When a version was trained. */
    public Instant createdAt(int version) {
        return find(version).createdAt();
    }

    /** Events that a version has not seen were received at or after this time. */
    public Instant snapshotAt(int version) {
        return models.findById(version).orElseThrow(ModelStore::unknown).snapshotAt();
    }

    /**
     * Reads a version's artifact, without the vectors of users that were erased after its snapshot; what is damaged ends
     * in an exception, however far reading came.
     */
    @Transactional(readOnly = true)
    public ModelArtifact load(int version) throws IOException {
        ModelVersion model = models.findById(version)
                .orElseThrow(() -> new IOException("model version " + version + " does not exist"));
        ChunkReader chunks = new ChunkReader(version);
        ModelArtifact artifact = ModelArtifact.read(chunks);
        if (chunks.bytes != model.bytes() || !hex(chunks.digest).equals(model.sha256())) {
            throw new IOException("model version " + version + " is damaged: its checksum does not fit");
        }
        forget(artifact, model.snapshotAt());
        return artifact;
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

    /** Makes this version the active one, forward or back. */
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

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String hex(MessageDigest digest) {
        return HexFormat.of().formatHex(digest.digest());
    }

    /** Cuts what is written into rows of {@code model_chunk}. */
    private final class ChunkWriter extends OutputStream {

        private final int version;
        private final byte[] chunk = new byte[CHUNK];
        private final MessageDigest digest = sha256();
        private int filled;
        private int ordinal;
        private long bytes;

        ChunkWriter(int version) {
            this.version = version;
        }

        @Override
        public void write(int b) {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] source, int offset, int length) {
            digest.update(source, offset, length);
            bytes += length;
            int written = 0;
            while (written < length) {
                int count = Math.min(length - written, CHUNK - filled);
                System.arraycopy(source, offset + written, chunk, filled, count);
                filled += count;
                written += count;
                if (filled == CHUNK) {
                    store();
                }
            }
        }

        @Override
        public void close() {
            if (filled > 0) {
                store();
            }
        }

        private void store() {
            jdbc.update(
                    "INSERT INTO model_chunk (version, ordinal, content) VALUES (?, ?, ?)",
                    version,
                    ordinal++,
                    Arrays.copyOf(chunk, filled));
            filled = 0;
        }

        String digest() {
            return hex(digest);
        }
    }

    /** Reads the rows of {@code model_chunk} one after the other. */
    private final class ChunkReader extends InputStream {

        private final int version;
        private final MessageDigest digest = sha256();
        private byte @Nullable [] chunk = {};
        private int read;
        private int ordinal;
        private long bytes;

        ChunkReader(int version) {
            this.version = version;
        }

        @Override
        public int read() {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] target, int offset, int length) {
            if (length == 0) {
                return 0;
            }
            if (chunk != null && read == chunk.length) {
                chunk = jdbc
                        .queryForList(
                                "SELECT content FROM model_chunk WHERE version = ? AND ordinal = ?",
                                byte[].class,
                                version,
                                ordinal++)
                        .stream()
                        .findFirst()
                        .orElse(null);
                read = 0;
            }
            if (chunk == null) {
                return -1;
            }
            int count = Math.min(length, chunk.length - read);
            System.arraycopy(chunk, read, target, offset, count);
            digest.update(chunk, read, count);
            read += count;
            bytes += count;
            return count;
        }
    }
}
