package io.wholecart.ehcf;

import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;

/** Ranks of items among all of a model's. Scores are compared bit by bit, see {@link ItemPanels}. */
public final class ItemScores {

    private static final int GROUPS = 8;

    /** Users that are ranked together: so many pass over some panels while these are in the cache. */
    public static final int USERS = GROUPS * Kernels.QUERIES;

    /** Floats of panels that stay in the second cache. */
    private static final int CACHED = 1 << 16;

    private final EhcfModel model;
    private final int behavior;
    private final Kernels kernels;
    private final int d;
    private final ItemPanels panels;

    /** Lays the items out; scores are those of one behavior. */
    public ItemScores(EhcfModel model, int behavior) {
        this(model, behavior, Kernels.best());
    }

    ItemScores(EhcfModel model, int behavior, Kernels kernels) {
        this.model = model;
        this.behavior = behavior;
        this.kernels = kernels;
        this.d = model.factors();
        this.panels = new ItemPanels(
                model.itemFactors(), d, IntStream.range(0, model.items()).toArray(), kernels);
    }

    /** Ranks up to {@link #USERS} users' items; serves one thread. */
    public final class Ranking {

        private final float[][] queries = new float[GROUPS][Kernels.QUERIES * d];
        private final float[][] than = new float[GROUPS][Kernels.QUERIES];
        private final int[][] counts = new int[GROUPS][Kernels.QUERIES];
        private final float[] panel = new float[Kernels.PANEL * d];
        private final float[] scores = new float[Kernels.QUERIES * Kernels.PANEL];

        /**
         * Counts for some users the items that score higher than one of their own.
         *
         * @param users the ones in places {@code from} (inclusive) to {@code to} (exclusive), up to {@link #USERS}
         * @param own an item for each user
         */
        public void rank(int[] users, int from, int to, IntUnaryOperator own) {
            int all = panels.count();
            for (int u = 0; u < to - from; u++) {
                int user = users[from + u];
                int group = u / Kernels.QUERIES;
                int place = u % Kernels.QUERIES;
                System.arraycopy(model.query(user, behavior), 0, queries[group], place * d, d);
                ItemPanels.put(model.itemFactors(), own.applyAsInt(user) * d, panel, 0, d);
                kernels.scores(panel, 0, queries[group], scores, d);
                than[group][place] = scores[place * Kernels.PANEL];
                // The items that fill up the last panel have factors of zero, so a score of zero.
                counts[group][place] = than[group][place] < 0 ? model.items() - all * Kernels.PANEL : 0;
            }
            int groups = (to - from + Kernels.QUERIES - 1) / Kernels.QUERIES;
            int step = Math.max(1, CACHED / (Kernels.PANEL * d));
            for (int p = 0; p < all; p += step) {
                for (int g = 0; g < groups; g++) {
                    kernels.countHigher(panels.floats(), p, Math.min(all, p + step), queries[g], than[g], counts[g], d);
                }
            }
        }

        /** How many of all items score higher, for the user in a place of the last {@link #rank}, from 0. */
        public int higher(int user) {
            return counts[user / Kernels.QUERIES][user % Kernels.QUERIES];
        }

        /** How many of some items do. */
        public int higher(int user, int[] items) {
            int group = user / Kernels.QUERIES;
            int place = user % Kernels.QUERIES;
            int higher = 0;
            for (int from = 0; from < items.length; from += Kernels.PANEL) {
                int some = Math.min(Kernels.PANEL, items.length - from);
                for (int i = 0; i < some; i++) {
                    ItemPanels.put(model.itemFactors(), items[from + i] * d, panel, i, d);
                }
                kernels.scores(panel, 0, queries[group], scores, d);
                for (int i = 0; i < some; i++) {
                    higher += scores[place * Kernels.PANEL + i] > than[group][place] ? 1 : 0;
                }
            }
            return higher;
        }
    }
}
