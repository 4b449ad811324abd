package io.wholecart.reliability;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.io.IOException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What was made by hand for fuzzing and what fuzzing has kept, without the fuzzer. */
class FuzzInputsTest {

    @ParameterizedTest
    @EnumSource
    void noneBreaksAPromise(FuzzTarget target) throws IOException {
        assertThat(target.madeByHand()).isNotEmpty();
        target.madeByHand().forEach((name, input) -> hold(target, name, input));
        target.kept().forEach((name, input) -> hold(target, name, input));
    }

    private static void hold(FuzzTarget target, String name, byte[] input) {
        assertThatCode(() -> target.hold(input)).as("%s of %s", name, target).doesNotThrowAnyException();
    }
}
