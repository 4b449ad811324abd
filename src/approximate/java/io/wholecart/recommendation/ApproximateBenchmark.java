package io.wholecart.recommendation;

import static org.mockito.Mockito.mock;

import io.github.jbellis.jvector.graph.GraphIndexBuilder;
import io.github.jbellis.jvector.graph.GraphSearcher;
import io.github.jbellis.jvector.graph.ListRandomAccessVectorValues;
import io.github.jbellis.jvector.graph.RandomAccessVectorValues;
import io.github.jbellis.jvector.graph.SearchResult;
import io.github.jbellis.jvector.graph.similarity.SearchScoreProvider;
import io.github.jbellis.jvector.util.Bits;
import io.github.jbellis.jvector.vector.VectorizationProvider;
import io.github.jbellis.jvector.vector.types.VectorFloat;
import io.wholecart.catalog.Catalog;
import io.wholecart.commandline.BenchmarkFiles;
import io.wholecart.ehcf.EhcfModel;
import io.wholecart.ehcf.ExactSolver;
import io.wholecart.ehcf.Hyperparameters;
import io.wholecart.ehcf.LossWeights;
import io.wholecart.ehcf.Solver;
import io.wholecart.interaction.Interactions;
import io.wholecart.model.ModelArtifact;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.lucene.codecs.KnnVectorsFormat;
import org.apache.lucene.codecs.lucene103.Lucene103Codec;
import org.apache.lucene.codecs.lucene99.Lucene99HnswScalarQuantizedVectorsFormat;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.KnnFloatVectorField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.VectorSimilarityFunction;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.KnnFloatVectorQuery;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.store.ByteBuffersDirectory;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The best hundred of the items of a model of Taobao, exact and by approximate indexes that are searched as widely as
 * finds 99 of them.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
public class ApproximateBenchmark {

    private static final int D = 64;
    private static final int N = 100;
    private static final int QUERIES = 200;
    private static final int[] WIDTHS = {
        100, 150, 200, 300, 400, 600, 800, 1_200, 1_600, 2_400, 3_200, 4_800, 6_400, 9_600, 12_800
    };

    @Param({"exact", "bytes", "jvector", "lucene"})
    private String index;

    /** Each item so many times, moved by a fifth of its length. */
    @Param({"1", "8"})
    private int copies;

    @Param({"../shared/data/taobao"})
    private String data;

    private interface Search {
        int[] best(float[] query, int width) throws IOException;
    }

    private float[][] items;
    private float[][] queries;
    private Search search;
    private int width;
    private int next;

    @Setup
    public void build() throws IOException {
        EhcfModel model = train();
        multiply(model);
        List<Set<Integer>> truth = truth();
        long started = System.nanoTime();
        search = switch (index) {
            case "jvector" -> jvector();
            case "lucene" -> lucene();
            default -> exact();
        };
        System.err.printf("%s: %d items, built in %.1f s%n", index, items.length, (System.nanoTime() - started) / 1e9);
        for (int tried : WIDTHS) {
            width = tried;
            double recall = recall(truth);
            System.err.printf("%s: width %d, recall %.4f%n", index, tried, recall);
            if (recall >= 0.99) {
                return;
            }
        }
        throw new IllegalStateException("no width finds 99 of 100");
    }

    private EhcfModel train() {
        Interactions train = BenchmarkFiles.read(data).train();
        List<Hyperparameters.Weight> weights = train.behaviors().stream()
                .map(name -> new Hyperparameters.Weight(1f / train.behaviors().size(), 0.005f))
                .toList();
        Hyperparameters settings = new Hyperparameters(
                D, 8, 0.7f, weights, 0.5f, 1.5f, 0, Hyperparameters.Adagrad.paper(weights.size()), 1);
        EhcfModel model = new ExactSolver(2).solve(train, settings, null, new Solver.Listener() {
            @Override
            public void iteration(int done, double loss) {}

            @Override
            public boolean canceled() {
                return false;
            }
        });
        Random random = new Random(1);
        queries = random.ints(0, model.users())
                .filter(model::knows)
                .limit(QUERIES)
                .mapToObj(user -> model.query(user, weights.size() - 1))
                .toArray(float[][]::new);
        return model;
    }

    private void multiply(EhcfModel model) {
        Random random = new Random(2);
        List<float[]> all = new ArrayList<>();
        for (int v = 0; v < model.items(); v++) {
            float[] item = Arrays.copyOfRange(model.itemFactors(), v * D, (v + 1) * D);
            double length = Math.sqrt(product(item, item));
            for (int copy = 0; length > 0 && copy < copies; copy++) {
                float[] moved = item.clone();
                for (int f = 0; copy > 0 && f < D; f++) {
                    moved[f] += (float) (0.2 * length / Math.sqrt(D) * random.nextGaussian());
                }
                all.add(moved);
            }
        }
        items = all.toArray(float[][]::new);
    }

    private static double product(float[] a, float[] b) {
        double product = 0;
        for (int f = 0; f < a.length; f++) {
            product += (double) a[f] * b[f];
        }
        return product;
    }

