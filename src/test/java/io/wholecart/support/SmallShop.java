package io.wholecart.support;

import io.wholecart.experiment.TrainingParameters;
import io.wholecart.interaction.EventSource;
import java.time.Instant;
import java.util.List;
import java.util.Random;

/** Sixty items in three tastes, without a database; each user stays within a taste, nine times out of ten. */
public record SmallShop(int users, int purchases) implements EventSource {

    public static final List<String> BEHAVIORS = List.of("view", "cart", "purchase");
    private static final int TASTE = 20;

    /** To learn from it with the exact solver: equal shares, c = 0.05, keep 0.5. */
    public static TrainingParameters parameters(
            int factors, int iterations, boolean holdout, TrainingParameters.Tuning tuning) {
        return new TrainingParameters(
                "exact",
                factors,
                iterations,
                0.5,
                BEHAVIORS.stream()
                        .map(name -> new TrainingParameters.Behavior(name, 1 / 3.0, 0.05, null))
                        .toList(),
                0,
                1,
                0,
                false,
                new TrainingParameters.Adagrad(0.05, 512, 1e-4, true, true),
                holdout,
                true,
                tuning);
    }

    @Override
    public Instant read(List<String> behaviors, Sink sink) {
        Random random = new Random(17);
        for (int u = 0; u < users; u++) {
            for (int k = 0; k < behaviors.size(); k++) {
                int events = k + 1 == behaviors.size() ? purchases : 4;
                for (int i = 0; i < events; i++) {
                    int taste = random.nextInt(10) == 0 ? random.nextInt(3) : u % 3;
                    sink.event(u, taste * TASTE + random.nextInt(TASTE), k, 10 * k + i);
                }
            }
        }
        for (int u = 0; u < users; u++) {
            sink.user("u" + u, u);
        }
        for (int v = 0; v < 3 * TASTE; v++) {
            sink.item("i" + v, v);
        }
        return Instant.EPOCH;
    }
}
