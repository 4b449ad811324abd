package io.wholecart.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.wholecart.ehcf.EhcfModel;
import io.wholecart.ehcf.Hyperparameters;
import io.wholecart.ehcf.LossWeights;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;

class ModelArtifactTest {

    static ModelArtifact artifact(int users, int items, int factors) {
        Random random = new Random(users);
        float[] p = new float[users * factors];
        float[] q = new float[items * factors];
        float[][] heads = new float[2][factors];
        float[] weights = new float[items];
        for (float[] values : List.of(p, q, heads[0], heads[1], weights)) {
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) random.nextGaussian();
            }
        }
        return new ModelArtifact(
                new EhcfModel(factors, p, q, heads),
                List.of("view", "purchase"),
                random.ints(users).mapToObj(i -> "u" + i).toList(),
                random.ints(items).mapToObj(i -> "ü\"\n" + i).toList(),
                new LossWeights(
                        0.7f,
                        List.of(new Hyperparameters.Weight(0.3f, 0.01f), new Hyperparameters.Weight(0.7f, 0.02f)),
                        weights),
                Map.of("factors", factors),
                null);
    }

    private static ModelArtifact read(byte[] file) throws IOException {
        return ModelArtifact.read(new ByteArrayInputStream(file), file.length);
    }

    private static byte[] bytes(ModelArtifact artifact) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        artifact.write(out);
        return out.toByteArray();
    }

    @Test
    void whatIsWrittenIsRead() throws IOException {
        ModelArtifact written = artifact(1000, 321, 33);
        ModelArtifact read = read(bytes(written));
        assertThat(read).usingRecursiveComparison().isEqualTo(written);
    }

    @Test
    void theArraysAreNumPyFiles() throws IOException {
        Map<String, byte[]> entries = new HashMap<>();
        try (ZipInputStream zip = new ZipInputStream(new ByteArrayInputStream(bytes(artifact(3, 5, 2))))) {
            for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                entries.put(entry.getName(), zip.readAllBytes());
            }
        }
        assertThat(entries)
                .containsOnlyKeys("model.json", "userFactors.npy", "itemFactors.npy", "heads.npy", "itemWeights.npy");
        byte[] items = entries.get("itemFactors.npy");
        String header = new String(items, 10, 118, StandardCharsets.US_ASCII);
        assertThat(items)
                .startsWith(0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, 118, 0)
                .hasSize(128 + 5 * 2 * 4);
        assertThat(header.strip()).isEqualTo("{'descr': '<f4', 'fortran_order': False, 'shape': (5, 2), }");
    }

    /** Version 1 told no weights of the loss; its models are served without folding in. */
    @Test
    void theFormatBeforeIsStillRead() throws IOException {
        ModelArtifact written = artifact(7, 5, 3);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (ZipInputStream zip = new ZipInputStream(new ByteArrayInputStream(bytes(written)));
                ZipOutputStream old = new ZipOutputStream(out)) {
            for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                byte[] content = zip.readAllBytes();
                if (entry.getName().equals("model.json")) {
                    String json = new String(content, StandardCharsets.UTF_8);
                    String without = json.replaceFirst("\"loss\":\\{.*?\\]\\},", "");
                    assertThat(without).doesNotContain("loss").contains("\"format\":2");
                    content = without.replace("\"format\":2", "\"format\":1").getBytes(StandardCharsets.UTF_8);
                }
                old.putNextEntry(new ZipEntry(
                        entry.getName().equals("itemWeights.npy") ? "itemPopularity.npy" : entry.getName()));
                old.write(content);
            }
        }
        ModelArtifact read = read(out.toByteArray());
        assertThat(read.loss()).isNull();
        assertThat(read.factors()).usingRecursiveComparison().isEqualTo(written.factors());
    }

    @Test
    void aCutOrAlteredFileIsRefused() throws IOException {
        byte[] whole = bytes(artifact(40, 30, 8));
        for (int length : new int[] {0, 10, 200, whole.length / 2, whole.length - 800}) {
            byte[] cut = Arrays.copyOf(whole, length);
            assertThatThrownBy(() -> read(cut)).isInstanceOf(IOException.class);
        }
        byte[] altered = whole.clone();
        altered[whole.length / 2] ^= 1;
        assertThatThrownBy(() -> read(altered)).isInstanceOf(IOException.class);
    }

    /** Also where the zip's own checksums say nothing: names, lengths, times. */
    @Test
    void anyAlteredBitEndsInAnIoExceptionOrChangesNothing() throws IOException {
        ModelArtifact written = artifact(2, 3, 2);
        byte[] whole = bytes(written);
        for (int bit = 0; bit < 8 * whole.length; bit++) {
            byte[] altered = whole.clone();
            altered[bit / 8] ^= (byte) (1 << bit % 8);
            try {
                assertThat(bytes(read(altered))).hasSameSizeAs(whole);
            } catch (IOException e) {
                assertThat(e).as("bit %d", bit).hasMessageMatching("(?s).+");
            }
        }
    }

    /** What no checksum stops: whoever wrote it got them right. */
    @Test
    void aFileThatTellsNonsenseIsRefusedBeforeItTakesMemory() throws IOException {
        String behaviors = "\"behaviors\":[\"view\",\"purchase\"]";
        String weights = "\"keep\":0.7,\"behaviors\":[";
        for (Map<String, String> nonsense : List.of(
                Map.of("\"factors\":2", "\"factors\":0"),
                Map.of("\"factors\":2", "\"factors\":-2"),
                Map.of(behaviors, "\"behaviors\":null"),
                Map.of(behaviors, "\"behaviors\":[null,null]"),
                Map.of(weights, weights + "{\"lambda\":0,\"negativeWeight\":1},"),
                Map.of("(2, 2)", "(2, 333333333333)"),
                Map.of("\"factors\":2", "\"factors\":900000000", "(2, 2)", "(2, 900000000)"),
                Map.of("\"factors\":2", "\"factors\":2000000000", "(2, 2)", "(2, 2000000000)"))) {
            byte[] file = rewritten(bytes(artifact(2, 3, 2)), nonsense);
            assertThatThrownBy(() -> read(file)).as("%s", nonsense).isInstanceOf(IOException.class);
        }
    }

    private static byte[] rewritten(byte[] file, Map<String, String> changes) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (ZipInputStream zip = new ZipInputStream(new ByteArrayInputStream(file));
                ZipOutputStream changed = new ZipOutputStream(out)) {
            for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                String content = new String(zip.readAllBytes(), StandardCharsets.ISO_8859_1);
                for (Map.Entry<String, String> change : changes.entrySet()) {
                    content = content.replace(change.getKey(), change.getValue());
                }
                changed.putNextEntry(new ZipEntry(entry.getName()));
                changed.write(content.getBytes(StandardCharsets.ISO_8859_1));
            }
        }
        return out.toByteArray();
    }
}
