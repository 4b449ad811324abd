package io.wholecart.reliability;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/** Starts and ends processes; none of them outlives this one. */
final class Processes {

    private static final Set<ProcessHandle> STARTED = Collections.newSetFromMap(new ConcurrentHashMap<>());

    static {
        Runtime.getRuntime()
                .addShutdownHook(new Thread(() -> STARTED.forEach(process -> kill(withDescendants(process)))));
    }

    private Processes() {}

    /** With its output appended to a file. */
    static Process start(List<String> command, Map<String, String> environment, Path log) {
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                .redirectInput(new File("/dev/null"));
        builder.environment().putAll(environment);
        try {
            Process process = builder.start();
            STARTED.add(process.toHandle());
            process.onExit().thenRun(() -> STARTED.remove(process.toHandle()));
            return process;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What is killed together must be looked up while the parent lives. */
    static Set<ProcessHandle> withDescendants(ProcessHandle process) {
        Set<ProcessHandle> all = new HashSet<>();
        Stream.concat(Stream.of(process), process.descendants()).forEach(all::add);
        return all;
    }

    /** With SIGKILL, and waits until they are gone. */
    static void kill(Set<ProcessHandle> processes) {
        processes.forEach(ProcessHandle::destroyForcibly);
        processes.forEach(process -> process.onExit().join());
    }

    /** Any signal, by its name without SIG. */
    static void signal(long pid, String name) {
        try {
            new ProcessBuilder("kill", "-" + name, Long.toString(pid))
                    .inheritIO()
                    .start()
                    .waitFor();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }
}
