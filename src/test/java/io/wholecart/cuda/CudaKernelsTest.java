package io.wholecart.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Kernels one by one against plain sums in doubles. */
class CudaKernelsTest {

    private Card card;

    @BeforeEach
    void open() {
        card = TestCard.shared();
    }

    static float[] random(long seed, int count) {
        Random random = new Random(seed);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    @ParameterizedTest
    @CsvSource({"1,5", "8,300", "17,1000", "64,700", "100,400", "256,150"})
    void gramMatricesAreTheSumsOfOuterProducts(int d, int rows) {
        float[] x = random(d, rows * d);
        float[] g = random(7, rows);
        double[] gram = new double[d * d + d];
        float[] floats = new float[d * d];
        try (Allocations memory = new Allocations(card)) {
            SymmetricSums sums = new SymmetricSums(card, memory, d, 1);
            Memory to = memory.doubles((long) d * d + d);
            Memory toFloats = memory.words((long) d * d);
            sums.of(SymmetricSums.Terms.rows(memory.of(x), memory.of(g), rows), to, toFloats);
            card.read(to, gram);
            card.read(toFloats, floats);
        }
        for (int i = 0; i < d; i++) {
            double sum = 0;
            for (int row = 0; row < rows; row++) {
                sum += x[row * d + i];
            }
            assertThat(gram[d * d + i]).isCloseTo(sum, within(1e-4 * rows));
            for (int j = 0; j < d; j++) {
                double product = 0;
                for (int row = 0; row < rows; row++) {
                    product += (double) g[row] * x[row * d + i] * x[row * d + j];
                }
                assertThat(gram[i * d + j]).as(i + ", " + j).isCloseTo(product, within(1e-4 * Math.sqrt(rows)));
                assertThat(floats[i * d + j]).isEqualTo((float) gram[i * d + j]);
            }
        }
    }

    /** More vectors than are summed in floats at a time, so that a block's sums go on in doubles. */
    @ParameterizedTest
    @CsvSource({"4,60000", "68,30000"})
    void longSumsGoOn(int d, int rows) {
        float[] x = random(d, rows * d);
        double[] gram = new double[d * d + d];
        double[] twice = new double[d * d + d];
        try (Allocations memory = new Allocations(card)) {
            SymmetricSums sums = new SymmetricSums(card, memory, d, 2);
            Memory to = memory.doubles((long) d * d + d);
            SymmetricSums.Terms terms = SymmetricSums.Terms.rows(memory.of(x), null, rows);
            sums.of(terms, to, null);
            card.read(to, gram);
            sums.begin(1, terms.x());
            sums.add(1, terms, true);
            sums.add(1, terms, true);
            sums.total(1, to);
            card.read(to, twice);
        }
        for (int i = 0; i < d * d; i += d + 1) {
            double square = 0;
            for (int row = 0; row < rows; row++) {
                square += (double) x[row * d + i / d] * x[row * d + i / d];
            }
            assertThat(gram[i]).isCloseTo(square, within(1e-5 * square));
            assertThat(twice[i]).isCloseTo(2 * square, within(2e-5 * square));
        }
    }

    @ParameterizedTest
    @CsvSource({"0.3,16", "0.5,7", "1,8"})
    void dropoutKeepsAsManyAsItShould(float keep, int d) {
        int users = 2000;
        float[] p = new float[users * d];
        Arrays.fill(p, 3);
        int[] order = new int[users];
        for (int u = 0; u < users; u++) {
            order[u] = users - 1 - u;
        }
        float[] first = drawn(keep, d, p, order, 0);
        float[] again = drawn(keep, d, p, order, 0);
        float[] next = drawn(keep, d, p, order, 1);
        assertThat(again).isEqualTo(first);
        double kept = 0;
        double both = 0;
        for (int i = 0; i < first.length; i++) {
            assertThat(first[i]).isIn(0f, 3 * (1 / keep));
            kept += first[i] > 0 ? 1 : 0;
            both += first[i] > 0 && next[i] > 0 ? 1 : 0;
        }
        assertThat(kept / first.length).isCloseTo(keep, within(0.02));
        assertThat(both / first.length).isCloseTo(keep * keep, within(0.02));
    }

    private float[] drawn(float keep, int d, float[] p, int[] order, int step) {
        try (Allocations memory = new Allocations(card)) {
            float[] x = new float[order.length * d];
            Memory to = memory.words(x.length);
            card.launch(
                    card.program(d).kernel("draw_batch"),
                    (x.length / 4 + 256) / 256,
                    1,
                    256,
                    0,
                    d,
                    memory.of(order),
                    order.length,
                    order.length,
                    memory.of(new int[] {0, step}),
                    keep,
                    42L,
                    memory.of(p),
                    to,
                    memory.words(x.length));
            card.read(to, x);
            return x;
        }
    }
}
