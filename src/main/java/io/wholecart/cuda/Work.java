package io.wholecart.cuda;

import io.wholecart.ehcf.Hyperparameters;
import io.wholecart.interaction.Interactions;
import io.wholecart.interaction.SparseMatrix;
import java.util.Map;

/**
 * What the heavy kernels have to do at least: bytes that must come from or go to the card's memory where no cache helps, and
 * multiplications and additions. Steps of conjugate gradients are not counted: how many there are depends on the data.
 */
record Work(Interactions data, Hyperparameters settings) {

    private static final int FLOAT = 4;

    record Amount(double bytes, double flops) {}

    private double positives() {
        return data.byUser().stream().mapToDouble(SparseMatrix::size).sum();
    }

    private double d() {
        return settings.factors();
    }

    /** A sweep of {@code exact}: rows of users and items, heads, and three Gram matrices. */
    Map<String, Amount> ofSweep() {
        double rows = data.users() + (double) data.items();
        double built = 2 * positives() * d() * (d() + 1);
        double summed = (positives() + rows) * d() * (d() + 1);
        return Map.of(
                "solve_rows", new Amount(2 * positives() * FLOAT * (d() + 1) + 2 * rows * FLOAT * d(), built),
                "outer_sums", new Amount(positives() * FLOAT * (2 * d() + 2) + rows * FLOAT * d(), summed));
    }

    /** A step of {@code adagrad} for one batch of so many. */
    Map<String, Amount> ofBatch(int batches) {
        double numbers = data.items() * d();
        double own = positives() / batches;
        double users = (double) data.users() / batches;
        return Map.of(
                "step_items", new Amount(6 * FLOAT * numbers, 2 * numbers * d()),
                "outer_sums", new Amount(FLOAT * (numbers + users * d()), (data.items() + users) * d() * (d() + 1)),
                "batch_positives", new Amount(3 * FLOAT * own * d(), 6 * own * d() + 2 * users * d() * d()));
    }
}
