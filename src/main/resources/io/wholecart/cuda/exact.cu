// Solver `exact`: block coordinate descent (docs: ehcf, section 4). Numbers in brackets are the paper's equations.

// ε, added to the diagonal of every normal matrix, and the pivot that is rounding beside its diagonal.
constexpr float RIDGE = 1e-6f;
constexpr double LOST_PIVOT = 1e-10;
// So many times d steps of conjugate gradients at most.
constexpr int STEPS = 4;

// Numbers from a row of a normal matrix to the next. In shared memory it is one more than d: neighboring threads write
// columns that are 4 apart, which for d = 64 or 128 would all be in one bank.
#ifdef PITCH
#define PITCH_OF(d, scratch) PITCH
#else
#define PITCH_OF(d, scratch) ((d) + ((scratch) == nullptr ? 1 : 0))
#endif

// λ_k and c_k, behavior after behavior.
struct Weight {
    float lambda;
    float negative;
};

// The positives of some rows of one side: behavior k has row r's from offsets[k (rows + 1) + r] + shift[k] on.
struct Positives {
    const int *offsets;
    const int *columns;
    const long long *shift;
    int rows;
    int behaviors;

    __device__ long long start(int k, int row) const { return offsets[(size_t) k * (rows + 1) + row] + shift[k]; }
    __device__ int count(int k, int row) const {
        const int *at = offsets + (size_t) k * (rows + 1) + row;
        return at[1] - at[0];
    }
    __device__ int count(int row) const {
        int sum = 0;
        for (int k = 0; k < behaviors; k++) {
            sum += count(k, row);
        }
        return sum;
    }
};

// What all rows' equations have in common. Weights of items are null where they are not this side's; 1 then.
struct Side {
    const float *others;
    const float *heads;
    const Weight *weights;
    const float *ownItems;
    const float *otherItems;
};

// Σ_k λ_k Σ_positives (1 − c_kv) z zᵀ into the tile and Σ_k λ_k z into the result (number threadIdx.x of it), for the
// row's positives from (inclusive) to (exclusive) in the order of behaviors; z = h_k ∘ q_v.
template <int G>
__device__ float addPositives(Tile<G> &tile, int d, const Side &side, const Positives &positives, int row, int own,
                              int from, int to, float *vectors, float *weights, float *shares, int *places) {
    const int length = tile.length();
    const int lane = threadIdx.x % 32;
    const int warp = threadIdx.x / 32;
    const int warps = blockDim.x / 32;
    float right = 0;
    for (int begin = from; begin < to; begin += STAGED) {
        int some = min(STAGED, to - begin);
        if (threadIdx.x < some) {
            int e = begin + threadIdx.x;
            int k = 0;
            while (e >= positives.count(k, row)) {
                e -= positives.count(k++, row);
            }
            int other = positives.columns[positives.start(k, row) + e];
            Weight weight = side.weights[k];
            float item = side.otherItems != nullptr ? side.otherItems[other] : side.ownItems != nullptr ? side.ownItems[own] : 1.0f;
            weights[threadIdx.x] = weight.lambda * (1 - weight.negative * item);
            shares[threadIdx.x] = weight.lambda;
            places[2 * threadIdx.x] = other;
            places[2 * threadIdx.x + 1] = k;
        }
        __syncthreads();
        for (int e = warp; e < some; e += warps) {
            const float *other = side.others + (size_t) places[2 * e] * d;
            const float *head = side.heads + places[2 * e + 1] * d;
            for (int f = lane; f < length; f += 32) {
                vectors[e * length + f] = f < d ? head[f] * other[f] : 0.0f;
            }
        }
        __syncthreads();
        tile.add(vectors, weights, some);
        if (threadIdx.x < d) {
            for (int e = 0; e < some; e++) {
                right += shares[e] * vectors[e * length + threadIdx.x];
            }
        }
        __syncthreads();
    }
    return right;
}

