package io.wholecart.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class MetricTest {

    /** 400 users, 100 of them with a new item; a quarter of all and half of the new ones in the first ten. */
    private static Evaluation evaluation() {
        int[] ranks = IntStream.range(0, 400).map(i -> i % 4 == 0 ? 3 : 5_000).toArray();
        int[] fresh = IntStream.range(0, 400)
                .map(i -> i >= 100 ? -1 : i % 2 == 0 ? 3 : 5_000)
                .toArray();
        return Evaluation.of(ranks, fresh, new int[400]);
    }

    @Test
    void theStandardErrorIsThatOfTheUsersBehindTheFigure() {
        double all = Math.sqrt(0.25 * 0.75 / 400);
        double ofNew = Math.sqrt(0.5 * 0.5 / 100);
        assertThat(Metric.parse("hitRatio@10").standardError(evaluation())).isCloseTo(all, within(1e-12));
        assertThat(Metric.parse("newNdcg@10").standardError(evaluation())).isCloseTo(ofNew, within(1e-12));
        assertThat(Metric.parse("meanHitRatio@10").standardError(evaluation()))
                .isCloseTo((all + ofNew) / 2, within(1e-12));
    }
}
