package io.wholecart.cuda;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Finds CUDA's libraries where the system's linker does not look and loads them by their full paths; what is linked with
 * them afterwards, by their names, then gets these. A library that is found nowhere is left to the linker;
 * so are its own folders, because which of several drivers it takes is the machine's setting.
 */
final class CudaLibraries {

    /** Folders to look in first, separated as in a PATH. */
    static final String PROPERTY = "wholecart.cuda.libraries";

    private static final String VARIABLE = "WHOLECART_CUDA_LIBRARIES";

    /** Usual places; a star stands for any one folder. Python's wheels of CUDA are the last ones. */
    private static final List<String> PLACES = List.of(
            "/usr/local/cuda/lib64",
            "/usr/local/cuda-13*/lib64",
            "/usr/local/cuda-13*/targets/x86_64-linux/lib",
            "/usr/local/cuda-13*/targets/sbsa-linux/lib",
            "/usr/local/nvidia/lib64",
            "/usr/lib/wsl/lib",
            "/opt/cuda/lib64",
            "/usr/local/lib/python3*/*-packages/nvidia/*/lib",
            "/usr/lib/python3*/*-packages/nvidia/*/lib",
            "/opt/*/lib/python3*/site-packages/nvidia/*/lib",
            "/opt/*/.venv/lib/python3*/site-packages/nvidia/*/lib",
            "/opt/*/*/lib/python3*/site-packages/nvidia/*/lib");

    private CudaLibraries() {}

    /** Whether there is something to load them for: a device of NVIDIA's, or somebody who says where they are. */
    static boolean deviceInSight() {
        if (!System.getProperty("os.name", "").equals("Linux")
                || System.getProperty(PROPERTY) != null
                || System.getenv(VARIABLE) != null
                || Files.exists(Path.of("/proc/driver/nvidia"))) {
            return true;
        }
        try (DirectoryStream<Path> devices =
                Files.newDirectoryStream(Path.of("/dev"), "{nvidia*,nvhost*,nvgpu*,dxg}")) {
            return devices.iterator().hasNext();
        } catch (IOException e) {
            // Whether there is one cannot be known; the driver will say.
            return true;
        }
    }

    /** Loads these, in this order; an error of the linker says which could not be. */
    static void load(String... names) {
        List<Path> folders = folders();
        for (String name : names) {
            find(folders, name).ifPresent(file -> System.load(file.toString()));
        }
    }

    private static Optional<Path> find(List<Path> folders, String name) {
        return folders.stream()
                .map(folder -> folder.resolve(name))
                .filter(Files::isRegularFile)
                .findFirst()
                .map(CudaLibraries::real);
    }

    private static Path real(Path file) {
        try {
            return file.toRealPath();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<Path> folders() {
        Set<Path> folders = new LinkedHashSet<>();
        split(System.getProperty(PROPERTY, "")).forEach(folders::add);
        split(environment(VARIABLE)).forEach(folders::add);
        split(environment("LD_LIBRARY_PATH")).forEach(folders::add);
        for (String home : List.of("CUDA_HOME", "CUDA_PATH")) {
            split(environment(home)).map(folder -> folder.resolve("lib64")).forEach(folders::add);
        }
        split(environment("VIRTUAL_ENV"))
                .flatMap(folder -> matches(folder + "/lib/python3*/site-packages/nvidia/*/lib").stream())
                .forEach(folders::add);
        PLACES.forEach(place -> folders.addAll(matches(place)));
        return List.copyOf(folders);
    }

    private static String environment(String name) {
        return Optional.ofNullable(System.getenv(name)).orElse("");
    }

    private static Stream<Path> split(String folders) {
        return Stream.of(folders.split(File.pathSeparator))
                .filter(folder -> !folder.isBlank())
                .map(Path::of);
    }

    /** Folders of this pattern; later names first, so that newer versions are preferred. */
    static List<Path> matches(String pattern) {
        List<Path> found = List.of(Path.of("/"));
        for (Path part : Path.of(pattern)) {
            List<Path> next = new ArrayList<>();
            for (Path folder : found) {
                if (part.toString().contains("*")) {
                    next.addAll(children(folder, part.toString()));
                } else if (Files.isDirectory(folder.resolve(part))) {
                    next.add(folder.resolve(part));
                }
            }
            found = next;
        }
        return found;
    }

    private static List<Path> children(Path folder, String pattern) {
        List<Path> children = new ArrayList<>();
        try (DirectoryStream<Path> all = Files.newDirectoryStream(folder, pattern)) {
            all.forEach(child -> {
                if (Files.isDirectory(child)) {
                    children.add(child);
                }
            });
        } catch (IOException e) {
            // What cannot be looked into has nothing for us.
            return List.of();
        }
        children.sort((a, b) -> b.compareTo(a));
        return children;
    }
}
