package io.wholecart.ehcf;

import java.util.Arrays;

/**
 * Item factors that pass through the processor once a batch: some of them at a time get their gradient, take their step
 * and are added to the next Gram matrix while they are in the cache.
 */
final class FusedEngine implements DenseEngine {

    /** Items that a thread has in the cache at one time. */
    private static final int TILE = 64;

    private final int d;
    private final float[] factors;
    private final float[] squares;
    /** g; empty where all are 1. */
    private final float[] weights;

    private final Kernels kernels;
    private final Workers workers;
    private final Blocks blocks;
    /** Place of an item among those with something of their own, or −1. */
    private final int[] place;

    private double[] gram;

    /**
     * Starts from these vectors, which become its own.
     *
     * @param factors items × d
     * @param itemWeights g
     * @param weighted false where all weights are 1
     */
    FusedEngine(float[] factors, int d, double[] itemWeights, boolean weighted, Kernels kernels, Workers workers) {
        this.d = d;
        this.factors = factors;
        this.squares = new float[factors.length];
        Arrays.fill(squares, (float) AdagradStart.ACCUMULATOR);
        this.weights = weighted ? ExactSolver.floats(itemWeights) : new float[0];
        this.kernels = kernels;
        this.workers = workers;
        this.blocks = Blocks.even(factors.length / d, Gram.PARTS);
        this.place = new int[factors.length / d];
        Arrays.fill(place, -1);
        this.gram = step(new float[d * d], new double[0], 0);
    }

    @Override
    public double[] gram(double[] x) {
        double[] product = new double[d * d];
        OuterSum sum = new OuterSum(kernels, d);
        sum.addRows(ExactSolver.floats(x), 0, x.length / d, product);
        sum.flush(product);
        Gram.mirror(product, d);
        return product;
    }

    @Override
    public double[] times(double[] x, double[] matrix) {
        float[] product = new float[x.length];
        kernels.rowsTimes(ExactSolver.floats(x), 0, x.length / d, ExactSolver.floats(matrix), product, d);
        double[] doubles = new double[product.length];
        for (int i = 0; i < doubles.length; i++) {
            doubles[i] = product[i];
        }
        return doubles;
    }

    @Override
    public double[] itemGram() {
        return gram;
    }

    @Override
    public double[] rows(int[] items) {
        double[] rows = new double[items.length * d];
        for (int i = 0; i < items.length; i++) {
            for (int f = 0; f < d; f++) {
                rows[i * d + f] = factors[items[i] * d + f];
            }
        }
        return rows;
    }

    @Override
    public void step(double[] dense, int[] items, double[] rows, float rate) {
        float[] matrix = new float[d * d];
        for (int i = 0; i < matrix.length; i++) {
            matrix[i] = (float) (2 * dense[i]);
        }
        for (int i = 0; i < items.length; i++) {
            place[items[i]] = i;
        }
        gram = step(matrix, rows, rate);
        for (int item : items) {
            place[item] = -1;
        }
    }

    /** The Gram matrix after a step. */
    private double[] step(float[] matrix, double[] rows, float rate) {
        double[][] parts = new double[blocks.count()][d * d];
        workers.forBlocks(blocks, () -> new Scratch(kernels, d), (block, from, to, scratch) -> {
            for (int first = from; first < to; first += TILE) {
                int count = Math.min(TILE, to - first);
                kernels.rowsTimes(factors, first * d, count, matrix, scratch.gradient, d);
                for (int i = 0; i < count; i++) {
                    own(first + i, scratch.gradient, i * d, rows);
                }
                kernels.adagrad(factors, squares, first * d, scratch.gradient, rate, count * d);
                addTo(scratch.sum, first, count, parts[block]);
            }
            scratch.sum.flush(parts[block]);
        });
        double[] total = Gram.total(parts);
        Gram.mirror(total, d);
        return total;
    }

    /** What is an item's alone in its gradient. */
    private void own(int item, float[] gradient, int at, double[] rows) {
        if (weights.length > 0) {
            for (int f = at; f < at + d; f++) {
                gradient[f] *= weights[item];
            }
        }
        if (place[item] >= 0) {
            int row = place[item] * d;
            for (int f = 0; f < d; f++) {
                gradient[at + f] += (float) rows[row + f];
            }
        }
    }

    private void addTo(OuterSum sum, int first, int count, double[] total) {
        if (weights.length == 0) {
            sum.addRows(factors, first * d, count, total);
        } else {
            for (int item = first; item < first + count; item++) {
                sum.add(factors, item * d, weights[item], total);
            }
        }
    }

    @Override
    public float[] values() {
        return factors.clone();
    }

    @Override
    public void close() {
        // Nothing but arrays.
    }

    private static final class Scratch {

        private final float[] gradient;
        private final OuterSum sum;

        Scratch(Kernels kernels, int d) {
            this.gradient = new float[TILE * d];
            this.sum = new OuterSum(kernels, d);
        }
    }
}