    private List<Set<Integer>> truth() {
        List<Set<Integer>> truth = new ArrayList<>();
        for (float[] query : queries) {
            double[] scores = Arrays.stream(items)
                    .mapToDouble(item -> product(query, item))
                    .toArray();
            double least = Arrays.stream(scores)
                    .sorted()
                    .skip(scores.length - N)
                    .findFirst()
                    .orElseThrow();
            Set<Integer> best = new HashSet<>();
            IntStream.range(0, scores.length).filter(v -> scores[v] >= least).forEach(best::add);
            truth.add(best);
        }
        return truth;
    }

    private double recall(List<Set<Integer>> truth) throws IOException {
        int found = 0;
        for (int q = 0; q < QUERIES; q++) {
            found += (int) IntStream.of(search.best(queries[q], width))
                    .filter(truth.get(q)::contains)
                    .count();
        }
        return found / (double) (N * QUERIES);
    }

    private Search exact() {
        float[] factors = new float[items.length * D];
        for (int v = 0; v < items.length; v++) {
            System.arraycopy(items[v], 0, factors, v * D, D);
        }
        float[] ones = new float[D];
        Arrays.fill(ones, 1);
        EhcfModel model = new EhcfModel(D, new float[0], factors, new float[][] {ones});
        LossWeights loss =
                new LossWeights(0.7f, List.of(new Hyperparameters.Weight(1, 0.01f)), new float[items.length]);
        List<String> ids =
                IntStream.range(0, items.length).mapToObj(String::valueOf).toList();
        LiveIndex live = new LiveIndex(
                1,
                Instant.EPOCH,
                new ModelArtifact(model, List.of("purchase"), List.of(), ids, loss, Map.of(), null),
                mock(Catalog.class),
                index.equals("bytes") ? 0 : items.length);
        return (query, any) -> live.best(query, 0, row -> true, N).rows();
    }

    /** As the nearest of vectors of one length, which one number more gives them. */
    private Search jvector() throws IOException {
        double longest = Arrays.stream(items)
                .mapToDouble(item -> product(item, item))
                .max()
                .orElse(0);
        List<VectorFloat<?>> vectors = new ArrayList<>();
        for (float[] item : items) {
            float[] filled = Arrays.copyOf(item, D + 1);
            filled[D] = (float) Math.sqrt(Math.max(0, longest - product(item, item)));
            vectors.add(vector(filled, Math.sqrt(longest)));
        }
        RandomAccessVectorValues values = new ListRandomAccessVectorValues(vectors, D + 1);
        var similarity = io.github.jbellis.jvector.vector.VectorSimilarityFunction.DOT_PRODUCT;
        var graph = new GraphIndexBuilder(values, similarity, 32, 200, 1.2f, 1.2f).build(values);
        GraphSearcher searcher = new GraphSearcher(graph);
        return (query, wide) -> {
            VectorFloat<?> filled = vector(Arrays.copyOf(query, D + 1), Math.sqrt(product(query, query)));
            SearchResult result =
                    searcher.search(SearchScoreProvider.exact(filled, similarity, values), N, wide, 0, 0, Bits.ALL);
            return Arrays.stream(result.getNodes()).mapToInt(node -> node.node).toArray();
        };
    }

    private static VectorFloat<?> vector(float[] values, double length) {
        float[] scaled = new float[values.length];
        for (int i = 0; i < scaled.length; i++) {
            scaled[i] = (float) (values[i] / length);
        }
        return VectorizationProvider.getInstance().getVectorTypeSupport().createFloatVector(scaled);
    }

    private Search lucene() throws IOException {
        ByteBuffersDirectory directory = new ByteBuffersDirectory();
        IndexWriterConfig config = new IndexWriterConfig().setCodec(new Lucene103Codec() {
            @Override
            public KnnVectorsFormat getKnnVectorsFormatForField(String field) {
                return new Lucene99HnswScalarQuantizedVectorsFormat(32, 200);
            }
        });
        config.setRAMBufferSizeMB(1_024);
        try (IndexWriter writer = new IndexWriter(directory, config)) {
            for (float[] item : items) {
                Document document = new Document();
                document.add(new KnnFloatVectorField("v", item, VectorSimilarityFunction.MAXIMUM_INNER_PRODUCT));
                writer.addDocument(document);
            }
            writer.forceMerge(1);
        }
        IndexSearcher searcher = new IndexSearcher(DirectoryReader.open(directory));
        return (query, wide) -> {
            ScoreDoc[] docs = searcher.search(new KnnFloatVectorQuery("v", query, wide), wide).scoreDocs;
            for (ScoreDoc doc : docs) {
                doc.score = (float) product(query, items[doc.doc]);
            }
            Arrays.sort(docs, (a, b) -> Float.compare(b.score, a.score));
            return Arrays.stream(docs).limit(N).mapToInt(doc -> doc.doc).toArray();
        };
    }

    /** One query. */
    @Benchmark
    public int[] query() throws IOException {
        next = (next + 1) % QUERIES;
        return search.best(queries[next], width);
    }
}
