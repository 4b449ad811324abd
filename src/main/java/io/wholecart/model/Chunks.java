package io.wholecart.model;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.core.NestedExceptionUtils;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Component;

/** The rows of {@code model_chunk}: a version's artifact in pieces, written and read one after the other. */
@Component
class Chunks {

    private static final int SIZE = 1 << 20;
    /** Class of the SQL states that tell of damage in what the database stores. */
    private static final String DAMAGE = "XX";

    private final JdbcTemplate jdbc;

    Chunks(JdbcTemplate jdbc) {
        this.jdbc = jdbc;
    }

    /** Takes an artifact; {@link Writer#close} writes the last piece. */
    Writer write(int version) {
        return new Writer(version);
    }

    /** Gives an artifact, up to the first chunk that is not there or is larger than any that was written. */
    Reader read(int version) {
        return new Reader(version);
    }

    private byte @Nullable [] find(int version, int ordinal) throws IOException {
        try {
            List<byte[]> found = jdbc.queryForList(
                    "SELECT content FROM model_chunk WHERE version = ? AND ordinal = ? AND octet_length(content) <= ?",
                    byte[].class,
                    version,
                    ordinal,
                    SIZE);
            return found.isEmpty() ? null : found.get(0);
        } catch (DataAccessException e) {
            if (NestedExceptionUtils.getMostSpecificCause(e) instanceof SQLException cause
                    && cause.getSQLState() != null
                    && cause.getSQLState().startsWith(DAMAGE)) {
                throw new IOException(
                        "model version " + version + " is damaged in the database: " + cause.getMessage(), e);
            }
            throw e;
        }
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

    /** Cuts what is written into chunks. */
    final class Writer extends OutputStream {

        private final int version;
        private final byte[] chunk = new byte[SIZE];
        private final MessageDigest digest = sha256();
        private int filled;
        private int ordinal;
        private long bytes;

        private Writer(int version) {
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
                int count = Math.min(length - written, SIZE - filled);
                System.arraycopy(source, offset + written, chunk, filled, count);
                filled += count;
                written += count;
                if (filled == SIZE) {
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

        long bytes() {
            return bytes;
        }

        /** Of all that was written; to be asked for once. */
        String digest() {
            return hex(digest);
        }
    }

    /** Reads chunks, each once the one before is used up. */
    final class Reader extends InputStream {

        private final int version;
        private final MessageDigest digest = sha256();
        private byte @Nullable [] chunk = {};
        private int read;
        private int ordinal;
        private long bytes;

        private Reader(int version) {
            this.version = version;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            if (length == 0) {
                return 0;
            }
            if (chunk != null && read == chunk.length) {
                chunk = find(version, ordinal++);
                read = 0;
            }
            if (chunk == null || chunk.length == 0) {
                return -1;
            }
            int count = Math.min(length, chunk.length - read);
            System.arraycopy(chunk, read, target, offset, count);
            digest.update(chunk, read, count);
            read += count;
            bytes += count;
            return count;
        }

        /**
         * To be asked once, when all is read.
         *
         * @throws IOException when it is not so many bytes with this SHA-256
         */
        void require(long length, String sha256) throws IOException {
            if (bytes != length) {
                throw new IOException("model version " + version + " is damaged: there are " + bytes + " of its "
                        + length + " bytes");
            }
            if (!hex(digest).equals(sha256)) {
                throw new IOException("model version " + version + " is damaged: its checksum does not fit");
            }
        }
    }
}