// How the rows of a sweep are solved.
struct Pace {
    float relaxation; // ω: beyond the solution where it is above 1
    float reduction;  // a residual that is this share of the first one is small enough
    float accuracy;   // or this share of the right side's
    float penalty;    // 1/ρ − 1
};

// Conjugate gradients on a matrix that is there, preconditioned by its diagonal, from where the row stands. The first
// warp has the vectors in its registers; all threads multiply.
__device__ inline void iterate(int d, int pitch, const float *matrix, const float *right, float *factors, const Pace &pace,
                               float *direction, float *partial, int *again) {
    const int lane = threadIdx.x % 32;
    const bool leader = threadIdx.x < 32;
    const int parts = max(1, min(8, (int) blockDim.x / d));
    const int chunk = ((d + parts - 1) / parts + 3) / 4 * 4;
    const int part = threadIdx.x / d;
    const int column = threadIdx.x % d;
    float x[SPAN], residual[SPAN], inverse[SPAN];
    float rest = 0;
    float limit = 0;
    if (leader) {
        float norm = 0;
#pragma unroll
        for (int i = 0; i < SPAN; i++) {
            int f = lane + 32 * i;
            bool in = f < d;
            x[i] = in ? factors[f] : 0.0f;
            residual[i] = in ? right[f] : 0.0f;
            inverse[i] = in ? 1 / matrix[(size_t) f * pitch + f] : 0.0f;
            norm += residual[i] * inverse[i] * residual[i];
            if (in) {
                direction[f] = x[i];
            }
        }
        limit = pace.accuracy * pace.accuracy * warpSum(norm);
    }
    __syncthreads();
    for (int step = -1;; step++) {
        if (part < parts) {
            float sum = 0;
            int end = min(d, (part + 1) * chunk);
            int i = part * chunk;
            // Four numbers of the direction with one read: it is the same for all threads.
#pragma unroll 4
            for (; i + 3 < end; i += 4) {
                float4 four = *reinterpret_cast<const float4 *>(direction + i);
                const float *rows = matrix + (size_t) i * pitch + column;
                sum += rows[0] * four.x + rows[pitch] * four.y;
                sum += rows[2 * pitch] * four.z + rows[3 * pitch] * four.w;
            }
            for (; i < end; i++) {
                sum += matrix[(size_t) i * pitch + column] * direction[i];
            }
            partial[part * d + column] = sum;
        }
        __syncthreads();
        if (leader) {
            float product[SPAN];
            float curvature = 0;
#pragma unroll
            for (int i = 0; i < SPAN; i++) {
                int f = lane + 32 * i;
                product[i] = 0;
                for (int p = 0; p < parts && f < d; p++) {
                    product[i] += partial[p * d + f];
                }
                curvature += f < d ? product[i] * direction[f] : 0.0f;
            }
            curvature = warpSum(curvature);
            bool first = step < 0;
            bool sound = first || curvature > 0;
            float length = first ? 1.0f : rest / curvature;
            float next = 0;
#pragma unroll
            for (int i = 0; i < SPAN; i++) {
                int f = lane + 32 * i;
                if (sound && f < d) {
                    x[i] += first ? 0.0f : length * direction[f];
                    residual[i] -= length * product[i];
                }
                next += residual[i] * inverse[i] * residual[i];
            }
            next = warpSum(next);
            float turn = first ? 0.0f : next / rest;
            if (first) {
                // Without a right side none of the row's behaviors has a share in the loss.
                sound = limit > 0;
                limit = max(limit, pace.reduction * pace.reduction * next);
            }
#pragma unroll
            for (int i = 0; i < SPAN; i++) {
                int f = lane + 32 * i;
                if (f < d) {
                    float before = turn == 0 ? 0.0f : turn * direction[f];
                    direction[f] = residual[i] * inverse[i] + before;
                    if (first && !sound) {
                        x[i] = 0;
                    }
                }
            }
            rest = next;
            if (lane == 0) {
                *again = sound && rest > limit && step + 1 < STEPS * d;
            }
        }
        __syncthreads();
        if (!*again) {
            break;
        }
    }
    if (leader) {
#pragma unroll
        for (int i = 0; i < SPAN; i++) {
            int f = lane + 32 * i;
            if (f < d) {
                factors[f] += pace.relaxation * (x[i] - factors[f]);
            }
        }
    }
}

