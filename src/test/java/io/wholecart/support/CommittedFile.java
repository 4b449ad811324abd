package io.wholecart.support;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A file in the repository that is made from the code; {@code -Dwholecart.write-docs} makes it anew. */
public final class CommittedFile {

    private CommittedFile() {}

    /** Holds that the file says this. */
    public static void says(String file, String text) {
        Path path = Path.of(file);
        try {
            if (System.getProperty("wholecart.write-docs") != null) {
                Files.writeString(path, text);
            }
            assertThat(Files.exists(path) ? Files.readString(path) : "")
                    .as(
                            "%s differs from the code; -Dwholecart.write-docs on this test writes it anew, look at what changes",
                            file)
                    .isEqualTo(text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
