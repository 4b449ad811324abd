package io.wholecart.ehcf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.factory.Nd4j;

/** Also proves that ND4J loads its native library among Spring Boot's versions of what both use. */
class GramTest {

    @ParameterizedTest
    @CsvSource({"1,1", "1000,7", "70000,16"})
    void isTheSumOfOuterProducts(int rows, int d) {
        Random random = new Random(rows);
        float[] x = new float[rows * d];
        double[] expected = new double[d * d];
        for (int r = 0; r < rows; r++) {
            for (int i = 0; i < d; i++) {
                x[r * d + i] = (float) random.nextGaussian();
            }
            for (int i = 0; i < d; i++) {
                for (int j = 0; j < d; j++) {
                    expected[i * d + j] += (double) x[r * d + i] * x[r * d + j];
                }
            }
        }
        float[] gram = Gram.of(x, d);
        assertThat(Nd4j.getBackend().getClass().getSimpleName()).isEqualTo("CpuBackend");
        for (int i = 0; i < gram.length; i++) {
            assertThat((double) gram[i]).isCloseTo(expected[i], within(2e-4 * rows));
        }
    }
}
