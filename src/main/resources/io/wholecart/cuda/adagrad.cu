// Solver `adagrad`: the paper's mini-batches (docs: ehcf, section 3). One step is: draw_batch, outer_sums and total_sums of
// the batch, dense_terms, batch_positives, step_items, outer_sums and total_sums of the items, step_chain. The host
// records these once and replays them; which batch it is stands in counters[0], the number of the step in counters[1].

// Four random numbers from a counter (Philox 4x32-10; Salmon et al. 2011): the same seed, step and place give the same
// ones on every card, whatever the order of the threads.
__device__ inline uint4 philox(uint4 counter, uint2 key) {
    for (int round = 0; round < 10; round++) {
        unsigned low0 = 0xD2511F53u * counter.x;
        unsigned high0 = __umulhi(0xD2511F53u, counter.x);
        unsigned low1 = 0xCD9E8D57u * counter.z;
        unsigned high1 = __umulhi(0xCD9E8D57u, counter.z);
        counter = make_uint4(high1 ^ counter.y ^ key.x, low1, high0 ^ counter.w ^ key.y, low0);
        key.x += 0x9E3779B9u;
        key.y += 0xBB67AE85u;
    }
    return counter;
}

// The users of a batch: `order` has all active users batch after batch, the last one may be smaller.
struct Batch {
    const int *order;
    int active;
    int size;
    const int *counters;

    __device__ int first() const { return counters[0] * size; }
    __device__ int users() const { return min(size, active - first()); }
    __device__ int user(int place) const { return order[first() + place]; }
};

// x = p ∘ mask: inverted dropout on the batch's user factors, 1/ρ with probability ρ, else 0; rows of zeros fill up.
extern "C" __global__ void __launch_bounds__(256)
draw_batch(int d0, const int *order, int active, int size, const int *counters, float keep, long long seed,
           const float *p, float *x, float *mask) {
    const int d = KNOWN(d0);
    Batch batch{order, active, size, counters};
    int four = blockIdx.x * blockDim.x + threadIdx.x;
    uint4 bits = philox(make_uint4((unsigned) four, (unsigned) counters[1], 0, 0),
                        make_uint2((unsigned) seed, (unsigned) (seed >> 32)));
    unsigned drawn[4] = {bits.x, bits.y, bits.z, bits.w};
#pragma unroll
    for (int n = 0; n < 4; n++) {
        int at = 4 * four + n;
        int b = at / d;
        if (b < size) {
            bool in = b < batch.users();
            bool kept = keep >= 1 || (float) (drawn[n] >> 8) * (1.0f / (1 << 24)) < keep;
            float scale = in && kept ? 1 / keep : 0.0f;
            mask[at] = scale;
            x[at] = in ? p[(size_t) batch.user(b) * d + at % d] * scale : 0.0f;
        }
    }
}

// Every item as a negative (8), a warp for each row i of the d x d matrices:
//   byUser = 2 (Σ_k λ_k c_k h_k h_kᵀ) ∘ G_Q, byItem = 2 (Σ_k λ_k c_k h_k h_kᵀ) ∘ G_P,
//   byHeads_k = 2 λ_k c_k (G_P ∘ G_Q) h_k, and Σ_k λ_k c_k h_kᵀ (G_P ∘ G_Q) h_k added to the loss.
extern "C" __global__ void __launch_bounds__(32)
dense_terms(int d, int behaviors, const float *heads, const Weight *weights, const float *shares, float lossShare,
            const double *gramP, const double *gramQ, float *byUser, float *byItem, float *byHeads, double *loss) {
    const int i = blockIdx.x;
    const int lane = threadIdx.x;
    for (int j = lane; j < d; j += 32) {
        float outer = 0;
        for (int k = 0; k < behaviors; k++) {
            outer += shares[k] * weights[k].negative * heads[k * d + i] * heads[k * d + j];
        }
        byUser[i * d + j] = 2 * outer * (float) gramQ[i * d + j];
        byItem[i * d + j] = 2 * outer * (float) gramP[i * d + j];
    }
    double sum = 0;
    for (int k = 0; k < behaviors; k++) {
        double product = 0;
        for (int j = lane; j < d; j += 32) {
            product += gramP[i * d + j] * gramQ[i * d + j] * heads[k * d + j];
        }
        product = warpSum(product) * shares[k] * weights[k].negative;
        if (lane == 0) {
            byHeads[k * d + i] = (float) (2 * product);
        }
        sum += product * heads[k * d + i];
    }
    if (lane == 0) {
        atomicAdd(loss, lossShare * sum);
    }
}

__device__ inline void adagrad(float &value, float &square, float slope, float rate) {
    square += slope * slope;
    value -= rate * slope / sqrtf(square);
}

