package io.wholecart.ehcf;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class ThreadBoundRandomTest {

    @Test
    void itsNumbersAreThoseOfRandom() {
        for (long seed : new long[] {0, 1, -7, Long.MAX_VALUE}) {
            Random random = new Random(seed);
            Random bound = new ThreadBoundRandom(seed);
            for (int i = 0; i < 1000; i++) {
                assertThat(bound.nextDouble()).isEqualTo(random.nextDouble());
                assertThat(bound.nextInt(i + 1)).isEqualTo(random.nextInt(i + 1));
                assertThat(bound.nextGaussian()).isEqualTo(random.nextGaussian());
                assertThat(bound.nextFloat()).isEqualTo(random.nextFloat());
            }
        }
    }
}
