package io.wholecart.ehcf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The plain loops, and the Vector API's where it is there, against sums in doubles, for lengths that fill no vector too. */
class KernelsTest {

    private static final int AT = 5;

    private final Random random = new Random(12);

    static Stream<Arguments> kernelsAndLengths() {
        return Stream.of(new PlainKernels(), Kernels.best())
                .flatMap(kernels -> IntStream.of(
                                1, 2, 3, 7, 8, 12, 15, 16, 17, 31, 32, 33, 47, 64, 65, 100, 128, 130, 512)
                        .mapToObj(d -> Arguments.of(kernels, d)));
    }

    @Test
    void theKindIsWhatTheJvmWasStartedFor() {
        assertThat(Kernels.best().getClass().getSimpleName()).isEqualTo(System.getProperty("wholecart.kernels"));
    }

    private float[] floats(int length) {
        float[] values = new float[length];
        for (int i = 0; i < length; i++) {
            values[i] = random.nextFloat() * 2 - 1;
        }
        return values;
    }

    private float[] symmetric(int d) {
        float[] matrix = floats(d * d);
        for (int i = 0; i < d; i++) {
            for (int j = 0; j < i; j++) {
                matrix[i * d + j] = matrix[j * d + i];
            }
        }
        return matrix;
    }

    private static void assertClose(float[] actual, int from, int d, IntToDoubleFunction expected) {
        for (int f = 0; f < d; f++) {
            assertThat((double) actual[from + f]).isCloseTo(expected.applyAsDouble(f), within(1e-4));
        }
    }

    @ParameterizedTest
    @MethodSource("kernelsAndLengths")
    void vectors(Kernels kernels, int d) {
        float[] a = floats(AT + d);
        float[] b = floats(AT + 1 + d);
        double dot = IntStream.range(0, d)
                .mapToDouble(f -> (double) a[AT + f] * b[AT + 1 + f])
                .sum();
        assertThat((double) kernels.dot(a, AT, b, AT + 1, d)).isCloseTo(dot, within(1e-4));
        float[] product = floats(AT + d + 1);
        float beyond = product[AT + d];
        kernels.multiply(a, AT, b, AT + 1, product, AT, d);
        assertClose(product, AT, d, f -> a[AT + f] * b[AT + 1 + f]);
        assertThat(product[AT + d]).as("nothing beyond the vector").isEqualTo(beyond);
        float[] to = floats(d);
        float[] before = to.clone();
        kernels.addProduct(a, b, to, d);
        assertClose(to, 0, d, f -> before[f] + a[f] * b[f]);
        float[] second = to.clone();
        kernels.addScaled(0.7f, a, AT, to, d);
        assertClose(to, 0, d, f -> second[f] + 0.7f * a[AT + f]);
        float[] third = to.clone();
        kernels.addSquares(-0.3f, a, AT, to, d);
        assertClose(to, 0, d, f -> third[f] - 0.3f * a[AT + f] * a[AT + f]);
        float[] fourth = to.clone();
        kernels.scaleAndAdd(0.4f, to, b, d);
        assertClose(to, 0, d, f -> b[f] + 0.4f * fourth[f]);
    }

    @ParameterizedTest
    @MethodSource("kernelsAndLengths")
    void symmetricTimes(Kernels kernels, int d) {
        float[] matrix = symmetric(d);
        float[] x = floats(d);
        float[] to = floats(d);
        kernels.symmetricTimes(matrix, 0.6f, x, to, d);
        assertClose(
                to,
                0,
                d,
                f -> 0.6
                        * IntStream.range(0, d)
                                .mapToDouble(j -> (double) matrix[f * d + j] * x[j])
                                .sum());
    }

    @ParameterizedTest
    @MethodSource("kernelsAndLengths")
    void addProjections(Kernels kernels, int d) {
        float[] z = floats(12 * d);
        float[] weights = floats(12);
        float[] x = floats(d);
        float[] to = floats(d);
        float[] before = to.clone();
        kernels.addProjections(z, 8, weights, x, to, new float[Kernels.SCRATCH], d);
        double[] scores = IntStream.range(0, 8)
                .mapToDouble(r -> IntStream.range(0, d)
                        .mapToDouble(f -> (double) z[r * d + f] * x[f])
                        .sum())
                .toArray();
        for (int f = 0; f < d; f++) {
            int at = f;
            double expected = before[f]
                    + IntStream.range(0, 8)
                            .mapToDouble(r -> weights[r] * scores[r] * z[r * d + at])
                            .sum();
            assertThat((double) to[f]).isCloseTo(expected, within(1e-4 * (1 + Math.abs(expected)) * Math.sqrt(d)));
        }
    }