// The positives of a batch (6), a block for each of its users, and that user's step. By a positive's score s the loss is
// λ_k [(1 − c_kv) s² − 2 s]; what that is by the item's factors is added up in `byItems`, by the heads in `byHeads`.
extern "C" __global__ void __launch_bounds__(32 * POSITIVE_WARPS)
batch_positives(int d0, const int *order, int active, int size, const int *counters, POSITIVES, const float *g,
                const float *heads, const Weight *weights, const float *shares, float lossShare, const float *x,
                const float *mask, const float *q, const float *byUser, float *byItems, float *byHeads, float *p,
                float *squares, float rate, double *loss) {
    const int d = KNOWN(d0);
    Batch batch{order, active, size, counters};
    const int b = blockIdx.x;
    if (b >= batch.users()) {
        return; // the whole block
    }
    Positives positives{offsets, columns, shift, rows, behaviors};
    const int lane = threadIdx.x % 32;
    const int warp = threadIdx.x / 32;
    const int user = batch.user(b);
    const float *own = x + b * d;
    float *query = reinterpret_cast<float *>(memory);
    float *slopes = query + d;
    float *pulls = slopes + d;
    for (int f = threadIdx.x; f < d; f += blockDim.x) {
        float sum = 0;
#pragma unroll 8
        for (int j = 0; j < d; j++) {
            sum += byUser[j * d + f] * own[j];
        }
        slopes[f] = sum;
    }
    double lost = 0;
    for (int k = 0; k < behaviors; k++) {
        int count = shares[k] == 0 ? 0 : positives.count(k, user);
        if (count == 0) {
            continue;
        }
        __syncthreads();
        for (int f = threadIdx.x; f < d; f += blockDim.x) {
            query[f] = heads[k * d + f] * own[f];
        }
        __syncthreads();
        float pull[SPAN];
#pragma unroll
        for (int i = 0; i < SPAN; i++) {
            pull[i] = 0;
        }
        const int *items = columns + positives.start(k, user);
        for (int at = warp; at < count; at += POSITIVE_WARPS) {
            int item = items[at];
            float factors[SPAN];
            float score = 0;
#pragma unroll
            for (int i = 0; i < SPAN; i++) {
                int f = lane + 32 * i;
                factors[i] = f < d ? q[(size_t) item * d + f] : 0.0f;
                score += f < d ? query[f] * factors[i] : 0.0f;
            }
            score = warpSum(score);
            float square = 1 - weights[k].negative * (g == nullptr ? 1.0f : g[item]);
            float byScore = 2 * shares[k] * (square * score - 1);
            lost += shares[k] * (square * score * score - 2 * score);
#pragma unroll
            for (int i = 0; i < SPAN; i++) {
                int f = lane + 32 * i;
                pull[i] += byScore * factors[i];
                if (f < d) {
                    atomicAdd(byItems + (size_t) item * d + f, byScore * query[f]);
                }
            }
        }
#pragma unroll
        for (int i = 0; i < SPAN; i++) {
            int f = lane + 32 * i;
            if (f < d) {
                pulls[warp * d + f] = pull[i];
            }
        }
        __syncthreads();
        for (int f = threadIdx.x; f < d; f += blockDim.x) {
            float sum = 0;
            for (int w = 0; w < POSITIVE_WARPS; w++) {
                sum += pulls[w * d + f];
            }
            slopes[f] += heads[k * d + f] * sum;
            atomicAdd(byHeads + k * d + f, own[f] * sum);
        }
    }
    if (lane == 0 && lost != 0) {
        atomicAdd(loss, lossShare * lost);
    }
    for (int f = threadIdx.x; f < d; f += blockDim.x) {
        size_t at = (size_t) user * d + f;
        adagrad(p[at], squares[at], slopes[f] * mask[b * d + f], rate);
    }
}

// One step of all items: ∂L/∂q_v = g_v byItem q_v + what the batch's positives added to byItems, which is left at zero. A
// block has ITEMS = 64 items in shared memory; a thread makes 4 x 4 numbers of their product with 64 columns of byItem.
extern "C" __global__ void __launch_bounds__(256)
step_items(int d0, int items, const float *byItem, const float *g, float *byItems, float *q, float *squares, float rate) {
    const int d = KNOWN(d0);
    const int length = (d + DEPTH - 1) / DEPTH * DEPTH + 1;
    float *panel = reinterpret_cast<float *>(memory); // DEPTH x 64
    float *rows = panel + DEPTH * ITEMS;
    const int first = blockIdx.x * ITEMS;
    const int r = threadIdx.x / 16 * 4;
    const int c = threadIdx.x % 16 * 4;
    for (int at = threadIdx.x; at < ITEMS * length; at += blockDim.x) {
        int row = at / length;
        int f = at % length;
        rows[at] = f < d && first + row < items ? q[(size_t) (first + row) * d + f] : 0.0f;
    }
    for (int from = 0; from < d; from += ITEMS) {
        float sum[4][4] = {};
        for (int depth = 0; depth < d; depth += DEPTH) {
            __syncthreads();
            for (int at = threadIdx.x; at < DEPTH * ITEMS; at += blockDim.x) {
                int f = depth + at / ITEMS;
                int column = from + at % ITEMS;
                panel[at] = f < d && column < d ? byItem[f * d + column] : 0.0f;
            }
            __syncthreads();
#pragma unroll
            for (int f = 0; f < DEPTH; f++) {
                float4 right = *reinterpret_cast<const float4 *>(panel + f * ITEMS + c);
#pragma unroll
                for (int i = 0; i < 4; i++) {
                    float left = rows[(r + i) * length + depth + f];
                    sum[i][0] += left * right.x;
                    sum[i][1] += left * right.y;
                    sum[i][2] += left * right.z;
                    sum[i][3] += left * right.w;
                }
            }
        }
#pragma unroll
        for (int i = 0; i < 4; i++) {
            int item = first + r + i;
#pragma unroll
            for (int j = 0; j < 4; j++) {
                int column = from + c + j;
                if (item < items && column < d) {
                    size_t at = (size_t) item * d + column;
                    float slope = (g == nullptr ? 1.0f : g[item]) * sum[i][j] + byItems[at];
                    byItems[at] = 0;
                    adagrad(q[at], squares[at], slope, rate);
                }
            }
        }
    }
}

