package io.wholecart.ehcf;

import io.wholecart.interaction.SparseMatrix;
import java.util.Arrays;
import java.util.List;

/**
 * The normal equations of one user or item, solved by conjugate gradients from where it stood, preconditioned by their
 * diagonal. Their matrix is never built: it is multiplied with a vector as
 *
 * <pre>
 * N x + (1/ρ − 1) diag(N) x + ε x,   N = g · base + Σ_positives w z zᵀ,   z = h_k ∘ q_v
 * </pre>
 *
 * <p>Dropout makes the diagonal strong, so that a handful of steps is enough; each costs d² multiplications for the dense
 * part that all rows share, and 2d for each positive. One instance serves one thread.
 */
final class NormalEquations {

    /** Positives whose features are at hand at one time; those of longer rows are made again for every product. */
    private static final int CHUNK = 128;

    /** So many times d steps at most; d would be enough if numbers were exact. */
    private static final int STEPS = 4;

    private final Side side;
    private final Kernels kernels;
    private final int d;
    private final float[] features;
    private final float[] weights = new float[CHUNK];
    private final float[] scratch = new float[Kernels.SCRATCH];
    private final float[] x;
    private final float[] diagonal;
    private final float[] inverse;
    private final float[] residual;
    private final float[] conditioned;
    private final float[] direction;
    private final float[] product;

    private List<SparseMatrix> positives = List.of();
    private int row;
    private int behavior;
    private int positive;
    private int loaded;
    private boolean whole;

    /**
     * What the equations of all users, or of all items, have in common.
     *
     * @param d number of factors
     * @param others factors of the other side, row after row
     * @param heads h_k
     * @param base Σ_k λ_k c_k (h_k h_kᵀ) ∘ G of the other side, d × d
     * @param weights of the loss
     * @param relaxation ω: a row ends at its old factors plus ω times the way to the solution
     * @param reduction a residual that is this share of the first one is small enough; 0 to go on to {@code accuracy}
     * @param accuracy residual at which a row is solved, in the preconditioner's norm, as a share of the right side's
     * @param ofUsers whether the rows are users, so that the weights' items are the other side
     */
    record Side(
            int d,
            float[] others,
            float[][] heads,
            float[] base,
            LossWeights weights,
            float relaxation,
            float reduction,
            float accuracy,
            boolean ofUsers) {}

    /** Σ_k λ_k c_k (h_k h_kᵀ) ∘ G: what every row's normal matrix has in common. */
    static float[] base(float[] gram, float[][] heads, List<Hyperparameters.Weight> weights) {
        int d = heads[0].length;
        float[] base = new float[d * d];
        for (int k = 0; k < heads.length; k++) {
            float share = weights.get(k).lambda() * weights.get(k).negativeWeight();
            for (int i = 0; i < d; i++) {
                float scaled = share * heads[k][i];
                for (int j = 0; j < d; j++) {
                    base[i * d + j] += scaled * heads[k][j] * gram[i * d + j];
                }
            }
        }
        return base;
    }

    NormalEquations(Side side, Kernels kernels) {
        this.side = side;
        this.kernels = kernels;
        this.d = side.d;
        this.features = new float[CHUNK * d];
        this.x = new float[d];
        this.diagonal = new float[d];
        this.inverse = new float[d];
        this.residual = new float[d];
        this.conditioned = new float[d];
        this.direction = new float[d];
        this.product = new float[d];
    }

    /**
     * Solves for a row's factors, which stand in {@code factors} and are the start; zeros where it has no positive.
     *
     * @param others for each behavior the other side's rows by this side's
     */
    void solve(List<SparseMatrix> others, int solved, float[] factors) {
        positives = others;
        row = solved;
        int at = row * d;
        float scale = side.ofUsers ? 1 : side.weights.items()[row];
        if (!begin(scale)) {
            Arrays.fill(factors, at, at + d, 0);
            return;
        }
        System.arraycopy(factors, at, x, 0, d);
        iterate(scale);
        for (int f = 0; f < d; f++) {
            factors[at + f] += side.relaxation * (x[f] - factors[at + f]);
        }
    }

