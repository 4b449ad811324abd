package io.wholecart.ehcf;

import io.wholecart.interaction.Interactions;
import io.wholecart.interaction.Snapshot;
import io.wholecart.interaction.SparseMatrix;
import io.wholecart.interaction.SyntheticShop;
import java.util.List;
import java.util.concurrent.CancellationException;

/**
 * A synthetic shop of a million users and 200,000 items: snapshot, sweeps, and how soon a cancel is seen. Not timed by
 * JMH, since one run is minutes; the heap it is given is the proof of what it needs.
 */
public final class ScaleRun {

    private static final int USERS = 1_000_000;
    private static final int ITEMS = 200_000;
    private static final int FACTORS = 64;

    private ScaleRun() {}

    /** Arguments: how many events, how many sweeps. */
    public static void main(String[] args) {
        long events = Long.parseLong(args[0]);
        int sweeps = Integer.parseInt(args[1]);
        long started = System.nanoTime();
        Snapshot snapshot = Snapshot.take(new SyntheticShop(USERS, ITEMS, events), List.of("view", "cart", "purchase"));
        long read = System.nanoTime();
        Interactions data = snapshot.all();
        long pairs = data.byUser().stream().mapToLong(SparseMatrix::size).sum();
        print("%d events, %d distinct pairs of %d users and %d items", events, pairs, data.users(), data.items());
        print("snapshot %.1f s, second orientation %.1f s", (read - started) / 1e9, (System.nanoTime() - read) / 1e9);
        Listener listener = new Listener(sweeps);
        try {
            new ExactSolver(2)
                    .solve(data, Settings.of(data.behaviors().size(), FACTORS, sweeps + 1, 0.5f, 1), null, listener);
        } catch (CancellationException e) {
            print("a cancel was seen after %.2f s", (System.nanoTime() - listener.canceledAt) / 1e9);
        }
        print("longest time without progress %.2f s", listener.longest / 1e9);
        Runtime runtime = Runtime.getRuntime();
        print(
                "heap %d MiB at most, %d bytes a pair and 12·d a row allowed are %d MiB",
                runtime.maxMemory() >> 20, 40, (40 * pairs + 12L * FACTORS * (data.users() + data.items())) >> 20);
    }

    private static void print(String format, Object... values) {
        System.out.println(String.format(format, values));
    }

    /** Prints each sweep's time and cancels in the middle of the one after the last. */
    private static final class Listener implements Solver.Listener {

        private final int sweeps;
        private long lastIteration = System.nanoTime();
        private long lastProgress = lastIteration;
        private long longest;
        private volatile long canceledAt;

        Listener(int sweeps) {
            this.sweeps = sweeps;
        }

        @Override
        public void iteration(int done, double loss) {
            long now = System.nanoTime();
            print("sweep %d: %.2f s, loss %.6g", done, (now - lastIteration) / 1e9, loss);
            lastIteration = now;
        }

        @Override
        public synchronized void progress(double iterations) {
            long now = System.nanoTime();
            longest = Math.max(longest, now - lastProgress);
            lastProgress = now;
            if (iterations > sweeps + 0.5 && canceledAt == 0) {
                canceledAt = now;
            }
        }

        @Override
        public boolean canceled() {
            return canceledAt != 0;
        }
    }
}