// Behaviors in an order in which precedents come first, four numbers each: behavior, place of its free vector (or −1),
// first and last (exclusive) of its transfers; then three numbers for each transfer t -> k: t, places of M_tk and r_tk.
struct Chain {
    const int *plan;
    int behaviors;

    __device__ const int *step(int at) const { return plan + 4 * at; }
    __device__ const int *transfer(int at) const { return plan + 4 * behaviors + 3 * at; }
};

// h_k = Σ_t (h_t M_tk + r_tk), or free (3)(4). One block.
__device__ inline void transferred(int d, const Chain &chain, const float *values, float *heads, float *partial) {
    const int parts = max(1, min(16, (int) blockDim.x / d));
    const int part = threadIdx.x / d;
    const int j = threadIdx.x % d;
    for (int at = 0; at < chain.behaviors; at++) {
        const int *step = chain.step(at);
        float sum = 0;
        for (int e = step[2]; part < parts && e < step[3]; e++) {
            const int *transfer = chain.transfer(e);
            for (int i = part; i < d; i += parts) {
                sum += heads[transfer[0] * d + i] * values[transfer[1] + i * d + j];
            }
            sum += part == 0 ? values[transfer[2] + j] : 0.0f;
        }
        if (part < parts) {
            partial[part * d + j] = sum;
        }
        __syncthreads();
        if (part == 0) {
            float head = step[1] < 0 ? 0.0f : values[step[1] + j];
            for (int p = 0; p < parts; p++) {
                head += partial[p * d + j];
            }
            heads[step[0] * d + j] = head;
        }
        __syncthreads();
    }
}

extern "C" __global__ void __launch_bounds__(1024)
chain_heads(int d, int behaviors, const int *plan, const float *values, float *heads) {
    transferred(d, Chain{plan, behaviors}, values, heads, reinterpret_cast<float *>(memory));
}

// Takes ∂L/∂h_k back through the transfers (last behavior first), steps all their parameters, makes the next heads and
// goes on to the next step, and to the next batch where `last`. One block.
extern "C" __global__ void __launch_bounds__(1024)
step_chain(int d, int behaviors, const int *plan, float penalty, float rate, float *values, float *squares, float *heads,
           float *byHeads, int *counters, int last) {
    Chain chain{plan, behaviors};
    const int lane = threadIdx.x % 32;
    const int warp = threadIdx.x / 32;
    const int warps = blockDim.x / 32;
    for (int at = behaviors - 1; at >= 0; at--) {
        const int *step = chain.step(at);
        const float *slopes = byHeads + step[0] * d;
        for (int j = threadIdx.x; step[1] >= 0 && j < d; j += blockDim.x) {
            adagrad(values[step[1] + j], squares[step[1] + j], slopes[j], rate);
        }
        for (int e = step[2]; e < step[3]; e++) {
            const int *transfer = chain.transfer(e);
            for (int i = warp; i < d; i += warps) {
                float from = heads[transfer[0] * d + i];
                float back = 0;
                for (int j = lane; j < d; j += 32) {
                    int place = transfer[1] + i * d + j;
                    float value = values[place];
                    back += value * slopes[j];
                    adagrad(values[place], squares[place], from * slopes[j] + penalty * value, rate);
                }
                back = warpSum(back);
                if (lane == 0) {
                    byHeads[transfer[0] * d + i] += back;
                }
            }
            for (int j = threadIdx.x; j < d; j += blockDim.x) {
                adagrad(values[transfer[2] + j], squares[transfer[2] + j], slopes[j], rate);
            }
            __syncthreads();
        }
    }
    __syncthreads();
    transferred(d, chain, values, heads, reinterpret_cast<float *>(memory));
    if (threadIdx.x == 0) {
        counters[1]++;
        counters[0] += last;
    }
}
