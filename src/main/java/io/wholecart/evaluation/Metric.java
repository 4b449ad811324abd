package io.wholecart.evaluation;

import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One number of an evaluation, named as in its JSON: {@code hitRatio@100}, {@code newNdcg@10}; {@code mean…} is the
 * mean of the figure over all held-out items and the one over the new ones.
 *
 * @param name what is measured
 * @param cutoff N
 */
public record Metric(String name, int cutoff) {

    /** Serves both goods alike. */
    public static final String DEFAULT = "meanHitRatio@100";

    private static final Pattern FORM =
            Pattern.compile("(hitRatio|ndcg|(?:new|mean)(?:HitRatio|Ndcg))@(10|50|100|200)");

    /** Reads a name such as {@code newHitRatio@100}; an error tells the names there are. */
    public static Metric parse(String text) {
        Matcher matcher = FORM.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("must be hitRatio, ndcg, newHitRatio, newNdcg, meanHitRatio or meanNdcg,"
                    + " with @10, @50, @100 or @200");
        }
        return new Metric(matcher.group(1), Integer.parseInt(matcher.group(2)));
    }

    /** Its value. */
    public double of(Evaluation evaluation) {
        return switch (name) {
            case "hitRatio" -> at(evaluation.hitRatio());
            case "ndcg" -> at(evaluation.ndcg());
            case "newHitRatio" -> at(evaluation.newHitRatio());
            case "newNdcg" -> at(evaluation.newNdcg());
            case "meanHitRatio" -> mean(evaluation, evaluation.hitRatio(), evaluation.newHitRatio());
            case "meanNdcg" -> mean(evaluation, evaluation.ndcg(), evaluation.newNdcg());
            default -> throw new IllegalStateException(name);
        };
    }

    /** Of its value: how far chance moves it, with no more known than the mean of figures between 0 and 1. */
    public double standardError(Evaluation evaluation) {
        boolean fresh = name.startsWith("new") || name.startsWith("mean");
        double all = standardError(new Metric("hitRatio", cutoff).of(evaluation), evaluation.users());
        if (!fresh || evaluation.newUsers() == 0) {
            return all;
        }
        double ofNew = standardError(new Metric("newHitRatio", cutoff).of(evaluation), evaluation.newUsers());
        return name.startsWith("new") ? ofNew : (all + ofNew) / 2;
    }

    private static double standardError(double mean, int count) {
        return Math.sqrt(mean * (1 - mean) / count);
    }

    /** Where no held-out item is new, the one over all of them. */
    private double mean(Evaluation evaluation, Map<Integer, Double> all, Map<Integer, Double> fresh) {
        return evaluation.newUsers() == 0 ? at(all) : (at(all) + at(fresh)) / 2;
    }

    private double at(Map<Integer, Double> byCutoff) {
        return byCutoff.getOrDefault(cutoff, 0.0);
    }

    @Override
    public String toString() {
        return name + "@" + cutoff;
    }
}
