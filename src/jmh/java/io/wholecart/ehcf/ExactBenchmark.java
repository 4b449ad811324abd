package io.wholecart.ehcf;

import io.wholecart.commandline.BenchmarkFiles;
import io.wholecart.interaction.Interactions;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** Blocks of a sweep on two threads, each from where the last one ended. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 5, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
public class ExactBenchmark {

    @Param("../shared/data/taobao")
    private String data;

    @Param("64")
    private int factors;

    @Param({"vector", "plain"})
    private String kernels;

    private Workers workers;
    private ExactSolver.Sweeps sweeps;

    @Setup
    public void read() {
        Interactions interactions = BenchmarkFiles.read(data).train();
        Hyperparameters settings = Silent.settings(interactions.behaviors().size(), factors);
        workers = new Workers(2, Silent.LISTENER);
        Kernels chosen = kernels.equals("plain") ? new PlainKernels() : Kernels.best();
        sweeps = new ExactSolver.Sweeps(interactions, settings, null, workers, chosen);
        sweep();
    }

    @TearDown
    public void stop() {
        workers.close();
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
