package io.wholecart.ehcf;

import io.wholecart.commandline.BenchmarkFiles;
import io.wholecart.interaction.Interactions;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/** An epoch of the mini-batch solver on two threads. */
public class AdagradBenchmark extends TwoThreads {

    @Param("../shared/data/taobao")
    private String data;

    private AdagradSolver.Epochs epochs;

    @Setup
    public void read() {
        Interactions interactions = BenchmarkFiles.read(data).train();
        epochs = new AdagradSolver.Epochs(
                interactions, Settings.of(interactions.behaviors().size(), 64, 1, 0, 1), workers);
    }

    @Override
    public void stop() {
        epochs.close();
        super.stop();
    }

    @Benchmark
    public double epoch() {
        return epochs.next(SilentListener.INSTANCE);
    }
}