    @ParameterizedTest
    @MethodSource("kernelsAndLengths")
    void addOuterProducts(Kernels kernels, int d) {
        float[] a = floats(9 * d);
        float[] b = floats(9 * d);
        float[] to = floats(d * d);
        float[] before = to.clone();
        kernels.addOuterProducts(a, b, d, 7, to, d);
        for (int i = 0; i < d; i++) {
            for (int j = i; j < d; j++) {
                double expected = before[i * d + j];
                for (int r = 0; r < 7; r++) {
                    expected += (double) a[(1 + r) * d + i] * b[(1 + r) * d + j];
                }
                assertThat((double) to[i * d + j]).isCloseTo(expected, within(1e-4));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("kernelsAndLengths")
    void rowsTimes(Kernels kernels, int d) {
        float[] matrix = symmetric(d);
        float[] x = floats(8 * d);
        float[] to = new float[7 * d];
        kernels.rowsTimes(x, d, 7, matrix, to, d);
        for (int r = 0; r < 7; r++) {
            int row = r;
            assertClose(
                    to,
                    r * d,
                    d,
                    f -> IntStream.range(0, d)
                            .mapToDouble(j -> (double) matrix[f * d + j] * x[(1 + row) * d + j])
                            .sum());
        }
    }

    @ParameterizedTest
    @MethodSource("kernelsAndLengths")
    void adagrad(Kernels kernels, int count) {
        float[] x = floats(AT + count);
        float[] gradient = floats(count);
        float[] squares = new float[AT + count];
        Arrays.fill(squares, 0.25f);
        float[] before = x.clone();
        kernels.adagrad(x, squares, AT, gradient, 0.1f, count);
        assertClose(squares, AT, count, i -> 0.25 + gradient[i] * gradient[i]);
        assertClose(x, AT, count, i -> before[AT + i] - 0.1 * gradient[i] / Math.sqrt(squares[AT + i]));
    }

    /** The same item in another panel has the same score, and none is counted but the higher ones. */
    @ParameterizedTest
    @MethodSource("kernelsAndLengths")
    void countHigher(Kernels kernels, int d) {
        int size = Kernels.PANEL * d;
        float[] panels = floats(3 * size);
        System.arraycopy(panels, 0, panels, 2 * size, size);
        float[] queries = floats(Kernels.QUERIES * d);
        float[] first = new float[Kernels.QUERIES * Kernels.PANEL];
        float[] second = first.clone();
        kernels.scores(panels, 0, queries, first, d);
        kernels.scores(panels, size, queries, second, d);
        float[] than = new float[Kernels.QUERIES];
        int[] expected = new int[Kernels.QUERIES];
        for (int q = 0; q < Kernels.QUERIES; q++) {
            int at = q * Kernels.PANEL;
            than[q] = first[at + 5];
            for (int v = at; v < at + Kernels.PANEL; v++) {
                expected[q] += (second[v] > than[q] ? 1 : 0) + (first[v] > than[q] ? 1 : 0);
            }
            int query = q;
            assertThat((double) than[q])
                    .isCloseTo(
                            IntStream.range(0, d)
                                    .mapToDouble(f -> (double) queries[query * d + f] * panels[f * Kernels.PANEL + 5])
                                    .sum(),
                            within(1e-4));
        }
        int[] counts = new int[Kernels.QUERIES];
        kernels.countHigher(panels, 1, 3, queries, than, counts, d);
        assertThat(counts).isEqualTo(expected);
    }

    @ParameterizedTest
    @MethodSource("kernelsAndLengths")
    void scan(Kernels kernels, int d) {
        int all = 7;
        float[] panels = floats(all * Kernels.PANEL * d);
        float[] query = floats(d);
        for (int from : new int[] {0, 1, 6}) {
            int count = (all - from) * Kernels.PANEL;
            float[] scores = new float[count];
            kernels.scan(panels, from, all, query, scores, d);
            int first = from * Kernels.PANEL;
            assertClose(scores, 0, count, i -> sum(d, f -> query[f] * panels[place(first + i, f, d)]));
        }
    }

    @ParameterizedTest
    @MethodSource("kernelsAndLengths")
    void reach(Kernels kernels, int d) {
        int all = 5;
        byte[] panels = new byte[all * Kernels.BYTE_PANEL * d];
        random.nextBytes(panels);
        short[] query = new short[d];
        for (int f = 0; f < d; f++) {
            // 4 · 128 · 64 is what 16 bits hold.
            query[f] = (short) (f < 64 ? random.nextInt(7) - 3 : 0);
        }
        short[] sums = new short[Kernels.BYTE_PANEL];
        for (int from : new int[] {0, 1, 4}) {
            for (int threshold : new int[] {Short.MIN_VALUE, 0, 500, Short.MAX_VALUE}) {
                int[] found = new int[(all - from) * Kernels.BYTE_PANEL];
                int count = kernels.reach(panels, from, all, query, (short) threshold, sums, found, d);
                int first = from * Kernels.BYTE_PANEL;
                int[] expected = IntStream.range(0, found.length)
                        .filter(i -> sum(d, f -> query[f] * panels[bytePlace(first + i, f, d)]) >= threshold)
                        .toArray();
                assertThat(Arrays.copyOf(found, count)).isEqualTo(expected);
            }
        }
    }

    private static int bytePlace(int item, int f, int d) {
        return (item / Kernels.BYTE_PANEL * d + f) * Kernels.BYTE_PANEL + item % Kernels.BYTE_PANEL;
    }

    private static int place(int item, int f, int d) {
        return (item / Kernels.PANEL * d + f) * Kernels.PANEL + item % Kernels.PANEL;
    }

    private static double sum(int d, IntToDoubleFunction term) {
        return IntStream.range(0, d).mapToDouble(term).sum();
    }

    /** No item with a high score is missed, and few others are found. */
    @ParameterizedTest
    @MethodSource("kernelsAndLengths")
    void bytesFindHighScores(Kernels kernels, int d) {
        int items = 1_000;
        float[] factors = floats(items * d);
        for (int v = 0; v < items; v++) {
            int at = v * d;
            float length = (float) Math.sqrt(sum(d, f -> (double) factors[at + f] * factors[at + f]));
            for (int f = at; f < at + d; f++) {
                factors[f] *= v == 5 ? 0 : 3 / length;
            }
        }
        int[] order = IntStream.range(0, items).map(i -> items - 1 - i).toArray();
        float[] query = floats(d);
        double length = Math.sqrt(sum(d, f -> (double) query[f] * query[f]));
        double[] exact = new double[items];
        for (int place = 0; place < items; place++) {
            int at = order[place] * d;
            exact[place] = sum(d, f -> (double) query[f] * factors[at + f]);
        }
        ItemBounds.Pass pass = new BytePanels(factors, d, order, kernels).pass(query);
        int[] places = new int[8 * ItemBounds.STEP];
        float[] scores = new float[places.length];
        // Where a vector is no longer than a few of its factors, these are what its bytes must hold.
        double slack = 3 * length * (d < 16 ? 1 : 0.01 + 0.01 * Math.sqrt(d));
        for (double share : new double[] {-1, 0.2, 0.5, 0.9, 1.1}) {
            double threshold = share * Arrays.stream(exact).max().orElseThrow();
            int count = pass.find(0, items, (float) threshold, places, scores);
            List<Integer> found = Arrays.stream(places, 0, count).boxed().toList();
            for (int place = 0; place < items; place++) {
                assertThat(found.contains(place) || exact[place] < threshold + 1e-5)
                        .isTrue();
            }
            for (int i = 0; i < count; i++) {
                assertThat((double) scores[i]).isCloseTo(exact[places[i]], within(1e-4));
                assertThat(threshold <= 0 || scores[i] > threshold - slack).isTrue();
            }
        }
    }
}
