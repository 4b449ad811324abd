package io.wholecart.experiment;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.IntToDoubleFunction;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/** Where a search draws parameters from. Numbers are rounded, so that people can read and repeat them. */
final class SearchSpace {

    private static final double MIN_NEGATIVE_WEIGHT = 1e-4;
    private static final double MAX_NEGATIVE_WEIGHT = 0.1;
    private static final double MIN_KEEP = 0.2;
    private static final double MIN_LAMBDA = 0.02;
    private static final double MAX_EXPONENT = 0.9;
    private static final int MIN_FACTORS = 8;
    private static final int MAX_FACTORS = 512;
    private static final MathContext DIGITS = new MathContext(3);

    private final TrainingParameters base;
    private final List<Integer> factors;
    private final Random random;

    SearchSpace(TrainingParameters base, Random random) {
        this.base = base;
        this.random = random;
        int usual = base.factors();
        this.factors = base.tuning().factors().isEmpty()
                ? IntStream.of(
                                Math.max(Math.min(usual, MIN_FACTORS), usual / 2),
                                usual,
                                Math.min(MAX_FACTORS, 2 * usual))
                        .distinct()
                        .boxed()
                        .toList()
                : base.tuning().factors();
    }

    /** Anything: behaviors share a negative weight half of the time, and no popularity exponent is as likely as some. */
    TrainingParameters anywhere() {
        double shared = logUniform();
        boolean sharing = random.nextBoolean();
        List<TrainingParameters.Behavior> behaviors = weighted(
                DoubleStream.generate(() -> -Math.log(1 - random.nextDouble())), at -> sharing ? shared : logUniform());
        double exponent = random.nextInt(4) == 0 ? 0 : MAX_EXPONENT * random.nextDouble();
        double keep = MIN_KEEP + (1 - MIN_KEEP) * random.nextDouble();
        return base.with(
                factors.get(random.nextInt(factors.size())),
                base.iterations(),
                round(keep),
                behaviors,
                round(exponent));
    }

    /** A step away from these. */
    TrainingParameters near(TrainingParameters center) {
        double shared = Math.exp(0.4 * random.nextGaussian());
        List<TrainingParameters.Behavior> from = center.behaviors();
        List<TrainingParameters.Behavior> behaviors = weighted(
                from.stream().mapToDouble(b -> b.lambda() * Math.exp(0.4 * random.nextGaussian())),
                at -> from.get(at).negativeWeight() * shared * Math.exp(0.2 * random.nextGaussian()));
        return base.with(
                random.nextInt(4) == 0 ? factors.get(random.nextInt(factors.size())) : center.factors(),
                base.iterations(),
                round(clamp(center.keep() + 0.1 * random.nextGaussian(), MIN_KEEP, 1)),
                behaviors,
                round(clamp(center.popularityExponent() + 0.1 * random.nextGaussian(), 0, MAX_EXPONENT)));
    }

    /** The base's behaviors with these shares, made to sum to 1, and these weights, kept in bounds. */
    private List<TrainingParameters.Behavior> weighted(DoubleStream shares, IntToDoubleFunction negativeWeight) {
        int count = base.behaviors().size();
        double[] raw = shares.limit(count).map(share -> Math.max(share, 1e-9)).toArray();
        double sum = DoubleStream.of(raw).sum();
        double floor = Math.min(MIN_LAMBDA, 0.5 / count);
        double rest = 1;
        List<TrainingParameters.Behavior> behaviors = new ArrayList<>();
        for (int k = 0; k < count; k++) {
            TrainingParameters.Behavior behavior = base.behaviors().get(k);
            double share = floor + (1 - floor * count) * raw[k] / sum;
            double lambda = k + 1 < count ? round(share) : round(rest);
            rest -= lambda;
            behaviors.add(new TrainingParameters.Behavior(
                    behavior.name(),
                    lambda,
                    round(clamp(negativeWeight.applyAsDouble(k), MIN_NEGATIVE_WEIGHT, MAX_NEGATIVE_WEIGHT)),
                    behavior.precedents()));
        }
        return behaviors;
    }

    private double logUniform() {
        double span = Math.log(MAX_NEGATIVE_WEIGHT / MIN_NEGATIVE_WEIGHT);
        return MIN_NEGATIVE_WEIGHT * Math.exp(span * random.nextDouble());
    }

    private static double clamp(double value, double low, double high) {
        return Math.max(low, Math.min(high, value));
    }

    private static double round(double value) {
        return new BigDecimal(value).round(DIGITS).doubleValue();
    }
}