    /** Sums the right side into {@code residual} and makes the diagonal; false without positives. */
    private boolean begin(float scale) {
        Arrays.fill(residual, 0);
        for (int f = 0; f < d; f++) {
            diagonal[f] = scale * side.base[f * d + f];
        }
        rewind();
        int chunks = 0;
        while (load(true)) {
            chunks++;
        }
        whole = chunks == 1;
        float penalty = side.weights.dropoutPenalty();
        for (int f = 0; f < d; f++) {
            inverse[f] = 1 / (diagonal[f] * (1 + penalty) + Hyperparameters.RIDGE);
            diagonal[f] = penalty * diagonal[f] + Hyperparameters.RIDGE;
        }
        return chunks > 0;
    }

    private void iterate(float scale) {
        kernels.multiply(inverse, 0, residual, 0, conditioned, 0, d);
        float limit = side.accuracy * side.accuracy * kernels.dot(residual, 0, conditioned, 0, d);
        if (limit == 0) {
            // All of the row's behaviors have no share in the loss.
            Arrays.fill(x, 0);
            return;
        }
        times(scale, x);
        kernels.addScaled(-1, product, 0, residual, d);
        kernels.multiply(inverse, 0, residual, 0, conditioned, 0, d);
        System.arraycopy(conditioned, 0, direction, 0, d);
        float rest = kernels.dot(residual, 0, conditioned, 0, d);
        limit = Math.max(limit, side.reduction * side.reduction * rest);
        for (int step = 0; step < STEPS * d && rest > limit; step++) {
            times(scale, direction);
            float curvature = kernels.dot(direction, 0, product, 0, d);
            if (!(curvature > 0)) {
                return;
            }
            float length = rest / curvature;
            kernels.addScaled(length, direction, 0, x, d);
            kernels.addScaled(-length, product, 0, residual, d);
            kernels.multiply(inverse, 0, residual, 0, conditioned, 0, d);
            float next = kernels.dot(residual, 0, conditioned, 0, d);
            kernels.scaleAndAdd(next / rest, direction, conditioned, d);
            rest = next;
        }
    }

    /** product = the matrix times a vector. */
    private void times(float scale, float[] vector) {
        kernels.symmetricTimes(side.base, scale, vector, product, d);
        kernels.addProduct(diagonal, vector, product, d);
        if (whole) {
            kernels.addProjections(features, loaded, weights, vector, product, scratch, d);
            return;
        }
        rewind();
        while (load(false)) {
            kernels.addProjections(features, loaded, weights, vector, product, scratch, d);
        }
    }

    private void rewind() {
        behavior = 0;
        positive = positives.get(0).start(row);
    }

    /**
     * Makes the features of the next positives; rows of zeros fill up to a multiple of four.
     *
     * @param first whether they are also to be added to the right side and to the diagonal
     * @return false when there are no more
     */
    private boolean load(boolean first) {
        int count = 0;
        while (behavior < positives.size() && count < CHUNK) {
            SparseMatrix ones = positives.get(behavior);
            int some = Math.min(ones.end(row) - positive, CHUNK - count);
            kernels.multiplyRows(
                    side.heads[behavior], 0, side.others, ones.columns(), positive, some, features, count * d, d);
            for (int i = 0; i < some; i++) {
                weigh(count + i, ones.columns()[positive + i], first);
            }
            positive += some;
            count += some;
            if (positive == ones.end(row) && ++behavior < positives.size()) {
                positive = positives.get(behavior).start(row);
            }
        }
        if (count == 0) {
            return false;
        }
        for (loaded = count; loaded % 4 != 0; loaded++) {
            weights[loaded] = 0;
            Arrays.fill(features, loaded * d, (loaded + 1) * d, 0);
        }
        return true;
    }

    private void weigh(int place, int other, boolean first) {
        Hyperparameters.Weight weight = side.weights.behaviors().get(behavior);
        float negative = weight.negativeWeight() * side.weights.items()[side.ofUsers ? other : row];
        weights[place] = weight.lambda() * (1 - negative);
        if (first) {
            kernels.addScaled(weight.lambda(), features, place * d, residual, d);
            kernels.addSquares(weights[place], features, place * d, diagonal, d);
        }
    }
}
