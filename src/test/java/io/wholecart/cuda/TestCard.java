package io.wholecart.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The card of these tests: this machine's, or, where there is none but a C++ compiler, a stand-in for CUDA's driver and
 * compiler that runs the very same kernels on the processor ({@code src/test/native}).
 */
final class TestCard {

    private static final Path SOURCES = Path.of("src/test/native");
    private static @Nullable String absent;
    private static @Nullable Card shared;

    private TestCard() {}

    /** The one that tests share, since each compiles its kernels; nobody closes it. Its monitor is the caller's. */
    static synchronized Card shared() {
        if (shared == null) {
            shared = open(Long.MAX_VALUE);
        }
        shared.enter();
        return shared;
    }

    /** Opens it, with at most so much of its memory; without any the test is skipped. */
    static synchronized Card open(long limit) {
        if (absent == null) {
            absent = hasDriver() ? "" : standIn();
        }
        if (!absent.isEmpty()) {
            abort("no CUDA card: " + absent);
        }
        try {
            return Card.open(limit);
        } catch (CardException e) {
            if (e.getCause() instanceof NoClassDefFoundError) {
                abort("no CUDA card: another test of this JVM found none before the stand-in was there");
            }
            if (hasDriver()) {
                abort("no CUDA card: " + e.getMessage());
            }
            throw e;
        }
    }

    /** Where the stand-in looks for what a test wants otherwise; skips the test where a real card is. */
    static Path settings() {
        shared();
        String folder = System.getenv("WHOLECART_STAND_IN");
        assumeTrue(!hasDriver() && folder != null, "only the stand-in can be another card");
        return Path.of(folder);
    }

    private static boolean hasDriver() {
        return Files.exists(Path.of("/dev/nvidia0")) || Files.exists(Path.of("/dev/dxg"));
    }

    /** Why there is none; nothing where it was built. */
    private static String standIn() {
        String folder = System.getenv("WHOLECART_STAND_IN");
        if (folder == null) {
            return "and the stand-in is for a JVM of its own (Maven's execution cuda)";
        }
        if (!System.getProperty("os.name").equals("Linux") || !works("g++", "--version")) {
            return "and no g++ for a stand-in";
        }
        Path target = Path.of(folder);
        try {
            Files.createDirectories(target);
            Files.write(target.resolve("language.h"), Files.readAllBytes(SOURCES.resolve("language.h")));
            library(target, "libcuda.so.1", SOURCES.resolve("driver.cpp"));
            library(target, "libnvrtc.so.13", SOURCES.resolve("compiler.cpp"));
            Path nothing = Files.writeString(target.resolve("nothing.cpp"), "");
            library(target, "libcudart.so.13", nothing);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        System.setProperty(CudaLibraries.PROPERTY, folder);
        return "";
    }

    private static void library(Path target, String name, Path source) {
        assertThat(works(
                        "g++",
                        "-std=c++17",
                        "-O1",
                        "-shared",
                        "-fPIC",
                        "-Wl,-soname," + name,
                        "-o",
                        target.resolve(name).toString(),
                        source.toString(),
                        "-ldl"))
                .as("g++ makes " + name)
                .isTrue();
    }

    static boolean works(String... command) {
        return output(command) != null;
    }

    /** What the command says; null, and what it said printed, where it fails or is not there. */
    static @Nullable String output(String... command) {
        try {
            Path output = Files.createTempFile("wholecart", ".log");
            try {
                Process process = new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(output.toFile())
                        .start();
                boolean ended = process.waitFor(5, TimeUnit.MINUTES);
                if (!ended) {
                    process.destroyForcibly().waitFor();
                }
                String text = Files.readString(output);
                if (!ended || process.exitValue() != 0) {
                    System.out.println(String.join(" ", command) + (ended ? ":\n" : " took too long:\n") + text);
                    return null;
                }
                return text;
            } finally {
                Files.delete(output);
            }
        } catch (IOException e) {
            return null;
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
