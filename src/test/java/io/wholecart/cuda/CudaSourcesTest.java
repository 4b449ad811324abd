package io.wholecart.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The kernels' sources by NVIDIA's own compiler, without warnings, for an old and a newer card. */
class CudaSourcesTest {

    @TempDir
    private Path folder;

    @ParameterizedTest
    @CsvSource({"75,", "75,64", "90,17", "90,64", "90,128", "90,256"})
    void compile(int capability, Integer factors) throws IOException {
        assumeTrue(TestCard.works("nvcc", "--version"), "no nvcc");
        Path source = Files.writeString(folder.resolve("kernels.cu"), Program.source());
        Path ptx = folder.resolve("kernels.ptx");
        assertThat(TestCard.works(
                        "nvcc",
                        "-ptx",
                        "-std=c++17",
                        "-arch=compute_" + capability,
                        "-Werror",
                        "all-warnings",
                        factors == null ? "-DUNKNOWN" : "-DFACTORS=" + factors,
                        "-o",
                        ptx.toString(),
                        source.toString()))
                .isTrue();
        assertThat(Files.readString(ptx)).contains(".entry solve_rows_8", ".target sm_" + capability);
    }
}
