package io.wholecart.ehcf;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * The prediction vectors as the paper makes them: those of behaviors without precedents are free, the others are
 * {@code h_k = Σ_t (h_t M_tk + r_tk)} over their precedents t (equations 3, 4).
 */
final class TransferChain {

    private final int d;
    private final TransferGraph graph;
    private final double penalty;
    /** Of the behaviors without precedents; an empty vector for the others. */
    private final List<Adagrad> free = new ArrayList<>();
    /** M_tk, d × d, row after row, for each behavior and each of its precedents. */
    private final List<List<Adagrad>> matrices = new ArrayList<>();
    /** r_tk. */
    private final List<List<Adagrad>> offsets = new ArrayList<>();

    /** Starts all of them uniform in ±√(3/d). */
    TransferChain(int d, Hyperparameters.Adagrad settings, Random random) {
        this.d = d;
        this.graph = settings.transfer();
        this.penalty = settings.transferPenalty();
        double rate = settings.learningRate();
        for (List<Integer> precedents : graph.precedents()) {
            free.add(new Adagrad(uniform(precedents.isEmpty() ? d : 0, random), rate));
            List<Adagrad> own = new ArrayList<>();
            List<Adagrad> added = new ArrayList<>();
            for (int i = 0; i < precedents.size(); i++) {
                own.add(new Adagrad(uniform(d * d, random), rate));
                added.add(new Adagrad(uniform(d, random), rate));
            }
            matrices.add(own);
            offsets.add(added);
        }
    }

    private double[] uniform(int length, Random random) {
        double limit = Math.sqrt(3.0 / d);
        return random.doubles(length, -limit, limit).toArray();
    }

    float[] free(int behavior) {
        return ExactSolver.floats(free.get(behavior).values());
    }

    float[] matrix(int behavior, int place) {
        return ExactSolver.floats(matrices.get(behavior).get(place).values());
    }

    float[] offset(int behavior, int place) {
        return ExactSolver.floats(offsets.get(behavior).get(place).values());
    }

    /** Every parameter, in an order that does not change. */
    List<Adagrad> parameters() {
        List<Adagrad> all = new ArrayList<>(free);
        matrices.forEach(all::addAll);
        offsets.forEach(all::addAll);
        return all;
    }

    /** h_k for every behavior. */
    double[][] heads() {
        double[][] heads = new double[graph.precedents().size()][d];
        for (int k : graph.order()) {
            List<Integer> precedents = graph.precedents().get(k);
            if (precedents.isEmpty()) {
                heads[k] = free.get(k).values().clone();
            }
            for (int p = 0; p < precedents.size(); p++) {
                double[] from = heads[precedents.get(p)];
                double[] matrix = matrices.get(k).get(p).values();
                double[] offset = offsets.get(k).get(p).values();
                for (int j = 0; j < d; j++) {
                    double sum = offset[j];
                    for (int i = 0; i < d; i++) {
                        sum += from[i] * matrix[i * d + j];
                    }
                    heads[k][j] += sum;
                }
            }
        }
        return heads;
    }

    /** The penalty's part of the loss: its share of ½‖M_tk‖², over all transfer matrices. */
    double penalty() {
        double sum = 0;
        for (List<Adagrad> own : matrices) {
            for (Adagrad matrix : own) {
                for (double value : matrix.values()) {
                    sum += penalty / 2 * value * value;
                }
            }
        }
        return sum;
    }

    /**
     * Takes the loss's gradient by the prediction vectors back to the parameters.
     *
     * @param heads as they were
     * @param byHeads ∂L/∂h_k as if all were free; ends as the whole derivative, through later behaviors too
     */
    void backward(double[][] heads, double[][] byHeads) {
        List<Integer> order = graph.order();
        for (int at = order.size() - 1; at >= 0; at--) {
            int k = order.get(at);
            List<Integer> precedents = graph.precedents().get(k);
            if (precedents.isEmpty()) {
                free.get(k).add(byHeads[k]);
            }
            for (int p = 0; p < precedents.size(); p++) {
                offsets.get(k).get(p).add(byHeads[k]);
                double[] from = heads[precedents.get(p)];
                double[] byFrom = byHeads[precedents.get(p)];
                Adagrad matrix = matrices.get(k).get(p);
                for (int i = 0; i < d; i++) {
                    for (int j = 0; j < d; j++) {
                        double value = matrix.values()[i * d + j];
                        matrix.gradient()[i * d + j] += from[i] * byHeads[k][j] + penalty * value;
                        byFrom[i] += value * byHeads[k][j];
                    }
                }
            }
        }
    }

    /** One Adagrad step with the gradients collected. */
    void step() {
        parameters().forEach(Adagrad::step);
    }

    /** A parameter with its gradient and its accumulator. */
    static final class Adagrad {

        private final double[] values;
        private final double[] gradient;
        private final double[] accumulator;
        private final double rate;

        Adagrad(double[] values, double rate) {
            this.values = values;
            this.gradient = new double[values.length];
            this.accumulator = new double[values.length];
            Arrays.fill(accumulator, AdagradStart.ACCUMULATOR);
            this.rate = rate;
        }

        double[] values() {
            return values;
        }

        double[] gradient() {
            return gradient;
        }

        void add(double[] more) {
            for (int i = 0; i < gradient.length; i++) {
                gradient[i] += more[i];
            }
        }

        void step() {
            for (int i = 0; i < values.length; i++) {
                accumulator[i] += gradient[i] * gradient[i];
                values[i] -= rate * gradient[i] / Math.sqrt(accumulator[i]);
                gradient[i] = 0;
            }
        }
    }
}