// Normal equations of users or items (section 4), a block for each row of `list`:
//   N = g base + Σ_k λ_k Σ_positives (1 − c_kv) z zᵀ,   b = Σ_k λ_k Σ_positives z,   (N + (1/ρ − 1) diag N + ε) p = b
// A row whose positives are summed already has them in the slots from slots[2 i] to slots[2 i + 1] (exclusive), i its
// place in the list; slots == null: none has. `scratch` is d·d floats for each block, or null for shared memory.
template <int G>
__device__ void solveRows(int d0, Side side, const float *base, Positives positives, int firstRow, const int *list,
                          int listed, const int *slots, const float *sums, float *factors, Pace pace, float *scratch) {
    const int d = KNOWN(d0);
    const int pitch = PITCH_OF(d, scratch);
    Tile<G> tile(d);
    const int length = tile.length();
    float *vectors = reinterpret_cast<float *>(memory);
    float *weights = vectors + STAGED * length;
    float *shares = weights + STAGED;
    int *places = reinterpret_cast<int *>(shares + STAGED);
    float *direction = reinterpret_cast<float *>(places + 2 * STAGED); // on a multiple of 16 bytes
    float *right = direction + d;
    float *partial = right + d;
    const int parts = max(1, min(8, (int) blockDim.x / d));
    int *again = reinterpret_cast<int *>(partial + parts * d);
    float *matrix = scratch == nullptr ? reinterpret_cast<float *>(again + 1) : scratch + (size_t) blockIdx.x * d * d;
    for (int i = blockIdx.x; i < listed; i += gridDim.x) {
        int row = list[i];
        int own = firstRow + row;
        float *place = factors + (size_t) own * d;
        int count = positives.count(row);
        if (count == 0) {
            for (int f = threadIdx.x; f < d; f += blockDim.x) {
                place[f] = 0;
            }
            continue;
        }
        float scale = side.ownItems == nullptr ? 1.0f : side.ownItems[own];
        if (slots == nullptr) {
            tile.clear();
            float sum = addPositives(tile, d, side, positives, row, own, 0, count, vectors, weights, shares, places);
            if (threadIdx.x < d) {
                right[threadIdx.x] = sum;
            }
            tile.each(d, [=](int r, int c, float value) {
                float entry = value + scale * base[r * d + c];
                entry += r == c ? pace.penalty * entry + RIDGE : 0.0f;
                matrix[(size_t) r * pitch + c] = entry;
                matrix[(size_t) c * pitch + r] = entry;
            });
        } else {
            for (int at = threadIdx.x; at < d * d + d; at += blockDim.x) {
                int r = at / d;
                int c = at % d;
                int from = r < d ? max(r, c) * d + min(r, c) : at;
                float entry = 0;
                for (int slot = slots[2 * i]; slot < slots[2 * i + 1]; slot++) {
                    entry += sums[(size_t) slot * (d * d + d) + from];
                }
                if (r < d) {
                    entry += scale * base[r * d + c];
                    entry += r == c ? pace.penalty * entry + RIDGE : 0.0f;
                    matrix[(size_t) r * pitch + c] = entry;
                } else {
                    right[c] = entry;
                }
            }
        }
        __syncthreads();
        iterate(d, pitch, matrix, right, place, pace, direction, partial, again);
        __syncthreads();
    }
}

