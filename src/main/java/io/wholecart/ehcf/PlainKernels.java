package io.wholecart.ehcf;

import java.util.Arrays;

/** Loops as the JIT compiler vectorizes them best: over neighboring floats, without sums across them. */
final class PlainKernels implements Kernels {

    @Override
    public float dot(float[] a, int aAt, float[] b, int bAt, int d) {
        float s0 = 0;
        float s1 = 0;
        float s2 = 0;
        float s3 = 0;
        int f = 0;
        for (; f <= d - 4; f += 4) {
            s0 += a[aAt + f] * b[bAt + f];
            s1 += a[aAt + f + 1] * b[bAt + f + 1];
            s2 += a[aAt + f + 2] * b[bAt + f + 2];
            s3 += a[aAt + f + 3] * b[bAt + f + 3];
        }
        for (; f < d; f++) {
            s0 += a[aAt + f] * b[bAt + f];
        }
        return s0 + s1 + (s2 + s3);
    }

    @Override
    public void multiply(float[] a, int aAt, float[] b, int bAt, float[] to, int toAt, int d) {
        for (int f = 0; f < d; f++) {
            to[toAt + f] = a[aAt + f] * b[bAt + f];
        }
    }

    @Override
    public void multiplyRows(
            float[] a, int aAt, float[] rows, int[] columns, int from, int count, float[] to, int toAt, int d) {
        for (int i = 0; i < count; i++) {
            multiply(a, aAt, rows, columns[from + i] * d, to, toAt + i * d, d);
        }
    }

    @Override
    public void addProduct(float[] a, float[] b, float[] to, int d) {
        for (int f = 0; f < d; f++) {
            to[f] += a[f] * b[f];
        }
    }

    @Override
    public void addScaled(float scale, float[] x, int xAt, float[] to, int d) {
        for (int f = 0; f < d; f++) {
            to[f] += scale * x[xAt + f];
        }
    }

    @Override
    public void addSquares(float scale, float[] x, int xAt, float[] to, int d) {
        for (int f = 0; f < d; f++) {
            to[f] += scale * x[xAt + f] * x[xAt + f];
        }
    }

    @Override
    public void scaleAndAdd(float scale, float[] to, float[] x, int d) {
        for (int f = 0; f < d; f++) {
            to[f] = x[f] + scale * to[f];
        }
    }

    @Override
    public void symmetricTimes(float[] matrix, float scale, float[] x, float[] to, int d) {
        for (int f = 0; f < d; f++) {
            to[f] = 0;
        }
        int j = 0;
        for (; j <= d - 4; j += 4) {
            addFour(matrix, j * d, scale * x[j], scale * x[j + 1], scale * x[j + 2], scale * x[j + 3], to, d);
        }
        for (; j < d; j++) {
            addScaled(scale * x[j], matrix, j * d, to, d);
        }
    }

    /** Four vectors in one pass, so that {@code to} is loaded and stored once for the four. */
    private static void addFour(float[] x, int at, float s0, float s1, float s2, float s3, float[] to, int d) {
        for (int f = 0; f < d; f++) {
            to[f] += s0 * x[at + f] + s1 * x[at + d + f] + s2 * x[at + 2 * d + f] + s3 * x[at + 3 * d + f];
        }
    }

    @Override
    public void addProjections(float[] z, int rows, float[] weights, float[] x, float[] to, float[] scratch, int d) {
        for (int r = 0; r < rows; r += 4) {
            int at = r * d;
            float s0 = weights[r] * dot(z, at, x, 0, d);
            float s1 = weights[r + 1] * dot(z, at + d, x, 0, d);
            float s2 = weights[r + 2] * dot(z, at + 2 * d, x, 0, d);
            float s3 = weights[r + 3] * dot(z, at + 3 * d, x, 0, d);
            addFour(z, at, s0, s1, s2, s3, to, d);
        }
    }

