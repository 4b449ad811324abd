package io.wholecart.cuda;

import io.wholecart.ehcf.AdagradSolver;
import io.wholecart.ehcf.EhcfModel;
import io.wholecart.ehcf.ExactSolver;
import io.wholecart.ehcf.ExactStart;
import io.wholecart.ehcf.Hyperparameters;
import io.wholecart.ehcf.Solver;
import io.wholecart.evaluation.Evaluation;
import io.wholecart.evaluation.LeaveOneOut;
import io.wholecart.evaluation.Ranker;
import io.wholecart.interaction.Interactions;
import io.wholecart.interaction.Snapshot;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * Looks at this machine's card: what it is, whether its solvers and its ranking agree with the processor's, how long they
 * take and how near that is to what the card can do.
 */
public final class CardCheck implements AutoCloseable {

    /** As far as a loss may be from the processor's, as a share. */
    private static final double LOSS_TOLERANCE = 1e-3;
    /** As far as HR@100 may be, as a share; and more where dropout draws other masks. */
    private static final double HIT_TOLERANCE = 0.01;

    private static final double DRAWN_HIT_TOLERANCE = 0.03;

    /** In a small set of users chance alone moves so many. */
    private static final int HIT_USERS = 3;

    private static final int PLAIN_EPOCHS = 3;

    private final Card card;

    /** Opens the card; {@link CardException} says why there is none. */
    public CardCheck() {
        this(Card.open(Long.MAX_VALUE));
    }

    CardCheck(Card card) {
        this.card = card;
        card.enter();
    }

    /** The card, the kernels for so many factors, and what copying and cuBLAS come to. */
    public Map<String, Object> describe(int factors) {
        Map<String, Object> found = new LinkedHashMap<>();
        found.put("card", card.description());
        found.put("copyGigabytesPerSecond", Yardstick.copyRate(card) / 1e9);
        OptionalDouble product = Yardstick.productRate(card);
        found.put("sgemmTeraflops", product.isPresent() ? product.getAsDouble() / 1e12 : "no cuBLAS found");
        long started = System.nanoTime();
        Program program = card.program(factors);
        found.put("compileSeconds", (System.nanoTime() - started) / 1e9);
        Map<String, Object> kernels = new LinkedHashMap<>();
        for (String name : program.names()) {
            Program.Kernel kernel = program.kernel(name);
            kernels.put(name, kernel.registers() + " registers, " + kernel.spilled() + " bytes spilled");
        }
        found.put("kernels", kernels);
        return found;
    }

    /**
     * Both solvers and the ranking against the processor's.
     *
     * @return what was found; {@code passed} says whether all agree
     */
    public Map<String, Object> compare(Snapshot.Split split, Hyperparameters settings, int epochs, int threads) {
        Map<String, Object> found = new LinkedHashMap<>();
        Interactions data = split.train();
        boolean exact = loss("exact", found, new ExactSolver(threads), data, settings);
        boolean adagrad = loss(
                "adagradWithoutDropout", found, new AdagradSolver(threads), data, sized(settings, PLAIN_EPOCHS, 1));
        boolean hits = hits("exact", HIT_TOLERANCE, found, new ExactSolver(threads), split, settings);
        if (epochs > 0) {
            hits &= hits(
                    "adagrad",
                    DRAWN_HIT_TOLERANCE,
                    found,
                    new AdagradSolver(threads),
                    split,
                    sized(settings, epochs, settings.keep()));
        }
        found.put("passed", exact && adagrad && hits);
        return found;
    }

    /** The same settings for so many iterations, with another dropout. */
    private static Hyperparameters sized(Hyperparameters settings, int iterations, float keep) {
        return new Hyperparameters(
                settings.factors(),
                iterations,
                keep,
                settings.behaviors(),
                settings.popularityExponent(),
                settings.relaxation(),
                settings.tolerance(),
                settings.adagrad(),
                settings.seed());
    }

