package io.wholecart.recommendation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Comparator;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TopNTest {

    @Test
    void isTheBeginningOfAFullSortAlsoWithTies() {
        Random random = new Random(1);
        for (int round = 0; round < 500; round++) {
            int count = random.nextInt(200);
            int n = 1 + random.nextInt(60);
            float[] scores = new float[count];
            for (int i = 0; i < count; i++) {
                scores[i] = random.nextInt(12) - 6;
            }
            TopN top = new TopN(n);
            for (int i = 0; i < count; i++) {
                top.offer(i, scores[i]);
            }
            int[] sorted = IntStream.range(0, count)
                    .boxed()
                    .sorted(Comparator.comparing((Integer i) -> -scores[i]).thenComparing(i -> i))
                    .limit(n)
                    .mapToInt(i -> i)
                    .toArray();
            TopN.Ranked ranked = top.drain();
            assertThat(ranked.rows()).isEqualTo(sorted);
            for (int i = 0; i < sorted.length; i++) {
                assertThat(ranked.scores()[i]).isEqualTo(scores[sorted[i]]);
            }
        }
    }
}
