package io.wholecart.ehcf;

import io.wholecart.commandline.BenchmarkFiles;
import io.wholecart.interaction.Interactions;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/** Blocks of a sweep on two threads, each from where the last one ended. */
public class ExactBenchmark extends TwoThreads {

    @Param("../shared/data/taobao")
    private String data;

    @Param("64")
    private int factors;

    @Param({"vector", "plain"})
    private String kernels;

    private ExactSolver.Sweeps sweeps;

    @Setup
    public void read() {
        Interactions interactions = BenchmarkFiles.read(data).train();
        Hyperparameters settings = Silent.settings(interactions.behaviors().size(), factors);
        Kernels chosen = kernels.equals("plain") ? new PlainKernels() : Kernels.best();
        sweeps = new ExactSolver.Sweeps(interactions, settings, null, workers, chosen);
        sweep();
    }

    @Benchmark
    public double sweep() {
        sweeps.users(share -> {});
        sweeps.items(share -> {});
        return sweeps.heads();
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
        return sweeps.heads();
    }

    @Benchmark
    public float[] gram() {
        return Gram.of(sweeps.model().userFactors(), factors, null, Kernels.best(), workers);
    }
}