    private boolean loss(
            String name, Map<String, Object> found, Solver processor, Interactions data, Hyperparameters settings) {
        List<Double> expected = new ArrayList<>();
        List<Double> actual = new ArrayList<>();
        processor.solve(data, settings, null, losses(expected));
        onCard(processor.name()).solve(data, settings, null, losses(actual));
        double worst = 0;
        for (int i = 0; i < expected.size(); i++) {
            worst = Math.max(worst, Math.abs(actual.get(i) - expected.get(i)) / Math.abs(expected.get(i)));
        }
        found.put(name + "LossOnProcessor", expected.get(expected.size() - 1));
        found.put(name + "LossOnCard", actual.get(actual.size() - 1));
        found.put(name + "LossApart", worst);
        return worst <= LOSS_TOLERANCE;
    }

    /** The card's model ranked by both, and both models by the card. */
    private boolean hits(
            String name,
            double tolerance,
            Map<String, Object> found,
            Solver processor,
            Snapshot.Split split,
            Hyperparameters settings) {
        EhcfModel own = onCard(processor.name()).solve(split.train(), settings, null, losses(new ArrayList<>()));
        EhcfModel other = processor.solve(split.train(), settings, null, losses(new ArrayList<>()));
        Ranker ranker = (model, data, users, canceled) -> new RankingOnCard(card, model, data).rank(users, canceled);
        Evaluation onCard = LeaveOneOut.evaluate(own, split, ranker, () -> false);
        Evaluation ranked = LeaveOneOut.evaluate(own, split, Ranker.PROCESSOR, () -> false);
        Evaluation expected = LeaveOneOut.evaluate(other, split, ranker, () -> false);
        double hits = onCard.hitRatio().getOrDefault(100, 0.0);
        double wanted = expected.hitRatio().getOrDefault(100, 0.0);
        found.put(name + "HitRatio100OnProcessor", wanted);
        found.put(name + "HitRatio100OnCard", hits);
        found.put(name + "RankingApart", apart(onCard, ranked));
        double allowed = Math.max(tolerance * wanted, (double) HIT_USERS / Math.max(1, expected.users()));
        return Math.abs(hits - wanted) <= allowed && apart(onCard, ranked) <= 1e-3;
    }

    private static double apart(Evaluation a, Evaluation b) {
        double apart = 0;
        for (Map.Entry<Integer, Double> entry : a.hitRatio().entrySet()) {
            apart = Math.max(apart, Math.abs(entry.getValue() - b.hitRatio().getOrDefault(entry.getKey(), 0.0)));
        }
        return apart;
    }

    /** Times of sweeps, by the card's own clock, and of a whole solve, by the wall's. */
    public Map<String, Object> timeExact(Interactions data, Hyperparameters settings, Map<String, Object> limits) {
        Map<String, Object> found = new LinkedHashMap<>();
        Solver.Listener silent = losses(new ArrayList<>());
        long started = System.nanoTime();
        double[] sweeps = new double[settings.iterations()];
        EhcfModel start = ExactStart.of(data, settings, null, silent);
        found.put("startSeconds", (System.nanoTime() - started) / 1e9);
        long uploaded = System.nanoTime();
        try (ExactOnCard solver = new ExactOnCard(card, data, settings, start, silent)) {
            card.await();
            found.put("uploadSeconds", (System.nanoTime() - uploaded) / 1e9);
            double total = 0;
            double loss = 0;
            for (int i = 0; i < sweeps.length; i++) {
                solver.pace(i < 2 ? 1 : settings.relaxation(), i == sweeps.length - 1 ? 0 : 0.1f);
                double[] reached = new double[1];
                sweeps[i] = card.time(() -> reached[0] = solver.sweep(share -> {})) / 1e3;
                total += sweeps[i];
                loss = reached[0];
            }
            found.put("sweepSeconds", Yardstick.median(sweeps));
            found.put("sweeps", sweeps.length);
            found.put("allSweepsSeconds", total);
            found.put("loss", loss);
            Map<String, Double> profile = card.profile(() -> solver.sweep(share -> {}));
            found.put("kernels", shares(profile, new Work(data, settings).ofSweep(), limits));
        }
        return found;
    }

