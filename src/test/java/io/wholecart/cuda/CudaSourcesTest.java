package io.wholecart.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The kernels' sources by NVIDIA's own compiler, without warnings, for an old and a newer card; its first half only. */
class CudaSourcesTest {

    @TempDir
    private Path folder;

    @ParameterizedTest
    @CsvSource({"75,", "90,64", "90,256"})
    void compile(int capability, Integer factors) throws IOException {
        String known = TestCard.output("nvcc", "--list-gpu-arch");
        assumeTrue(known != null, "no nvcc");
        assumeTrue(
                known.lines().anyMatch(("compute_" + capability)::equals), "nvcc does not know compute_" + capability);
        Path nothing = Files.writeString(folder.resolve("nothing.cu"), "");
        Path source = Files.writeString(folder.resolve("kernels.cu"), Program.source());
        Path ptx = folder.resolve("kernels.ptx");
        assumeTrue(compiles(nothing, ptx, "-arch=compute_" + capability), "nvcc does not work here");
        List<String> options =
                new ArrayList<>(factors == null ? Program.constants() : Program.macros(232_448, factors));
        options.addAll(List.of("-arch=compute_" + capability, "-Werror", "all-warnings"));
        assertThat(compiles(source, ptx, options.toArray(String[]::new))).isTrue();
        String text = Files.readString(ptx);
        assertThat(text).contains(".target sm_" + capability);
        assertThat(text.contains(".entry solve_rows_4")).isEqualTo(factors == null || factors <= 64);
        assertThat(text.contains(".entry solve_rows_8")).isEqualTo(factors == null || factors > 64);
    }

    private static boolean compiles(Path source, Path ptx, String... options) {
        return TestCard.works(Stream.of(
                        Stream.of("nvcc", "-ptx", "-std=c++17", "-allow-unsupported-compiler"),
                        Arrays.stream(options),
                        Stream.of("-o", ptx.toString(), source.toString()))
                .flatMap(part -> part)
                .toArray(String[]::new));
    }
}
