package io.wholecart.model;

import io.wholecart.ehcf.EhcfModel;
import io.wholecart.ehcf.Hyperparameters;
import io.wholecart.ehcf.LossWeights;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.StreamWriteFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * A trained model with all that serving needs, as one file: a zip of {@code model.json}, {@code userFactors.npy},
 * {@code itemFactors.npy}, {@code heads.npy} and {@code itemWeights.npy}.
 *
 * @param factors the model
 * @param behaviors names of the heads, the last is the target
 * @param userIds the shop's id of each row of the user factors
 * @param itemIds the shop's id of each row of the item factors
 * @param loss how the loss weighed, for folding in; null in those of the format before, which know trained users only
 * @param parameters what it was trained with
 * @param metrics how well it did on held-out items, if they were held out
 */
public record ModelArtifact(
        EhcfModel factors,
        List<String> behaviors,
        List<String> userIds,
        List<String> itemIds,
        @Nullable LossWeights loss,
        Map<String, Object> parameters,
        @Nullable Map<String, Object> metrics) {

    private static final int FORMAT = 2;
    private static final int FORMAT_WITHOUT_LOSS = 1;
    private static final JsonMapper JSON = JsonMapper.builder()
            .disable(StreamWriteFeature.AUTO_CLOSE_TARGET)
            .disable(StreamReadFeature.AUTO_CLOSE_SOURCE)
            .build();

    public ModelArtifact {
        if (userIds.size() != factors.users()
                || itemIds.size() != factors.items()
                || behaviors.size() != factors.heads().length
                || (loss != null && !fits(loss, factors))) {
            throw new IllegalArgumentException("ids, weights and behaviors do not fit the factors");
        }
    }

    private static boolean fits(LossWeights loss, EhcfModel factors) {
        return loss.items().length == factors.items() && loss.behaviors().size() == factors.heads().length;
    }

    /** What {@code model.json} tells of the loss. */
    record Loss(float keep, List<Hyperparameters.Weight> behaviors) {

        Loss {
            behaviors = List.copyOf(behaviors);
        }
    }

    /** What {@code model.json} holds; it comes first in the zip, and its sizes are held against the arrays. */
    record Description(
            int format,
            int factors,
            List<String> behaviors,
            @Nullable Loss loss,
            Map<String, Object> parameters,
            @Nullable Map<String, Object> metrics,
            List<String> users,
            List<String> items) {

        /** Refuses what a file that is damaged may tell. */
        Description {
            behaviors = List.copyOf(behaviors);
            users = List.copyOf(users);
            items = List.copyOf(items);
            Objects.requireNonNull(parameters);
            if (factors < 1 || (loss != null && loss.behaviors().size() != behaviors.size())) {
                throw new IllegalArgumentException("the model has no factors, or weights of other behaviors");
            }
        }
    }

    /** Writes the zip; the stream stays open. Factors do not compress, so nothing is compressed. */
    public void write(OutputStream out) throws IOException {
        if (loss == null) {
            throw new IllegalStateException("a model of the format before is not written again");
        }
        ZipOutputStream zip = new ZipOutputStream(unclosable(out));
        zip.setLevel(Deflater.NO_COMPRESSION);
        zip.putNextEntry(new ZipEntry("model.json"));
        JSON.writeValue(
                zip,
                new Description(
                        FORMAT,
                        factors.factors(),
                        behaviors,
                        new Loss(loss.keep(), loss.behaviors()),
                        parameters,
                        metrics,
                        userIds,
                        itemIds));
        zip.putNextEntry(new ZipEntry("userFactors.npy"));
        Npy.write(zip, factors.userFactors(), factors.factors());
        zip.putNextEntry(new ZipEntry("itemFactors.npy"));
        Npy.write(zip, factors.itemFactors(), factors.factors());
        zip.putNextEntry(new ZipEntry("heads.npy"));
        Npy.write(zip, joined(factors.heads()), factors.factors());
        zip.putNextEntry(new ZipEntry("itemWeights.npy"));
        Npy.write(zip, loss.items(), 1);
        zip.close();
    }

    /**
     * Reads the zip to its end.
     *
     * @param length its bytes, or at least as many; no array that cannot be in so many is given memory
     * @throws IOException when it is not what {@link #write} wrote
     */
    public static ModelArtifact read(InputStream in, long length) throws IOException {
        ZipInputStream zip = new ZipInputStream(in);
        next(zip, "model.json");
        Description told = describe(zip);
        requireKnown(told.format());
        int d = told.factors();
        next(zip, "userFactors.npy");
        float[] userFactors = Npy.readFloats(zip, told.users().size(), d, length);
        next(zip, "itemFactors.npy");
        float[] itemFactors = Npy.readFloats(zip, told.items().size(), d, length);
        next(zip, "heads.npy");
        float[][] heads = split(Npy.readFloats(zip, told.behaviors().size(), d, length), d);
        LossWeights loss = null;
        if (told.loss() != null) {
            next(zip, "itemWeights.npy");
            float[] items = Npy.readFloats(zip, told.items().size(), 1, length);
            loss = new LossWeights(told.loss().keep(), told.loss().behaviors(), items);
        }
        in.transferTo(OutputStream.nullOutputStream());
        return new ModelArtifact(
                new EhcfModel(d, userFactors, itemFactors, heads),
                told.behaviors(),
                told.users(),
                told.items(),
                loss,
                told.parameters(),
                told.metrics());
    }

    /**
     * Reads no more than it takes to know the format.
     *
     * @throws IOException when this release does not read it
     */
    static void requireFormat(InputStream in) throws IOException {
        ZipInputStream zip = new ZipInputStream(in);
        next(zip, "model.json");
        try (JsonParser json = JSON.createParser(unclosable(zip))) {
            json.nextToken();
            if (!"format".equals(json.nextName())) {
                throw new IOException("model.json does not begin with its format");
            }
            requireKnown(json.nextIntValue(0));
        } catch (JacksonException e) {
            throw new IOException("model.json cannot be read", e);
        }
    }

    private static void requireKnown(int format) throws IOException {
        if (format != FORMAT && format != FORMAT_WITHOUT_LOSS) {
            throw new IOException("the model's format is " + format + ", and this release reads " + FORMAT_WITHOUT_LOSS
                    + " and " + FORMAT + ": serve it with the release that made it, or train anew");
        }
    }

    private static Description describe(ZipInputStream zip) throws IOException {
        try {
            return JSON.readValue(unclosable(zip), Description.class);
        } catch (JacksonException e) {
            throw new IOException("model.json cannot be read", e);
        }
    }

    private static void next(ZipInputStream zip, String name) throws IOException {
        try {
            ZipEntry entry = zip.getNextEntry();
            if (entry != null && entry.getName().equals(name)) {
                return;
            }
        } catch (IllegalArgumentException | EOFException e) {
            // Of a name that is not UTF-8; of a length that goes beyond the file.
            throw new IOException("the model file has no " + name + " where it should be", e);
        }
        throw new IOException("the model file has no " + name + " where it should be");
    }

    private static float[] joined(float[][] rows) {
        float[] joined = new float[rows.length * rows[0].length];
        for (int r = 0; r < rows.length; r++) {
            System.arraycopy(rows[r], 0, joined, r * rows[0].length, rows[0].length);
        }
        return joined;
    }

    private static float[][] split(float[] joined, int width) {
        float[][] rows = new float[joined.length / width][];
        for (int r = 0; r < rows.length; r++) {
            rows[r] = Arrays.copyOfRange(joined, r * width, (r + 1) * width);
        }
        return rows;
    }

    private static OutputStream unclosable(OutputStream out) {
        return new FilterOutputStream(out) {
            @Override
            public void write(byte[] bytes, int offset, int length) throws IOException {
                out.write(bytes, offset, length);
            }

            @Override
            public void close() throws IOException {
                flush();
            }
        };
    }

    private static InputStream unclosable(InputStream in) {
        return new FilterInputStream(in) {
            @Override
            public void close() {
                // The next entry is still to be read.
            }
        };
    }
}
