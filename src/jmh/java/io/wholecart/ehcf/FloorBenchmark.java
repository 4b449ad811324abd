package io.wholecart.ehcf;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Setup;

/** What the machine can do: single-precision products and copies, on two threads. */
public class FloorBenchmark extends TwoThreads {

    private static final int SIDE = 1024;
    private static final int FLOATS = 16 << 20;

    private final float[] from = new float[FLOATS];
    private final float[] to = new float[FLOATS];
    private INDArray a;
    private INDArray b;
    private INDArray product;

    @Setup
    public void fill() {
        a = Nd4j.rand(DataType.FLOAT, SIDE, SIDE).dup('f');
        b = Nd4j.rand(DataType.FLOAT, SIDE, SIDE).dup('f');
        product = Nd4j.create(DataType.FLOAT, new long[] {SIDE, SIDE}, 'f');
    }

    /** 2.147 GFLOP. */
    @Benchmark
    public void sgemm() {
        Nd4j.gemm(a, b, product, false, false, 1, 0);
    }

    /** 64 MiB read and 64 MiB written. */
    @Benchmark
    public void copy() {
        workers.forBlocks(
                Blocks.even(2, 2),
                () -> this,
                (block, first, last, self) ->
                        System.arraycopy(from, first * (FLOATS / 2), to, first * (FLOATS / 2), FLOATS / 2));
    }
}
