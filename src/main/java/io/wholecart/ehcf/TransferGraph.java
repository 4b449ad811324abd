package io.wholecart.ehcf;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Which behaviors precede which: {@code h_k = Σ_t (h_t M_tk + r_tk)} over the precedents t of k (equations 3, 4).
 *
 * @param precedents for each behavior those it is made from; none means that its prediction vector is free
 */
public record TransferGraph(List<List<Integer>> precedents) {

    /** Rejects unknown behaviors and circles. */
    public TransferGraph {
        precedents = precedents.stream().map(List::copyOf).toList();
        int count = precedents.size();
        if (precedents.stream().flatMap(List::stream).anyMatch(t -> t < 0 || t >= count)) {
            throw new IllegalArgumentException("a precedent is not one of the " + count + " behaviors");
        }
        if (order(precedents).size() < count) {
            throw new IllegalArgumentException("the precedents go round in a circle");
        }
    }

    /** Every earlier behavior precedes every later one. */
    public static TransferGraph chain(int behaviors) {
        return new TransferGraph(IntStream.range(0, behaviors)
                .mapToObj(k -> IntStream.range(0, k).boxed().toList())
                .toList());
    }

    /** Every prediction vector is free. */
    public static TransferGraph none(int behaviors) {
        return new TransferGraph(
                IntStream.range(0, behaviors).mapToObj(k -> List.<Integer>of()).toList());
    }

    /** The behaviors, each after all of its precedents. */
    public List<Integer> order() {
        return order(precedents);
    }

    /** Shorter than the list where there is a circle. */
    private static List<Integer> order(List<List<Integer>> precedents) {
        List<Integer> order = new ArrayList<>();
        boolean grown = true;
        while (grown) {
            grown = false;
            for (int k = 0; k < precedents.size(); k++) {
                if (!order.contains(k) && order.containsAll(precedents.get(k))) {
                    grown = order.add(k);
                }
            }
        }
        return order;
    }
}