// Parts of long rows, a block each: (row, from, to, slot) in `work`; lower half of Σ w z zᵀ, then Σ λ z, in the slot.
template <int G>
__device__ void sumParts(int d0, Side side, Positives positives, int firstRow, const int *work, float *sums) {
    const int d = KNOWN(d0);
    Tile<G> tile(d);
    const int length = tile.length();
    float *vectors = reinterpret_cast<float *>(memory);
    float *weights = vectors + STAGED * length;
    float *shares = weights + STAGED;
    int *places = reinterpret_cast<int *>(shares + STAGED);
    const int *part = work + 4 * blockIdx.x;
    float *slot = sums + (size_t) part[3] * (d * d + d);
    float right = addPositives(tile, d, side, positives, part[0], firstRow + part[0], part[1], part[2], vectors, weights,
                               shares, places);
    tile.each(d, [=](int i, int j, float value) { slot[i * d + j] = value; });
    if (threadIdx.x < d) {
        slot[d * d + threadIdx.x] = right;
    }
}

#define SIDE const float *others, const float *heads, const Weight *weights, const float *ownItems, const float *otherItems
#define POSITIVES const int *offsets, const int *columns, const long long *shift, int rows, int behaviors

#define SOLVE_ROWS(G, THREADS, NAME) \
    extern "C" __global__ void __launch_bounds__(THREADS) \
    NAME(int d, SIDE, const float *base, POSITIVES, int firstRow, const int *list, int listed, const int *slots, \
         const float *sums, float *factors, float relaxation, float reduction, float accuracy, float penalty, \
         float *scratch) { \
        solveRows<G>(d, Side{others, heads, weights, ownItems, otherItems}, base, \
                     Positives{offsets, columns, shift, rows, behaviors}, firstRow, list, listed, slots, sums, factors, \
                     Pace{relaxation, reduction, accuracy, penalty}, scratch); \
    }

#define SUM_PARTS(G, THREADS, NAME) \
    extern "C" __global__ void __launch_bounds__(THREADS) \
    NAME(int d, SIDE, POSITIVES, int firstRow, const int *work, float *sums) { \
        sumParts<G>(d, Side{others, heads, weights, ownItems, otherItems}, \
                    Positives{offsets, columns, shift, rows, behaviors}, firstRow, work, sums); \
    }

#ifdef TILES_4
SOLVE_ROWS(1, 160, solve_rows_4)
SUM_PARTS(1, 160, sum_parts_4)
#endif
#ifdef TILES_8
SOLVE_ROWS(2, THREADS_8, solve_rows_8)
SUM_PARTS(2, THREADS_8, sum_parts_8)
#endif

// base = Σ_k λ_k c_k (h_k h_kᵀ) ∘ G: the dense part of (8), the same for every row.
extern "C" __global__ void __launch_bounds__(256)
dense_base(int d, int behaviors, const float *heads, const Weight *weights, const float *gram, float *base) {
    int at = blockIdx.x * blockDim.x + threadIdx.x;
    if (at < d * d) {
        int i = at / d;
        int j = at % d;
        float sum = 0;
        for (int k = 0; k < behaviors; k++) {
            sum += weights[k].lambda * weights[k].negative * heads[k * d + i] * heads[k * d + j];
        }
        base[at] = sum * gram[at];
    }
}

// Which row each positive is in, for every behavior.
extern "C" __global__ void __launch_bounds__(256)
rows_of_positives(const int *offsets, const long long *shift, int rows, int behaviors, int firstRow, int *rowOf) {
    Positives positives{offsets, nullptr, shift, rows, behaviors};
    int row = (blockIdx.x * blockDim.x + threadIdx.x) / 32;
    for (int k = 0; row < rows && k < behaviors; k++) {
        long long start = positives.start(k, row);
        for (int i = threadIdx.x % 32; i < positives.count(k, row); i += 32) {
            rowOf[start + i] = firstRow + row;
        }
    }
}

