package io.wholecart.ehcf;

/** Lets a solver do its work. */
enum SilentListener implements Solver.Listener {
    INSTANCE;

    @Override
    public void iteration(int done, double loss) {
        // Nobody asks.
    }

    @Override
    public boolean canceled() {
        return false;
    }
}
