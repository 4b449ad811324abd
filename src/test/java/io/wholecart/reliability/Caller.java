package io.wholecart.reliability;

/** Who asks again and again, in a thread of its own, until it is closed; one that cannot go on is a broken promise. */
abstract class Caller implements AutoCloseable {

    private final Thread thread;
    private final Tally tally;
    private volatile boolean stopping;

    Caller(String name, Tally tally) {
        this.thread = new Thread(this::repeat, name);
        this.tally = tally;
    }

    /** Makes one request, however long it takes, and what pause it makes after that. */
    abstract void call() throws InterruptedException;

    /** Sets it to work, and answers it. */
    static <C extends Caller> C start(C caller) {
        ((Caller) caller).thread.start();
        return caller;
    }

    private void repeat() {
        try {
            while (!stopping) {
                call();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException | Error e) {
            tally.broken(thread.getName() + " asks no more: " + e);
        }
    }

    /** Whether there shall be no further request. */
    boolean stopping() {
        return stopping;
    }

    /** Ends after the request at hand. */
    @Override
    public void close() {
        stopping = true;
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
