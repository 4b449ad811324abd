package io.wholecart.recommendation;

/** Keeps the n best of many scored rows: a heap with the worst of the kept on top. Of equal scores the lower row wins. */
final class TopN {

    private final int[] rows;
    private final float[] scores;
    private int size;

    TopN(int n) {
        rows = new int[n];
        scores = new float[n];
    }

    /** Below this score nothing is kept any more. */
    float threshold() {
        return size < rows.length || size == 0 ? Float.NEGATIVE_INFINITY : scores[0];
    }

    /** Offers a row; rows come in any order, each once. */
    void offer(int row, float score) {
        if (size < rows.length) {
            siftUp(size++, row, score);
        } else if (size > 0 && worse(rows[0], scores[0], row, score)) {
            siftDown(row, score);
        }
    }

    private void siftUp(int from, int row, float score) {
        int at = from;
        while (at > 0) {
            int parent = (at - 1) >> 1;
            if (!worse(row, score, parent)) {
                break;
            }
            move(parent, at);
            at = parent;
        }
        rows[at] = row;
        scores[at] = score;
    }

    private void siftDown(int row, float score) {
        int at = 0;
        for (int child = 1; child < size; child = 2 * at + 1) {
            if (child + 1 < size && worse(rows[child + 1], scores[child + 1], child)) {
                child++;
            }
            if (!worse(rows[child], scores[child], row, score)) {
                break;
            }
            move(child, at);
            at = child;
        }
        rows[at] = row;
        scores[at] = score;
    }

    private void move(int from, int to) {
        rows[to] = rows[from];
        scores[to] = scores[from];
    }

    private boolean worse(int row, float score, int than) {
        return worse(row, score, rows[than], scores[than]);
    }

    private static boolean worse(int row, float score, int thanRow, float thanScore) {
        return score < thanScore || (score == thanScore && row > thanRow);
    }

    /** Takes all out, the best first; what is left is empty. */
    Ranked drain() {
        int[] bestRows = new int[size];
        float[] bestScores = new float[size];
        while (size > 0) {
            int last = size - 1;
            bestRows[last] = rows[0];
            bestScores[last] = scores[0];
            size = last;
            if (size > 0) {
                siftDown(rows[last], scores[last]);
            }
        }
        return new Ranked(bestRows, bestScores);
    }

    /**
     * Rows and their scores, the best first.
     *
     * @param rows as they were offered
     * @param scores beside them
     */
    record Ranked(int[] rows, float[] scores) {}
}
