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
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** A fixed set of threads that take blocks of rows one after the other, so that a slow block holds nobody up. */
final class Workers implements AutoCloseable {

    /** Works on rows {@code from} (inclusive) to {@code to} (exclusive), with scratch memory of its thread. */
    interface Task<S> {
        void run(int block, int from, int to, S scratch);
    }

    private final ExecutorService threads;
    private final int count;
    private final BooleanSupplier canceled;

    /** Starts {@code count} threads; {@code canceled} is asked before every block. */
    Workers(int count, BooleanSupplier canceled) {
        this.count = count;
        this.canceled = canceled;
        this.threads = Executors.newFixedThreadPool(count, runnable -> {
            Thread thread = new Thread(runnable, "wholecart-solver");
            thread.setDaemon(true);
            return thread;
        });
    }

    /** Cuts {@code rows} rows into blocks of {@code blockSize}, runs the task on each and waits for all. */
    <S> void forBlocks(int rows, int blockSize, Supplier<S> scratch, Task<S> task) {
        int blocks = (rows + blockSize - 1) / blockSize;
        AtomicInteger next = new AtomicInteger();
        List<Callable<Boolean>> loops = new ArrayList<>();
        for (int t = 0; t < Math.min(count, blocks); t++) {
            loops.add(() -> {
                S own = scratch.get();
                for (int block = next.getAndIncrement(); block < blocks; block = next.getAndIncrement()) {
                    if (canceled.getAsBoolean()) {
                        throw new CancellationException("The training was canceled.");
                    }
                    task.run(block, block * blockSize, Math.min(rows, (block + 1) * blockSize), own);
                }
                return true;
            });
        }
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
