package io.wholecart.model;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * NumPy's array file, version 1.0: little-endian float32 and int32 in C order. Written and read in pieces, so that a
 * matrix of any size passes without a second copy of it.
 */
final class Npy {

    private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0};
    private static final int PIECE = 16 << 10;
    private static final int MAX_FLOATS = Integer.MAX_VALUE - 8;
    private static final Pattern HEADER = Pattern.compile(
            "\\{'descr': '(<[fi]4)', 'fortran_order': False, 'shape': \\((\\d+),(?: (\\d+))?\\), \\}\\s*");

    private Npy() {}

    /** Writes rows × width floats. */
    static void write(OutputStream out, float[] values, int width) throws IOException {
        writeHeader(out, "<f4", "(" + values.length / width + ", " + width + ")");
        ByteBuffer piece = ByteBuffer.allocate(4 * PIECE).order(ByteOrder.LITTLE_ENDIAN);
        for (int from = 0; from < values.length; from += PIECE) {
            int count = Math.min(PIECE, values.length - from);
            piece.asFloatBuffer().put(values, from, count);
            out.write(piece.array(), 0, 4 * count);
        }
    }

    /** Reads what must be rows × width floats, and no more than so many bytes. */
    static float[] readFloats(InputStream in, int rows, int width, long bytes) throws IOException {
        requireShape(in, "<f4", rows, width);
        long count = (long) rows * width;
        if (count > bytes / 4 || count > MAX_FLOATS) {
            throw new IOException("a NumPy array of " + rows + " × " + width + " is not in a file of this length");
        }
        float[] values = new float[(int) count];
        byte[] piece = new byte[4 * PIECE];
        for (int from = 0; from < values.length; from += PIECE) {
            int some = Math.min(PIECE, values.length - from);
            fill(in, piece, 4 * some);
            ByteBuffer.wrap(piece)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .asFloatBuffer()
                    .get(values, from, some);
        }
        return values;
    }

    private static void writeHeader(OutputStream out, String type, String shape) throws IOException {
        StringBuilder header =
                new StringBuilder("{'descr': '" + type + "', 'fortran_order': False, 'shape': " + shape + ", }");
        // NumPy wants the data to begin at a multiple of 64.
        while ((MAGIC.length + 2 + header.length() + 1) % 64 != 0) {
            header.append(' ');
        }
        header.append('\n');
        out.write(MAGIC);
        out.write(header.length() & 0xff);
        out.write(header.length() >> 8);
        out.write(header.toString().getBytes(StandardCharsets.US_ASCII));
    }

    private static void requireShape(InputStream in, String type, int rows, int width) throws IOException {
        byte[] start = new byte[MAGIC.length + 2];
        fill(in, start, start.length);
        for (int i = 0; i < MAGIC.length; i++) {
            if (start[i] != MAGIC[i]) {
                throw new IOException("not a NumPy array of version 1.0");
            }
        }
        byte[] text = new byte[(start[MAGIC.length] & 0xff) | (start[MAGIC.length + 1] & 0xff) << 8];
        fill(in, text, text.length);
        Matcher header = HEADER.matcher(new String(text, StandardCharsets.US_ASCII));
        if (!header.matches()
                || !type.equals(header.group(1))
                || !Integer.toString(rows).equals(header.group(2))
                || !Integer.toString(width).equals(header.group(3) == null ? "1" : header.group(3))) {
            throw new IOException("a NumPy array is not the " + type + " of " + rows + " × " + width + " it should be");
        }
    }

    private static void fill(InputStream in, byte[] bytes, int length) throws IOException {
        if (in.readNBytes(bytes, 0, length) != length) {
            throw new EOFException("a NumPy array ends too early");
        }
    }
}
