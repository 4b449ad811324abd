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

/** An epoch of the mini-batch solver on two threads. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 5, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
public class AdagradBenchmark {

    @Param("../shared/data/taobao")
    private String data;

    private Workers workers;
    private AdagradSolver.Epochs epochs;

    @Setup
    public void read() {
        Interactions interactions = BenchmarkFiles.read(data).train();
        workers = new Workers(2, Silent.LISTENER);
        epochs = new AdagradSolver.Epochs(
                interactions, Silent.settings(interactions.behaviors().size(), 64), workers);
    }

    @TearDown
    public void stop() {
        epochs.close();
        workers.close();
    }

    @Benchmark
    public double epoch() {
        return epochs.next(Silent.LISTENER);
    }
}
