package io.wholecart.ehcf;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Item factors in ND4J's arrays: its products, on its backend. */
final class Nd4jEngine implements DenseEngine {

    private final int d;
    private final DataType type;
    private final FactorMatrix factors;
    private final FactorMatrix accumulators;
    private final FactorMatrix gradient;
    /** g ∘ Q where items have weights, else Q itself. */
    private final INDArray weightedFactors;

    private final INDArray weights;
    private final INDArray gram;
    private final boolean weighted;

    /**
     * Starts from these vectors.
     *
     * @param values items × d
     * @param itemWeights g
     * @param weighted false where all weights are 1
     */
    Nd4jEngine(float[] values, int d, double[] itemWeights, boolean weighted, DataType type) {
        this.d = d;
        this.type = type;
        this.weighted = weighted;
        this.factors = new FactorMatrix(type, d, values.length / d);
        this.accumulators = new FactorMatrix(type, d, values.length / d);
        this.gradient = new FactorMatrix(type, d, values.length / d);
        factors.put(values);
        factors.release();
        accumulators.array().assign(AdagradStart.ACCUMULATOR);
        accumulators.fetch();
        this.weightedFactors = weighted ? factors.array().dup('f') : factors.array();
        this.weights = Nd4j.create(type, new long[] {1, itemWeights.length}, 'f');
        for (int v = 0; v < itemWeights.length; v++) {
            weights.putScalar(v, itemWeights[v]);
        }
        this.gram = Nd4j.create(type, new long[] {d, d}, 'f');
    }

    @Override
    public double[] gram(double[] x) {
        try (INDArray vectors = matrix(x);
                INDArray product = Nd4j.create(type, new long[] {d, d}, 'f')) {
            Nd4j.gemm(vectors, vectors, product, false, true, 1, 0);
            return doubles(product);
        }
    }

    @Override
    public double[] times(double[] x, double[] symmetric) {
        try (INDArray vectors = matrix(x);
                INDArray left = matrix(symmetric);
                INDArray product = Nd4j.create(type, new long[] {d, x.length / d}, 'f')) {
            Nd4j.gemm(left, vectors, product, false, false, 1, 0);
            return doubles(product);
        }
    }

    /** d × any, vector after vector. */
    private INDArray matrix(double[] values) {
        long[] shape = {d, values.length / d};
        return type == DataType.DOUBLE
                ? Nd4j.create(values, shape, 'f')
                : Nd4j.create(ExactSolver.floats(values), shape, 'f');
    }

    /** All of an array's values as they lie in memory. */
    private static double[] doubles(INDArray array) {
        if (array.dataType() == DataType.DOUBLE) {
            return array.data().asDouble();
        }
        float[] floats = array.data().asFloat();
        double[] doubles = new double[floats.length];
        for (int i = 0; i < floats.length; i++) {
            doubles[i] = floats[i];
        }
        return doubles;
    }

    @Override
    public double[] itemGram() {
        if (weighted) {
            weightedFactors.assign(factors.array()).muliRowVector(weights);
        }
        Nd4j.gemm(factors.array(), weightedFactors, gram, false, true, 1, 0);
        factors.fetch();
        return doubles(gram);
    }

    @Override
    public double[] rows(int[] items) {
        return factors.rows(items);
    }

    /** The whole gradient; {@link #itemGram} has been asked for since the last step. */
    FactorMatrix gradient(double[] dense, int[] items, double[] rows) {
        try (INDArray left = matrix(dense)) {
            Nd4j.gemm(left, weightedFactors, gradient.array(), false, false, 2, 0);
        }
        gradient.fetch();
        gradient.addRows(items, rows);
        return gradient;
    }

    @Override
    public void step(double[] dense, int[] items, double[] rows, float rate) {
        factors.step(gradient(dense, items, rows), accumulators, rate);
        factors.release();
    }

    @Override
    public float[] values() {
        return factors.array().data().asFloat();
    }

    @Override
    public void close() {
        factors.close();
        accumulators.close();
        gradient.close();
        weights.close();
        gram.close();
        if (weighted) {
            weightedFactors.close();
        }
    }
}
