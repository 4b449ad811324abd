package io.wholecart.ehcf;

import io.wholecart.commandline.BenchmarkFiles;
import io.wholecart.interaction.Interactions;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/** Blocks of a sweep on two threads, and a whole training. */
public class ExactBenchmark extends TwoThreads {

    @Param("../shared/data/taobao")
    private String data;

    @Param("64")
    private int factors;

    @Param({"vector", "plain"})
    private String kernels;

    private Interactions interactions;
    private EhcfModel begun;
    private ExactSolver.Sweeps sweeps;

    private Kernels chosen() {
        return kernels.equals("plain") ? new PlainKernels() : Kernels.best();
    }

    private Hyperparameters settings(int iterations, float relaxation) {
        return Settings.of(interactions.behaviors().size(), factors, iterations, 0, relaxation);
    }

    @Setup
    public void read() {
        interactions = BenchmarkFiles.read(data).train();
        begun = new ExactSolver(2, chosen()).solve(interactions, settings(2, 1), null, SilentListener.INSTANCE);
    }

    /** Every measured block is the third sweep's, whose conjugate gradients have as much to do as later ones. */
    @Setup(Level.Invocation)
    public void begin() {
        sweeps = new ExactSolver.Sweeps(interactions, settings(1, 1), begun, workers, chosen(), share -> {});
    }

    @Benchmark
    public double sweep() {
        sweeps.users(share -> {});
        sweeps.items(share -> {});
        return sweeps.heads(share -> {});
    }

    @Benchmark
    public void users() {
        sweeps.users(share -> {});
    }

    @Benchmark
    public void items() {
        sweeps.items(share -> {});
    }

    @Benchmark
    public double heads() {
        return sweeps.heads(share -> {});
    }

    @Benchmark
    public float[] gram() {
        return Gram.of(begun.userFactors(), factors, null, chosen(), workers);
    }

    /** A whole training from a random start: 14 sweeps with over-relaxation. */
    @Benchmark
    public EhcfModel train() {
        return new ExactSolver(2, chosen()).solve(interactions, settings(14, 1.6f), null, SilentListener.INSTANCE);
    }
}
