package io.wholecart.commandline;

import io.wholecart.interaction.Snapshot;
import java.nio.file.Path;
import java.util.List;

/** A public set for the benchmarks. */
public final class BenchmarkFiles {

    private BenchmarkFiles() {}

    /** Reads a folder with a file for each behavior. */
    public static Snapshot.Split read(String folder) {
        EventFiles files = new EventFiles(Path.of(folder));
        return files.split(files.behaviors(List.of("view", "cart", "purchase")));
    }
}
