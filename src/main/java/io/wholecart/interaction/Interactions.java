package io.wholecart.interaction;

import java.util.List;

/**
 * What a model learns from: one binary matrix per behavior, in both orientations.
 *
 * @param behaviors names, the last is the target
 * @param byUser users × items, one per behavior
 * @param byItem items × users, the same ones
 */
public record Interactions(List<String> behaviors, List<SparseMatrix> byUser, List<SparseMatrix> byItem) {

    /** Builds the second orientation. */
    public static Interactions of(List<String> behaviors, List<SparseMatrix> byUser) {
        return new Interactions(
                List.copyOf(behaviors),
                List.copyOf(byUser),
                byUser.stream().map(SparseMatrix::transposed).toList());
    }

    public int users() {
        return byUser.get(0).rows();
    }

    public int items() {
        return byUser.get(0).width();
    }

    /** Place of the target behavior. */
    public int target() {
        return behaviors.size() - 1;
    }
}
