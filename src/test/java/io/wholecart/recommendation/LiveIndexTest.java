package io.wholecart.recommendation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.wholecart.ehcf.EhcfModel;
import io.wholecart.model.ModelArtifact;
import java.time.Instant;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LiveIndexTest {

    private static final int ITEMS = 2_500;
    private static final int FACTORS = 9;

    private final Random random = new Random(4);
    private final EhcfModel model =
            new EhcfModel(FACTORS, gaussian(3), gaussian(ITEMS), new float[][] {gaussian(1), gaussian(1)});
    private final LiveIndex index = new LiveIndex(
            17,
            Instant.EPOCH,
            new ModelArtifact(
                    model,
                    List.of("view", "purchase"),
                    List.of("a", "b", "c"),
                    IntStream.range(0, ITEMS).mapToObj(v -> "i" + v).toList(),
                    IntStream.range(0, ITEMS).map(v -> v % 100).toArray(),
                    Map.of(),
                    null));

    private float[] gaussian(int rows) {
        float[] values = new float[rows * FACTORS];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    @Test
    void theBestAreThoseOfAFullSort() {
        BitSet excluded = new BitSet();
        IntStream.range(0, 400).forEach(i -> excluded.set(random.nextInt(ITEMS)));
        for (int user = 0; user < 3; user++) {
            for (int behavior = 0; behavior < 2; behavior++) {
                int u = user;
                int k = behavior;
                int[] sorted = IntStream.range(0, ITEMS)
                        .filter(v -> !excluded.get(v))
                        .boxed()
                        .sorted(Comparator.comparing((Integer v) -> -model.score(u, v, k)))
                        .limit(50)
                        .mapToInt(v -> v)
                        .toArray();
                TopN.Ranked best = index.best(user, behavior, excluded, 50);
                assertThat(best.rows()).isEqualTo(sorted);
                assertThat(best.scores()[7]).isCloseTo(model.score(user, sorted[7], behavior), within(1e-4f));
            }
        }
    }

    @Test
    void popularItemsComeByNumberOfUsers() {
        BitSet excluded = new BitSet();
        excluded.set(99);
        TopN.Ranked popular = index.popular(excluded, 3);
        assertThat(popular.rows()).containsExactly(199, 299, 399);
        assertThat(popular.scores()).containsExactly(99, 99, 99);
    }
}
