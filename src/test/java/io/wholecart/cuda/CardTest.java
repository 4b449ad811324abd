package io.wholecart.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is looked at when a card is opened, and what a launch checks. */
class CardTest {

    @ParameterizedTest
    @CsvSource({
        "driver-version, 12040, 'the driver is for CUDA 12.4, 13.0 is wanted'",
        "capability, 70, 'stand-in on the processor has compute capability 70, the compiler knows only [75, 90]'"
    })
    void anUnsuitableCardIsKnownAtOnce(String name, int value, String message) throws IOException {
        Path setting = TestCard.settings().resolve(name);
        Files.writeString(setting, Integer.toString(value));
        try {
            assertThatExceptionOfType(CardException.class)
                    .isThrownBy(() -> Card.open(Long.MAX_VALUE).close())
                    .withMessage(message)
                    .matches(e -> e.reason() == CardException.Reason.UNSUITABLE);
        } finally {
            Files.delete(setting);
        }
    }

    /** A card that is newer than the compiler gets PTX, which its driver translates. */
    @ParameterizedTest
    @CsvSource({"75,sm_75", "86,compute_75", "90,sm_90", "120,compute_90"})
    void theTargetIsTheCardsOwnOrTheNewestBelow(int capability, String architecture) {
        Program.Target target = Program.Target.of("a card", capability, new int[] {75, 90});
        assertThat(target.option()).isEqualTo("--gpu-architecture=" + architecture);
    }

    @Test
    void ptxIsLoadedAsMachineCodeIs() throws IOException {
        Path setting = TestCard.settings().resolve("capability");
        Files.writeString(setting, "120");
        try (Card newer = Card.open(Long.MAX_VALUE)) {
            assertThat(newer.description()).contains("compute capability 12.0");
            assertThat(newer.program(8).kernel("draw_batch").sizes()).hasSize(10);
        } finally {
            Files.delete(setting);
        }
    }

    @Test
    void aWrongLaunchIsAFailureOfTheCard() {
        Card card = TestCard.shared();
        Program.Kernel kernel = card.program(8).kernel("dense_base");
        for (Object[] parameters :
                new Object[][] {{1, 2}, {1, 2L, Memory.NONE, Memory.NONE, Memory.NONE, Memory.NONE}}) {
            assertThatExceptionOfType(CardException.class)
                    .isThrownBy(() -> card.launch(kernel, 1, 1, 32, 0, parameters))
                    .withMessageContaining("dense_base")
                    .matches(e -> e.reason() == CardException.Reason.FAILURE);
        }
    }

    @ParameterizedTest
    @CsvSource({"17,4", "64,4", "65,8"})
    void aProgramHasTheTilesOfItsSize(int factors, int tile) {
        assertThat(TestCard.shared().program(factors).names())
                .contains("solve_rows_" + tile, "sum_parts_" + tile, "outer_sums_" + tile, "step_chain", "own_scores")
                .doesNotContain("solve_rows_" + (12 - tile));
    }

    @Test
    void aFailureStaysWhatIsToldWhereMemoryCannotBeGivenBack() {
        IllegalStateException failure = new IllegalStateException("why");
        try (Card card = TestCard.open(1_000)) {
            Allocations memory = new Allocations(card);
            card.free(memory.bytes(64));
            memory.giveUp(failure);
        }
        assertThat(failure.getSuppressed())
                .hasOnlyElementsOfType(CardException.class)
                .hasSize(1);
    }
}
