package io.wholecart.ehcf;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.DoubleConsumer;
import java.util.function.Supplier;

/** A fixed set of threads that take blocks of rows one after the other, so that a slow block holds nobody up. */
final class Workers implements AutoCloseable {

    /** Works on rows {@code from} (inclusive) to {@code to} (exclusive), with scratch memory of its thread. */
    interface Task<S> {
        void run(int block, int from, int to, S scratch);
    }

    private final ExecutorService threads;
    private final int count;
    private final Solver.Listener listener;

    /** For {@code count} threads with the caller's; the listener is asked before every block whether to stop. */
    Workers(int count, Solver.Listener listener) {
        this.count = count;
        this.listener = listener;
        this.threads = Executors.newFixedThreadPool(Math.max(1, count - 1), runnable -> {
            Thread thread = new Thread(runnable, "wholecart-solver");
            thread.setDaemon(true);
            return thread;
        });
    }

    /** Throws when the listener wants to stop, or somebody interrupts the caller. */
    void checkCanceled() {
        if (listener.canceled() || Thread.currentThread().isInterrupted()) {
            throw new CancellationException("The training was canceled.");
        }
    }

    /** Runs the task on every block and waits for all. */
    <S> void forBlocks(Blocks blocks, Supplier<S> scratch, Task<S> task) {
        forBlocks(blocks, share -> {}, scratch, task);
    }

    /**
     * Runs the task on every block and waits for all.
     *
     * @param progress told the share of the blocks that are begun, by the threads
     */
    <S> void forBlocks(Blocks blocks, DoubleConsumer progress, Supplier<S> scratch, Task<S> task) {
        AtomicInteger next = new AtomicInteger();
        List<Runnable> loops = new ArrayList<>();
        for (int t = 0; t < Math.min(count, blocks.count()); t++) {
            loops.add(() -> {
                S own = scratch.get();
                for (int at = next.getAndIncrement(); at < blocks.count(); at = next.getAndIncrement()) {
                    checkCanceled();
                    progress.accept((double) at / blocks.count());
                    int block = blocks.order()[at];
                    task.run(block, blocks.bounds()[block], blocks.bounds()[block + 1], own);
                }
            });
        }
        run(loops);
    }

    /** The caller takes a part itself: one thread less to wake up and to wait for. */
    private void run(List<Runnable> loops) {
        List<CompletableFuture<Void>> others = new ArrayList<>();
        for (Runnable loop : loops.subList(1, loops.size())) {
            others.add(CompletableFuture.runAsync(loop, threads));
        }
        CompletableFuture<Void> all = CompletableFuture.allOf(others.toArray(CompletableFuture[]::new));
        try {
            loops.get(0).run();
        } finally {
            // Also after a failure: nobody works on the rows any more when this returns.
            all.exceptionally(failure -> null).join();
        }
        try {
            all.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof RuntimeException known) {
                throw known;
            }
            if (e.getCause() instanceof Error error) {
                throw error;
            }
            throw e;
        }
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}
