package io.wholecart.reliability;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;

/** The stored versions of the model as somebody sees them who can write where only the service should. */
final class StoredModels {

    private static final int CHUNK = 1 << 20;
    private static final int PAGE = 8192;

    private final PostgresServer postgres;

    /** Remembers all as it is now. */
    StoredModels(PostgresServer postgres) {
        this.postgres = postgres;
        postgres.execute("CREATE TABLE saved_chunk AS SELECT * FROM model_chunk");
        postgres.execute("CREATE TABLE saved_model AS SELECT * FROM model");
    }

    /** What can happen to a version. */
    private enum Damage {
        FLIPPED_BIT("a flipped bit"),
        FLIPPED_FRONT("flipped bits at the front"),
        FLIPPED_LENGTH("a flipped bit in an array's header"),
        GARBAGE("a chunk of garbage"),
        MISSING("a missing chunk"),
        NONE_LEFT("no chunk left"),
        TRUNCATED("a truncated chunk"),
        EMPTY("an empty chunk"),
        SWAPPED("chunks in another order"),
        SWOLLEN("a chunk of 64 MB"),
        ADDITIONAL("an additional chunk"),
        FOREIGN("another version's chunks"),
        CHECKSUM("a wrong checksum"),
        LENGTH("a wrong length"),
        NUMBERS("impossible numbers"),
        UNKNOWN_FORMAT("an unknown format");

        private final String words;

        Damage(String words) {
            this.words = words;
        }
    }

    int chunks(int version) {
        return Integer.parseInt(postgres.query("SELECT count(*) FROM model_chunk WHERE version = " + version)
                .get(0));
    }

    /** As if the service had not looked at it first. */
    void activate(int version) {
        postgres.execute("BEGIN; UPDATE model SET active = false WHERE active;"
                + " UPDATE model SET active = true, activated_at = clock_timestamp() WHERE version = " + version
                + "; COMMIT");
    }

    /** Everything but which version is active is again as it was. */
    void mend() {
        postgres.execute("BEGIN; TRUNCATE model_chunk; INSERT INTO model_chunk SELECT * FROM saved_chunk;"
                + " UPDATE model m SET users = s.users, items = s.items, factors = s.factors, bytes = s.bytes,"
                + " sha256 = s.sha256 FROM saved_model s WHERE s.version = m.version; COMMIT");
    }

    /** Damages a version in one of many ways; answers in which. */
    String damage(int version, Random random) {
        Damage damage = Damage.values()[random.nextInt(Damage.values().length)];
        int count = chunks(version);
        int ordinal = random.nextInt(count);
        String chunk = "version = " + version + " AND ordinal = " + ordinal;
        String row = " WHERE version = " + version;
        switch (damage) {
            case FLIPPED_BIT -> flip(chunk, random.nextInt(length(chunk)), random);
            case FLIPPED_FRONT -> {
                String first = "version = " + version + " AND ordinal = 0";
                for (int i = 0; i <= random.nextInt(8); i++) {
                    flip(first, 50 * i + random.nextInt(50), random);
                }
            }
            case FLIPPED_LENGTH -> {
                String first = "version = " + version + " AND ordinal = 0";
                int header = Integer.parseInt(postgres.query(
                                "SELECT position('\\x934e554d5059'::bytea IN content) FROM model_chunk WHERE " + first)
                        .get(0));
                flip(first, header + random.nextInt(120), random);
            }
            case GARBAGE -> {
                byte[] bytes = new byte[length(chunk)];
                random.nextBytes(bytes);
                set(chunk, "'\\x" + HexFormat.of().formatHex(bytes) + "'");
            }
            case MISSING -> postgres.execute("DELETE FROM model_chunk WHERE " + chunk);
            case NONE_LEFT -> postgres.execute("DELETE FROM model_chunk" + row);
            case TRUNCATED -> set(chunk, "substring(content FROM 1 FOR " + random.nextInt(length(chunk)) + ")");
            case EMPTY -> set(chunk, "''");
            case SWAPPED ->
                postgres.execute("BEGIN; UPDATE model_chunk SET ordinal = -1" + row
                        + " AND ordinal = 0; UPDATE model_chunk SET ordinal = 0" + row
                        + " AND ordinal = 1; UPDATE model_chunk SET ordinal = 1" + row + " AND ordinal = -1; COMMIT");
            case SWOLLEN -> set(chunk, "content || convert_to(repeat('x', 64 << 20), 'UTF8')");
            case ADDITIONAL ->
                postgres.execute("INSERT INTO model_chunk SELECT version, " + count
                        + ", content FROM model_chunk WHERE " + chunk);
            case FOREIGN ->
                postgres.execute("UPDATE model_chunk c SET content = o.content FROM saved_chunk o"
                        + " WHERE c.version = " + version + " AND o.version <> c.version AND o.ordinal = c.ordinal");
            case CHECKSUM -> postgres.execute("UPDATE model SET sha256 = md5(sha256) || md5(version::text)" + row);
            case LENGTH -> postgres.execute("UPDATE model SET bytes = bytes + " + (1 + random.nextInt(1 << 30)) + row);
            case NUMBERS ->
                postgres.execute("UPDATE model SET "
                        + List.of("users", "items", "factors").get(random.nextInt(3)) + " = "
                        + (random.nextBoolean() ? 2_000_000_000 : -5) + row);
            case UNKNOWN_FORMAT -> rewrite(version, List.of(0, 3, 99).get(random.nextInt(3)));
        }
        return damage.words;
    }

