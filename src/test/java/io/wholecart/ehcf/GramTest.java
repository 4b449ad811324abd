package io.wholecart.ehcf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GramTest {

    @ParameterizedTest
    @CsvSource({"1,1,false", "1000,7,true", "70000,16,false", "3000,64,true"})
    void isTheSumOfOuterProducts(int rows, int d, boolean weighted) {
        Random random = new Random(rows);
        float[] x = new float[rows * d];
        float[] weights = new float[rows];
        double[] expected = new double[d * d];
        for (int r = 0; r < rows; r++) {
            weights[r] = weighted ? random.nextFloat() : 1;
            for (int i = 0; i < d; i++) {
                x[r * d + i] = (float) random.nextGaussian();
            }
            for (int i = 0; i < d; i++) {
                for (int j = 0; j < d; j++) {
                    expected[i * d + j] += (double) weights[r] * x[r * d + i] * x[r * d + j];
                }
            }
        }
        try (Workers workers = new Workers(3, SilentListener.INSTANCE)) {
            float[] gram = Gram.of(x, d, weighted ? weights : null, Kernels.best(), workers);
            for (int i = 0; i < gram.length; i++) {
                assertThat((double) gram[i]).isCloseTo(expected[i], within(1e-6 * rows + 1e-6));
            }
        }
    }
}
