package io.wholecart.event;

import static org.assertj.core.api.Assertions.assertThat;

import io.wholecart.platform.InputError;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;

/** What fuzzing, its inputs made by hand and reading for it have found, each once more. */
class ImportFlawsTest {

    private static final ImportOptions SKIPPING = new ImportOptions(true, false);
    private static final String HEADER = "userId,itemId,behavior\n";

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static void member(ByteArrayOutputStream out, String text) throws IOException {
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(bytes(text));
        }
    }

    /** As {@code cat a.gz b.gz} makes it; the second was left out where the network was slow just then. */
    @Test
    void everyMemberOfAGzipIsReadHoweverItComes() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        member(out, HEADER + "u,i,view\n");
        member(out, "u,j,cart\n");
        member(out, "u,k,purchase\n");
        for (int seed = 0; seed < 50; seed++) {
            ImportOutcome outcome = ImportOutcome.of(new InPieces(out.toByteArray(), seed), SKIPPING);
            assertThat(outcome.events()).extracting(Event::itemId).containsExactly("i", "j", "k");
        }
    }

    @Test
    void aQuoteThatIsNeverClosedIsToldByTheLineItIsIn() {
        String csv = HEADER + "u,i,view\nu,\"j,cart\nu,k,cart\n";
        ImportOutcome outcome = ImportOutcome.of(new ByteArrayInputStream(bytes(csv)), SKIPPING);
        assertThat(outcome.errors()).extracting(InputError::line).containsExactly(3L);
        assertThat(outcome.refused()).contains("not well-formed CSV");
    }
}