    private int length(String chunk) {
        return Integer.parseInt(postgres.query("SELECT octet_length(content) FROM model_chunk WHERE " + chunk)
                .get(0));
    }

    private void set(String chunk, String content) {
        postgres.execute("UPDATE model_chunk SET content = " + content + " WHERE " + chunk);
    }

    private void flip(String chunk, int at, Random random) {
        set(chunk, "set_byte(content, %1$d, get_byte(content, %1$d) # %2$d)".formatted(at, 1 << random.nextInt(8)));
    }

    /** A version in another format, with length and checksum as they should be. */
    void rewrite(int version, int format) {
        byte[] rewritten = inFormat(whole(version), format);
        postgres.execute("DELETE FROM model_chunk WHERE version = " + version);
        for (int ordinal = 0; ordinal * CHUNK < rewritten.length; ordinal++) {
            byte[] content =
                    Arrays.copyOfRange(rewritten, ordinal * CHUNK, Math.min(rewritten.length, (ordinal + 1) * CHUNK));
            postgres.execute("INSERT INTO model_chunk VALUES (%d, %d, '\\x%s')"
                    .formatted(version, ordinal, HexFormat.of().formatHex(content)));
        }
        postgres.execute("UPDATE model SET bytes = %d, sha256 = '%s' WHERE version = %d"
                .formatted(rewritten.length, sha256(rewritten), version));
    }

    private byte[] whole(int version) {
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        postgres.query("SELECT encode(content, 'hex') FROM model_chunk WHERE version = " + version
                        + " ORDER BY ordinal")
                .forEach(chunk -> whole.writeBytes(HexFormat.of().parseHex(chunk)));
        return whole.toByteArray();
    }

    private static byte[] inFormat(byte[] artifact, int format) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (ZipInputStream zip = new ZipInputStream(new ByteArrayInputStream(artifact));
                ZipOutputStream rewritten = new ZipOutputStream(out)) {
            rewritten.setLevel(Deflater.NO_COMPRESSION);
            for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                byte[] content = zip.readAllBytes();
                if (entry.getName().equals("model.json")) {
                    String json =
                            new String(content, StandardCharsets.UTF_8).replace("\"format\":2", "\"format\":" + format);
                    content = (format == 1 ? json.replaceFirst("\"loss\":\\{.*?\\]\\},", "") : json)
                            .getBytes(StandardCharsets.UTF_8);
                }
                rewritten.putNextEntry(new ZipEntry(entry.getName()));
                rewritten.write(content);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }

    private static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Overwrites a part of the pages that the chunks are on, while the server is stopped; it is started again. */
    void damageFiles(Random random) throws IOException {
        Path file = postgres.data()
                .resolve(postgres.query("SELECT pg_relation_filepath(reltoastrelid) FROM pg_class"
                                + " WHERE relname = 'model_chunk'")
                        .get(0));
        postgres.stop();
        try (RandomAccessFile pages = new RandomAccessFile(file.toFile(), "rw")) {
            for (long page = 0; page < pages.length() / PAGE; page += 1 + random.nextInt(9)) {
                pages.seek(page * PAGE + 100 + random.nextInt(PAGE - 100));
                pages.write(random.nextInt(256));
            }
        }
        postgres.start();
    }
}