    /** Times of epochs, by the card's own clock. */
    public Map<String, Object> timeAdagrad(
            Interactions data, Hyperparameters settings, int epochs, Map<String, Object> limits) {
        Map<String, Object> found = new LinkedHashMap<>();
        Solver.Listener silent = losses(new ArrayList<>());
        try (AdagradOnCard solver = new AdagradOnCard(card, data, settings)) {
            solver.epoch(0, silent);
            double[] seconds = new double[epochs];
            double loss = 0;
            for (int i = 0; i < epochs; i++) {
                int done = i + 1;
                double[] reached = new double[1];
                seconds[i] = card.time(() -> reached[0] = solver.epoch(done, silent)) / 1e3;
                loss = reached[0];
            }
            found.put("epochSeconds", Yardstick.median(seconds));
            found.put("twoHundredEpochsSeconds", 200 * Yardstick.median(seconds));
            found.put("batches", solver.batches());
            found.put("loss", loss);
            Map<String, Double> profile = solver.profile();
            found.put("kernelsOfABatch", shares(profile, new Work(data, settings).ofBatch(solver.batches()), limits));
        }
        return found;
    }

    /** The kernels by time, with the work that is known. */
    private static List<Map<String, Object>> shares(
            Map<String, Double> millis, Map<String, Work.Amount> work, Map<String, Object> limits) {
        List<Map<String, Object>> kernels = new ArrayList<>();
        millis.entrySet().stream()
                .sorted(Map.Entry.<String, Double>comparingByValue(Comparator.reverseOrder()))
                .forEach(entry -> {
                    Map<String, Object> kernel = new LinkedHashMap<>();
                    kernel.put("name", entry.getKey());
                    kernel.put("milliseconds", entry.getValue());
                    Work.Amount amount = work.get(entry.getKey().replaceFirst("_[48]$", ""));
                    if (amount != null) {
                        double seconds = entry.getValue() / 1e3;
                        kernel.put("gigabytesPerSecond", amount.bytes() / seconds / 1e9);
                        kernel.put("teraflops", amount.flops() / seconds / 1e12);
                        share(
                                kernel,
                                "shareOfCopy",
                                amount.bytes() / seconds / 1e9,
                                limits.get("copyGigabytesPerSecond"));
                        share(kernel, "shareOfSgemm", amount.flops() / seconds / 1e12, limits.get("sgemmTeraflops"));
                    }
                    kernels.add(kernel);
                });
        return kernels;
    }

    private static void share(Map<String, Object> kernel, String name, double rate, @Nullable Object limit) {
        if (limit instanceof Double most) {
            kernel.put(name, rate / most);
        }
    }

    private Solver onCard(String name) {
        Engine.Watch watch = new Engine.Watch() {
            @Override
            public void begins(String work, String engine, String description) {
                if (!engine.equals(Engine.CARD)) {
                    throw new IllegalStateException(work + " runs on " + engine);
                }
            }

            @Override
            public void solved(String work, String engine) {}

            @Override
            public void fallsBack(String work, CardException why) {
                throw why;
            }
        };
        return new Engine(Engine.Choice.CUDA, 1, watch, limit -> card, 0)
                .solvers().stream()
                        .filter(solver -> solver.name().equals(name))
                        .findFirst()
                        .orElseThrow();
    }

    private static Solver.Listener losses(List<Double> losses) {
        return new Solver.Listener() {
            @Override
            public void iteration(int done, double loss) {
                losses.add(loss);
            }

            @Override
            public boolean canceled() {
                return false;
            }
        };
    }

    @Override
    public void close() {
        card.close();
    }
}
