package io.wholecart.ehcf;

import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.concurrency.AffinityManager;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * One vector of length d for each user or item, in an ND4J array for its products, and in reach for loops over a few of
 * the vectors: on ND4J's own backend they lie in the process's memory, elsewhere ND4J brings them there and back.
 */
final class FactorMatrix implements AutoCloseable {

    /** An ND4J buffer that the JVM reaches is no larger. */
    static final long MAX_BYTES = Integer.MAX_VALUE;

    /** Numbers that a pass over all of them takes at once: they stay in the cache. */
    private static final int PIECE = 4096;

    private final int d;
    private final INDArray array;
    private final @Nullable FloatBuffer floats;
    private final @Nullable DoubleBuffer doubles;

    /** Zeros. */
    FactorMatrix(DataType type, int d, int rows) {
        if ((long) d * rows * type.width() > MAX_BYTES) {
            throw new IllegalArgumentException("more than " + MAX_BYTES + " bytes of factors");
        }
        this.d = d;
        this.array = Nd4j.create(type, new long[] {d, rows}, 'f');
        this.floats = type == DataType.FLOAT ? array.data().asNioFloat() : null;
        this.doubles = type == DataType.DOUBLE ? array.data().asNioDouble() : null;
    }

    /** d × rows, 'f' order: vector after vector in memory. */
    INDArray array() {
        return array;
    }

    /** To be called before the numbers are read here, after ND4J may have worked on them. */
    void fetch() {
        Nd4j.getAffinityManager().ensureLocation(array, AffinityManager.Location.HOST);
    }

    /** To be called after the numbers were written here, before ND4J works on them. */
    void release() {
        Nd4j.getAffinityManager().tagLocation(array, AffinityManager.Location.HOST);
    }

    int size() {
        return Math.toIntExact(array.length());
    }

    /** Copies numbers from place {@code from} on. */
    void get(int from, double[] into, int at, int count) {
        if (doubles != null) {
            doubles.get(from, into, at, count);
        } else if (floats != null) {
            float[] copy = new float[count];
            floats.get(from, copy);
            for (int i = 0; i < count; i++) {
                into[at + i] = copy[i];
            }
        }
    }

    /** Copies numbers to place {@code to} and on. */
    void put(int to, double[] values, int at, int count) {
        if (doubles != null) {
            doubles.put(to, values, at, count);
        } else if (floats != null) {
            float[] copy = new float[count];
            for (int i = 0; i < count; i++) {
                copy[i] = (float) values[at + i];
            }
            floats.put(to, copy);
        }
    }

    /** Takes all numbers from here. */
    void put(float[] values) {
        if (floats != null) {
            floats.put(0, values);
        } else if (doubles != null) {
            for (int i = 0; i < values.length; i++) {
                doubles.put(i, values[i]);
            }
        }
    }

    /** Vectors of some rows, one after the other. */
    double[] rows(int[] rows) {
        double[] values = new double[rows.length * d];
        for (int i = 0; i < rows.length; i++) {
            get(rows[i] * d, values, i * d, d);
        }
        return values;
    }

    /** Adds vectors to those of some rows. */
    void addRows(int[] rows, double[] values) {
        double[] row = new double[d];
        for (int i = 0; i < rows.length; i++) {
            get(rows[i] * d, row, 0, d);
            for (int f = 0; f < d; f++) {
                row[f] += values[i * d + f];
            }
            put(rows[i] * d, row, 0, d);
        }
    }

    /** One Adagrad step over all numbers of a FLOAT matrix: {@code a += g²; x −= rate · g / √a}, in one pass. */
    void step(FactorMatrix gradient, FactorMatrix accumulators, float rate) {
        FloatBuffer x = single(this);
        FloatBuffer g = single(gradient);
        FloatBuffer a = single(accumulators);
        IntStream.range(0, (size() + PIECE - 1) / PIECE).parallel().forEach(piece -> {
            int from = piece * PIECE;
            int count = Math.min(PIECE, size() - from);
            float[] values = new float[count];
            float[] slopes = new float[count];
            float[] squares = new float[count];
            x.get(from, values);
            g.get(from, slopes);
            a.get(from, squares);
            Kernels.best().adagrad(values, squares, 0, slopes, rate, count);
            x.put(from, values);
            a.put(from, squares);
        });
    }

    private static FloatBuffer single(FactorMatrix matrix) {
        if (matrix.floats == null) {
            throw new IllegalStateException("steps are made in single precision");
        }
        return matrix.floats;
    }

    @Override
    public void close() {
        array.close();
    }
}
