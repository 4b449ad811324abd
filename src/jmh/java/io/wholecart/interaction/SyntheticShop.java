package io.wholecart.interaction;

import java.time.Instant;
import java.util.List;
import java.util.SplittableRandom;

/**
 * A shop of any size: few users and items have very many events, most have few, and users stay within a taste. Three in
 * four events are views, one in six a cart, the rest purchases.
 */
public record SyntheticShop(int users, int items, long events) implements EventSource {

    private static final int TASTES = 50;

    @Override
    public Instant read(List<String> behaviors, Sink sink) {
        SplittableRandom random = new SplittableRandom(50_000_000);
        int taste = Math.max(1, items / TASTES);
        for (long e = 0; e < events; e++) {
            // One of so many users makes 100,000 events and more.
            int user = random.nextInt(500) == 0 ? 0 : skewed(random, users, 1.5);
            int within = skewed(random, taste, 2);
            int item = random.nextInt(5) == 0 ? skewed(random, items, 2) : user % TASTES * taste + within;
            int draw = random.nextInt(12);
            int behavior = draw < 9 ? 0 : draw < 11 ? 1 : 2;
            sink.event(user, Math.min(item, items - 1), Math.min(behavior, behaviors.size() - 1), e);
        }
        for (int u = 0; u < users; u++) {
            sink.user("u" + u, u);
        }
        for (int v = 0; v < items; v++) {
            sink.item("i" + v, v);
        }
        return Instant.EPOCH;
    }

    private static int skewed(SplittableRandom random, int bound, double power) {
        return (int) (bound * Math.pow(random.nextDouble(), power));
    }
}
