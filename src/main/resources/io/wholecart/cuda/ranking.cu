// Ranks of held-out items (docs: ehcf, section 6): how many items score higher, strictly. Every score is summed factor
// after factor with one rounding each, wherever it is made, so that equal ones are equal to the last bit.

__device__ inline float scoreOf(int d, const float *query, const float *item) {
    float score = 0;
    for (int f = 0; f < d; f++) {
        score = fmaf(query[f], item[f], score);
    }
    return score;
}

// Queries h ∘ p of users (rows of p), and the scores of their own items.
extern "C" __global__ void __launch_bounds__(128)
own_scores(int d0, int count, const int *own, const float *p, const float *q, const float *head,
           float *queries, float *than) {
    const int d = KNOWN(d0);
    int u = blockIdx.x * blockDim.x + threadIdx.x;
    if (u < count) {
        for (int f = 0; f < d; f++) {
            queries[(size_t) u * d + f] = head[f] * p[(size_t) u * d + f];
        }
        than[u] = scoreOf(d, queries + (size_t) u * d, q + (size_t) own[u] * d);
    }
}

// Adds to counts[u] the items of this block's share that score higher than than[u]: RANKED = 64 users in shared memory, as
// many items at a time, 4 x 4 scores a thread. Users are in blockIdx.x, shares of the items in blockIdx.y.
extern "C" __global__ void __launch_bounds__(256)
count_higher(int d0, int count, int items, const float *queries, const float *than, const float *q, int *counts) {
    const int d = KNOWN(d0);
    const int length = (d + DEPTH - 1) / DEPTH * DEPTH + 1;
    float *panel = reinterpret_cast<float *>(memory); // DEPTH x 64 items
    float *rows = panel + DEPTH * RANKED;
    const int first = blockIdx.x * RANKED;
    const int r = threadIdx.x / 16 * 4;
    const int c = threadIdx.x % 16 * 4;
    const int blocks = (items + RANKED - 1) / RANKED;
    for (int at = threadIdx.x; at < RANKED * length; at += blockDim.x) {
        int row = at / length;
        int f = at % length;
        rows[at] = f < d && first + row < count ? queries[(size_t) (first + row) * d + f] : 0.0f;
    }
    int higher[4] = {};
    for (int block = blockIdx.y; block < blocks; block += gridDim.y) {
        int from = block * RANKED;
        float score[4][4] = {};
        for (int depth = 0; depth < d; depth += DEPTH) {
            __syncthreads();
            for (int at = threadIdx.x; at < DEPTH * RANKED; at += blockDim.x) {
                int item = from + at / DEPTH;
                int f = depth + at % DEPTH;
                panel[at % DEPTH * RANKED + at / DEPTH] = f < d && item < items ? q[(size_t) item * d + f] : 0.0f;
            }
            __syncthreads();
            int deep = min(DEPTH, d - depth);
            for (int f = 0; f < deep; f++) {
                float4 right = *reinterpret_cast<const float4 *>(panel + f * RANKED + c);
#pragma unroll
                for (int i = 0; i < 4; i++) {
                    float left = rows[(r + i) * length + depth + f];
                    score[i][0] = fmaf(left, right.x, score[i][0]);
                    score[i][1] = fmaf(left, right.y, score[i][1]);
                    score[i][2] = fmaf(left, right.z, score[i][2]);
                    score[i][3] = fmaf(left, right.w, score[i][3]);
                }
            }
        }
#pragma unroll
        for (int i = 0; i < 4; i++) {
            for (int j = 0; j < 4; j++) {
                bool there = first + r + i < count && from + c + j < items;
                higher[i] += there && score[i][j] > than[first + r + i] ? 1 : 0;
            }
        }
    }
#pragma unroll
    for (int i = 0; i < 4; i++) {
        if (higher[i] > 0) {
            atomicAdd(counts + first + r + i, higher[i]);
        }
    }
}

// How many of some items of each user score higher: a warp a user.
extern "C" __global__ void __launch_bounds__(128)
count_higher_of(int d0, int count, const int *offsets, const int *columns, const float *queries, const float *than,
                const float *q, int *counts) {
    const int d = KNOWN(d0);
    int u = (blockIdx.x * blockDim.x + threadIdx.x) / 32;
    for (int i = u < count ? offsets[u] + (int) threadIdx.x % 32 : 0; u < count && i < offsets[u + 1]; i += 32) {
        if (scoreOf(d, queries + (size_t) u * d, q + (size_t) columns[i] * d) > than[u]) {
            atomicAdd(counts + u, 1);
        }
    }
}
