package io.wholecart.reliability;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * A small file system in memory, of which the rest of the machine knows nothing: it is mounted in a namespace of its own,
 * which takes no rights and goes with its last process.
 */
final class SmallDisk implements AutoCloseable {

    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final int BLOCK = 1 << 16;

    private final Path mount;
    private final Process holder;

    /**
     * Mounts it.
     *
     * @param folder gets an empty folder to mount it at
     */
    SmallDisk(Path folder, int megabytes) {
        try {
            this.mount = Files.createDirectories(folder.resolve("disk")).toAbsolutePath();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        String script = "mount -t tmpfs -o size=%dm tmpfs \"$0\" && touch \"$0/mounted\" && exec sleep infinity";
        this.holder = Processes.start(
                List.of("unshare", "-Urm", "sh", "-c", script.formatted(megabytes), mount.toString()),
                Map.of(),
                folder.resolve("disk.log"));
        await().atMost(LIMIT).until(() -> {
            if (!holder.isAlive()) {
                throw new AssertionError("There is no small disk, see " + folder.resolve("disk.log"));
            }
            return Files.exists(seenFromOutside(mount.resolve("mounted")));
        });
    }

    /** Whether this machine allows namespaces of one's own with file systems in them, as most do. */
    static boolean possible() {
        try {
            return new ProcessBuilder("unshare", "-Urm", "mount", "-t", "tmpfs", "tmpfs", "/tmp")
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** Where it is for processes that are started with {@link #inside}. */
    Path path() {
        return mount;
    }

    /** Where others find something on it. */
    Path seenFromOutside(Path path) {
        return Path.of("/proc/" + holder.pid() + "/root" + path.toAbsolutePath());
    }

    /** Goes before the command of a process that shall see it. */
    List<String> inside() {
        return List.of("nsenter", "-t", "" + holder.pid(), "-U", "-m", "--preserve-credentials");
    }

    /** Takes all the room there is. */
    void fill() {
        byte[] block = new byte[BLOCK];
        try (OutputStream ballast = Files.newOutputStream(ballast())) {
            while (true) {
                ballast.write(block);
            }
        } catch (IOException full) {
            System.out.println("The disk takes no more: " + full.getMessage());
        }
    }

    /** Gives it back. */
    void free() {
        try {
            Files.deleteIfExists(ballast());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Path ballast() {
        return seenFromOutside(mount.resolve("ballast"));
    }

    @Override
    public void close() {
        Processes.kill(Processes.withDescendants(holder.toHandle()));
    }
}
