package io.wholecart.model;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.wholecart.platform.ExternalId;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StoredModelTest {

    private static final int ROWS = 100_000;
    private static final int MAX = Integer.MAX_VALUE;

    @ParameterizedTest(name = "{0} users, {1} items, {2} factors, {3} bytes")
    @CsvSource({
        "-1, 10, 4, 1000",
        "10, -1, 4, 1000",
        "10, 10, 0, 1000",
        "10, 10, 4, 319",
        "10, 10, 4, -1",
        "10, 10, 4, 1000000000",
        "0, 0, 4, 100000000",
        MAX + ", 10, 4, 1000",
        MAX + "," + MAX + "," + MAX + ", 1000",
        MAX + "," + MAX + "," + MAX + ", 9223372036854775807",
    })
    void numbersThatCannotBeThoseOfAModelAreRefused(int users, int items, int factors, long bytes) {
        StoredModel stored = stored(users, items, factors, bytes);
        assertThatThrownBy(stored::requireSound)
                .isInstanceOf(IOException.class)
                .hasMessageContaining("model version 7 is damaged");
    }

    /** Ids as long as they may be, of the characters that take the most room, and so many that no reserve hides them. */
    @Test
    void theLongestIdsFit() throws IOException {
        List<String> ids = IntStream.range(0, ROWS)
                .mapToObj(i -> "€".repeat(ExternalId.MAX_LENGTH - 6)
                        + "%06d".formatted(i).replace('0', '"'))
                .toList();
        ModelArtifact small = ModelArtifactTest.artifact(1, ROWS, 1);
        ModelArtifact artifact = new ModelArtifact(
                small.factors(), small.behaviors(), small.userIds(), ids, small.loss(), Map.of(), null);
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        artifact.write(file);
        assertThatCode(stored(1, ROWS, 1, file.size())::requireSound).doesNotThrowAnyException();
        assertThatCode(stored(0, 0, 1, 1000)::requireSound).doesNotThrowAnyException();
    }

    private static StoredModel stored(int users, int items, int factors, long bytes) {
        return new StoredModel(7, Instant.EPOCH, Instant.EPOCH, null, users, items, factors, bytes);
    }
}
