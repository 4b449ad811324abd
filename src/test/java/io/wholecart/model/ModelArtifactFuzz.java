package io.wholecart.model;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;

/**
 * Any bytes as a model's file; after a byte 0 its entries, with {@code --} on a line between them, which are packed here
 * so that the zip's checksums do not stop everything.
 */
public final class ModelArtifactFuzz {

    private static final String BETWEEN = "\n--\n";
    private static final List<String> ENTRIES =
            List.of("model.json", "userFactors.npy", "itemFactors.npy", "heads.npy", "itemWeights.npy");

    private ModelArtifactFuzz() {}

    public static void fuzzerTestOneInput(byte[] input) {
        byte[] file = input.length > 0 && input[0] == 0 ? packed(input) : input;
        ModelArtifact read;
        try {
            read = ModelArtifact.read(new ByteArrayInputStream(file), input.length);
        } catch (IOException e) {
            require(e.getMessage() != null && !e.getMessage().isBlank(), "refused without a word");
            return;
        }
        require(
                read.factors().users() == read.userIds().size()
                        && read.factors().items() == read.itemIds().size(),
                "sizes that do not fit");
        if (read.loss() != null) {
            byte[] written = bytes(read);
            try {
                byte[] again = bytes(ModelArtifact.read(new ByteArrayInputStream(written), written.length));
                require(entries(written).equals(entries(again)), "written and read it is another model");
            } catch (IOException e) {
                throw new AssertionError("what was read is not read again", e);
            }
        }
    }

    private static byte[] packed(byte[] input) {
        String[] parts = new String(input, 1, input.length - 1, StandardCharsets.ISO_8859_1).split(BETWEEN, -1);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(out)) {
            for (int i = 0; i < Math.min(parts.length, ENTRIES.size()); i++) {
                zip.putNextEntry(new ZipEntry(ENTRIES.get(i)));
                zip.write(parts[i].getBytes(StandardCharsets.ISO_8859_1));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }

    private static byte[] bytes(ModelArtifact artifact) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try {
            artifact.write(out);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }

    /** Without the times at which they were written. */
    private static List<String> entries(byte[] file) {
        List<String> entries = new ArrayList<>();
        try (ZipInputStream zip = new ZipInputStream(new ByteArrayInputStream(file))) {
            for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                entries.add(entry.getName());
                entries.add(new String(zip.readAllBytes(), StandardCharsets.ISO_8859_1));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return entries;
    }

    private static void require(boolean kept, String otherwise) {
        if (!kept) {
            throw new AssertionError(otherwise);
        }
    }
}