// N of a head's equations: G_P ∘ G_Q c_k + Σ_positives (1 − c_kv) z zᵀ, its diagonal by 1/ρ; without ε.
__device__ inline double headEntry(int d, const double *sums, const double *gramP, const double *gramQ, double negative,
                                   double keep, int i, int j) {
    int at = i * d + j;
    double entry = sums[at] + negative * gramP[at] * gramQ[at];
    return i == j ? entry / keep : entry;
}

// Heads, a block for each behavior: h_k = N⁻¹ Σ z by Cholesky in doubles, and the loss (6)(8) with dropout's expectation,
// λ_k (hᵀ N h − 2 bᵀ h), which N and b tell because it is quadratic in h.
extern "C" __global__ void __launch_bounds__(256)
solve_heads(int d, const Weight *weights, float keep, const double *allSums, const double *gramP, const double *gramQ,
            double *work, float *heads, double *losses) {
    const int k = blockIdx.x;
    const int t = threadIdx.x;
    const int lane = t % 32;
    const int warp = t / 32;
    const int warps = blockDim.x / 32;
    const double *sums = allSums + (size_t) k * (d * d + d);
    const double *b = sums + d * d;
    double negative = weights[k].negative;
    double *matrix = work + (size_t) k * d * d;
    double *row = reinterpret_cast<double *>(memory);
    double *diagonal = row + d;
    double *x = diagonal + d;
    double *parts = x + d;
    for (int at = t; at < d * d; at += blockDim.x) {
        int i = at / d;
        int j = at % d;
        matrix[at] = headEntry(d, sums, gramP, gramQ, negative, keep, i, j) + (i == j ? (double) RIDGE : 0.0);
        if (i == j) {
            diagonal[i] = matrix[at];
            x[i] = b[i];
        }
    }
    __syncthreads();
    for (int c = 0; c < d; c++) {
        double pivot = matrix[c * d + c];
        double inverse = pivot > LOST_PIVOT * diagonal[c] ? 1 / sqrt(pivot) : 0.0;
        for (int j = c + 1 + t; j < d; j += blockDim.x) {
            row[j] = matrix[c * d + j] * inverse;
        }
        double part = x[c] * inverse;
        __syncthreads();
        for (int i = c + 1 + warp; i < d; i += warps) {
            for (int j = i + lane; j < d; j += 32) {
                matrix[i * d + j] -= row[i] * row[j];
            }
        }
        for (int j = c + 1 + t; j < d; j += blockDim.x) {
            matrix[c * d + j] = row[j];
            x[j] -= part * row[j];
        }
        if (t == 0) {
            matrix[c * d + c] = inverse;
            x[c] = part;
        }
        __syncthreads();
    }
    if (warp == 0) {
        for (int i = d - 1; i >= 0; i--) {
            double sum = 0;
            for (int j = i + 1 + lane; j < d; j += 32) {
                sum += matrix[i * d + j] * x[j];
            }
            sum = warpSum(sum);
            if (lane == 0) {
                x[i] = (x[i] - sum) * matrix[i * d + i];
            }
            __syncwarp();
        }
    }
    __syncthreads();
    for (int f = t; f < d; f += blockDim.x) {
        heads[k * d + f] = (float) x[f];
        x[f] = (float) x[f];
    }
    __syncthreads();
    double loss = 0;
    for (int at = t; at < d * d; at += blockDim.x) {
        int i = at / d;
        int j = at % d;
        loss += x[i] * x[j] * headEntry(d, sums, gramP, gramQ, negative, keep, i, j) - (i == j ? 2 * b[i] * x[i] : 0.0);
    }
    loss = warpSum(loss);
    if (lane == 0) {
        parts[warp] = loss;
    }
    __syncthreads();
    if (t == 0) {
        double sum = 0;
        for (int w = 0; w < warps; w++) {
            sum += parts[w];
        }
        losses[k] = weights[k].lambda * sum;
    }
}