    @Override
    public void addOuterProducts(float[] a, float[] b, int first, int rows, float[] to, int d) {
        int r = 0;
        for (; r <= rows - 4; r += 4) {
            int at = first + r * d;
            for (int i = 0; i < d; i++) {
                float a0 = a[at + i];
                float a1 = a[at + d + i];
                float a2 = a[at + 2 * d + i];
                float a3 = a[at + 3 * d + i];
                int row = i * d;
                for (int j = i; j < d; j++) {
                    to[row + j] +=
                            a0 * b[at + j] + a1 * b[at + d + j] + a2 * b[at + 2 * d + j] + a3 * b[at + 3 * d + j];
                }
            }
        }
        for (; r < rows; r++) {
            int at = first + r * d;
            for (int i = 0; i < d; i++) {
                float scale = a[at + i];
                for (int j = i; j < d; j++) {
                    to[i * d + j] += scale * b[at + j];
                }
            }
        }
    }

    @Override
    public void rowsTimes(float[] x, int at, int rows, float[] matrix, float[] to, int d) {
        for (int r = 0; r < rows; r++) {
            int row = r * d;
            for (int f = 0; f < d; f++) {
                to[row + f] = 0;
            }
            for (int j = 0; j < d; j++) {
                float scale = x[at + row + j];
                for (int f = 0; f < d; f++) {
                    to[row + f] += scale * matrix[j * d + f];
                }
            }
        }
    }

    @Override
    public void adagrad(float[] x, float[] squares, int at, float[] gradient, float rate, int count) {
        for (int i = 0; i < count; i++) {
            squares[at + i] += gradient[i] * gradient[i];
            x[at + i] -= rate * gradient[i] / (float) Math.sqrt(squares[at + i]);
        }
    }

    @Override
    public void scores(float[] panel, int panelAt, float[] queries, float[] scores, int d) {
        for (int q = 0; q < QUERIES; q++) {
            int to = q * PANEL;
            for (int v = to; v < to + PANEL; v++) {
                scores[v] = 0;
            }
            for (int f = 0; f < d; f++) {
                float x = queries[q * d + f];
                int at = panelAt + f * PANEL;
                for (int v = 0; v < PANEL; v++) {
                    scores[to + v] += x * panel[at + v];
                }
            }
        }
    }

    @Override
    public void scan(float[] panels, int from, int to, float[] query, float[] scores, int d) {
        for (int p = from; p < to; p++) {
            int out = (p - from) * PANEL;
            for (int v = 0; v < PANEL; v++) {
                scores[out + v] = 0;
            }
            for (int f = 0; f < d; f++) {
                int at = (p * d + f) * PANEL;
                for (int v = 0; v < PANEL; v++) {
                    scores[out + v] += query[f] * panels[at + v];
                }
            }
        }
    }

    @Override
    public int reach(
            byte[] panels, int from, int to, short[] query, short threshold, short[] sums, int[] found, int d) {
        int count = 0;
        for (int p = from; p < to; p++) {
            Arrays.fill(sums, 0, BYTE_PANEL, (short) 0);
            for (int f = 0; f < d; f++) {
                int at = (p * d + f) * BYTE_PANEL;
                for (int v = 0; v < BYTE_PANEL; v++) {
                    sums[v] += (short) (query[f] * panels[at + v]);
                }
            }
            count = Kernels.collect(sums, threshold, (p - from) * BYTE_PANEL, found, count);
        }
        return count;
    }

    @Override
    public void countHigher(float[] panels, int from, int to, float[] queries, float[] than, int[] counts, int d) {
        float[] scores = new float[QUERIES * PANEL];
        for (int p = from; p < to; p++) {
            scores(panels, p * PANEL * d, queries, scores, d);
            for (int q = 0; q < QUERIES; q++) {
                int higher = 0;
                for (int v = q * PANEL; v < (q + 1) * PANEL; v++) {
                    higher += scores[v] > than[q] ? 1 : 0;
                }
                counts[q] += higher;
            }
        }
    }
}
