package io.wholecart.ehcf;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
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

    /** Starts {@code count} threads; the listener is asked before every block whether to stop. */
    Workers(int count, Solver.Listener listener) {
        this.count = count;
        this.listener = listener;
        this.threads = Executors.newFixedThreadPool(count, runnable -> {
            Thread thread = new Thread(runnable, "wholecart-solver");
            thread.setDaemon(true);
            return thread;
        });
    }

    /** Throws when the listener wants to stop. */
    void checkCanceled() {
        if (listener.canceled()) {
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
        List<Callable<Boolean>> loops = new ArrayList<>();
        for (int t = 0; t < Math.min(count, blocks.count()); t++) {
            loops.add(() -> {
                S own = scratch.get();
                for (int at = next.getAndIncrement(); at < blocks.count(); at = next.getAndIncrement()) {
                    checkCanceled();
                    progress.accept((double) at / blocks.count());
                    int block = blocks.order()[at];
                    task.run(block, blocks.bounds()[block], blocks.bounds()[block + 1], own);
                }
                return true;
            });
        }
        run(loops);
    }

    private void run(List<Callable<Boolean>> loops) {
        try {
            for (Future<Boolean> loop : threads.invokeAll(loops)) {
                loop.get();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancellationException("The training was interrupted.");
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException known) {
                throw known;
            }
            if (e.getCause() instanceof Error error) {
                throw error;
            }
            throw new IllegalStateException(e.getCause());
        }
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}
