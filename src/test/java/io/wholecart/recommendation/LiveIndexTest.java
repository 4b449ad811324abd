package io.wholecart.recommendation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.doAnswer;
import static org.mockito.Mockito.mock;

import io.wholecart.catalog.Catalog;
import io.wholecart.ehcf.EhcfModel;
import io.wholecart.ehcf.Hyperparameters;
import io.wholecart.ehcf.LossWeights;
import io.wholecart.model.ModelArtifact;
import java.time.Instant;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.IntPredicate;
import java.util.function.IntToDoubleFunction;
import java.util.function.ObjIntConsumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LiveIndexTest {

    private static final int ITEMS = 2_500;
    private static final int FACTORS = 9;

    private final Random random = new Random(4);

    private float[] gaussian(int rows, int decimals) {
        float[] values = new float[rows * FACTORS];
        double scale = Math.pow(10, decimals);
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (Math.rint(random.nextGaussian() * scale) / scale);
        }
        return values;
    }

    private static LiveIndex index(EhcfModel model, int bytesAbove) {
        List<String> ids =
                IntStream.range(0, model.items()).mapToObj(v -> "i" + v).toList();
        Catalog catalog = mock(Catalog.class);
        doAnswer(call -> {
                    ObjIntConsumer<String> visitor = call.getArgument(0);
                    for (int v = 0; v < model.items(); v++) {
                        visitor.accept("i" + v, 2 * v + 1);
                    }
                    return null;
                })
                .when(catalog)
                .forEachNumber(any());
        return new LiveIndex(
                17,
                Instant.EPOCH,
                new ModelArtifact(
                        model,
                        List.of("view", "purchase"),
                        List.of("a", "b", "c"),
                        ids,
                        new LossWeights(
                                0.7f,
                                List.of(new Hyperparameters.Weight(0.4f, 0.1f), new Hyperparameters.Weight(0.6f, 0.1f)),
                                new float[model.items()]),
                        Map.of(),
                        null),
                catalog,
                bytesAbove);
    }

    private static int[] sorted(int items, IntPredicate allowed, IntToDoubleFunction score, int n) {
        return IntStream.range(0, items)
                .filter(allowed)
                .boxed()
                .sorted(Comparator.comparing((Integer v) -> -score.applyAsDouble(v)))
                .limit(n)
                .mapToInt(v -> v)
                .toArray();
    }

    /** With vectors of few different numbers, so that many scores are equal: of those the lower row comes first. */
    @ParameterizedTest
    @CsvSource({
        "8,50,9999",
        "0,50,9999",
        "0,1,9999",
        "0,2500,9999",
        "8,3000,9999",
        "8,50,0",
        "0,50,0",
        "0,1,0",
        "8,3000,0"
    })
    void theBestAreThoseOfAFullSort(int decimals, int n, int bytesAbove) {
        EhcfModel model = new EhcfModel(FACTORS, gaussian(3, decimals), gaussian(ITEMS, decimals), new float[][] {
            gaussian(1, decimals), gaussian(1, decimals)
        });
        LiveIndex index = index(model, bytesAbove);
        BitSet excluded = new BitSet();
        IntStream.range(0, 400).forEach(i -> excluded.set(random.nextInt(ITEMS)));
        IntPredicate allowed = row -> !excluded.get(row);
        for (int user = 0; user < 3; user++) {
            for (int behavior = 0; behavior < 2; behavior++) {
                int u = user;
                int k = behavior;
                int[] sorted = sorted(ITEMS, allowed, v -> model.score(u, v, k), n);
                TopN.Ranked best = index.best(index.userFactors(user), behavior, allowed, n);
                if (decimals == 0) {
                    // Whole numbers: scores are exact, whatever the order of their sums.
                    assertThat(best.rows()).isEqualTo(sorted);
                }
                assertThat(best.rows()).hasSameSizeAs(sorted);
                for (int i = 0; i < sorted.length; i++) {
                    assertThat(best.scores()[i]).isCloseTo(model.score(user, sorted[i], behavior), within(1e-4f));
                }
            }
        }
    }

    /** Vectors of very different lengths, as a model has them: most blocks need not be looked at. */
    @ParameterizedTest
    @ValueSource(ints = {0, 9999})
    void shortVectorsAreLeftOutRightly(int bytesAbove) {
        float[] items = gaussian(ITEMS, 8);
        for (int i = 0; i < items.length; i++) {
            items[i] *= 1f / (1 + i / FACTORS % 97);
        }
        EhcfModel model = new EhcfModel(FACTORS, gaussian(3, 8), items, new float[][] {gaussian(1, 8), gaussian(1, 8)});
        LiveIndex index = index(model, bytesAbove);
        int[] sorted = sorted(ITEMS, row -> true, v -> model.score(1, v, 1), 20);
        assertThat(index.best(index.userFactors(1), 1, row -> true, 20).rows()).isEqualTo(sorted);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 9999})
    void similarItemsComeByTheirCosineUnderTheTargetsHead(int bytesAbove) {
        float[] items = gaussian(ITEMS, 8);
        Arrays.fill(items, 5 * FACTORS, 6 * FACTORS, 0);
        EhcfModel model = new EhcfModel(FACTORS, gaussian(3, 8), items, new float[][] {gaussian(1, 8), gaussian(1, 8)});
        LiveIndex index = index(model, bytesAbove);
        IntToDoubleFunction cosine = v -> {
            double product = 0;
            double own = 0;
            double other = 0;
            for (int f = 0; f < FACTORS; f++) {
                double a = model.heads()[1][f] * items[7 * FACTORS + f];
                double b = model.heads()[1][f] * items[v * FACTORS + f];
                product += a * b;
                own += a * a;
                other += b * b;
            }
            return product / Math.sqrt(own * other);
        };
        IntPredicate allowed = row -> row % 3 != 0;
        TopN.Ranked similar = index.similar(7, allowed, 30);
        assertThat(similar.rows())
                .isEqualTo(sorted(ITEMS, row -> allowed.test(row) && row != 7 && row != 5, cosine, 30));
        assertThat((double) similar.scores()[0]).isCloseTo(cosine.applyAsDouble(similar.rows()[0]), within(1e-5));
        assertThat(index.similar(7, row -> true, ITEMS).rows())
                .hasSize(ITEMS - 2)
                .doesNotContain(5, 7);
        assertThat(index.similar(5, row -> true, 10).rows())
                .as("nothing is known of it")
                .isEmpty();
    }

    @Test
    void numbersOfTheCatalogLeadToRowsAndBack() {
        LiveIndex index = index(
                new EhcfModel(FACTORS, gaussian(3, 8), gaussian(20, 8), new float[][] {gaussian(1, 8), gaussian(1, 8)}),
                9999);
        assertThat(index.number(4)).isEqualTo(9);
        assertThat(index.rowOfNumber(9)).isEqualTo(4);
        assertThat(index.rowOfNumber(10)).isEqualTo(-1);
        assertThat(index.rowOfNumber(1_000)).isEqualTo(-1);
    }
}
