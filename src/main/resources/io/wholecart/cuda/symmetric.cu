// What the other files stand on: sums of weighted outer products, kept in the registers of a block of threads.
//
// The host compiles all files as one program, for one number of factors where FACTORS is defined: loops then have
// known lengths, and only the tiles of this size are there (Tiling.java). STAGED vectors are in shared memory at one time;
// that and the other sizes that launches count on are the host's macros (Program.java). Every block has a multiple of 32 threads, and every thread reaches every barrier.

#if !defined(FACTORS) || FACTORS <= 64
#define TILES_4
#endif
#if !defined(FACTORS) || FACTORS > 64
#define TILES_8
#endif

#ifdef FACTORS
#define KNOWN(d) FACTORS
constexpr int SPAN = (FACTORS + 31) / 32;
#else
#define KNOWN(d) (d)
constexpr int SPAN = 8; // vectors of up to 256 numbers
#endif

// Threads of a block with tiles of 8 x 8: 17 x 16 / 2 tiles cover 128 factors, 33 x 32 / 2 cover 256.
#if defined(FACTORS) && FACTORS <= 128
#define THREADS_8 160
#else
#define THREADS_8 544
#endif

constexpr unsigned WARP = 0xffffffffu;
// Vectors that are summed in floats before the sum goes to doubles.
constexpr int FLOAT_TERMS = 4096;

extern __shared__ float4 memory[];

__device__ inline float warpSum(float value) {
    for (int step = 16; step > 0; step /= 2) {
        value += __shfl_xor_sync(WARP, value, step);
    }
    return value;
}

__device__ inline double warpSum(double value) {
    for (int step = 16; step > 0; step /= 2) {
        value += __shfl_xor_sync(WARP, value, step);
    }
    return value;
}

// A thread's part of a symmetric d x d matrix: the tile (a, b), a >= b, of 4 rows and 4 columns in each of G groups of
// rows and columns. Neighboring threads read neighboring float4 of a vector; with G = 2 the groups are half a vector
// apart, so that these reads have no bank conflicts.
template <int G>
struct Tile {
    float sum[4 * G][4 * G];
    int a;
    int b;
    int side; // tiles in a row
    bool active;

    __device__ explicit Tile(int d) {
        side = (d + 4 * G - 1) / (4 * G);
        int t = threadIdx.x;
        a = 0;
        while ((a + 1) * (a + 2) / 2 <= t) {
            a++;
        }
        b = t - a * (a + 1) / 2;
        active = a < side;
        clear();
    }

    // Length of a staged vector, zeros at the end.
    __device__ int length() const { return 4 * G * side; }

    __device__ void clear() {
#pragma unroll
        for (int i = 0; i < 4 * G; i++) {
#pragma unroll
            for (int j = 0; j < 4 * G; j++) {
                sum[i][j] = 0;
            }
        }
    }

    __device__ void load(const float *vector, int tile, float *to) const {
#pragma unroll
        for (int g = 0; g < G; g++) {
            float4 four = *reinterpret_cast<const float4 *>(vector + 4 * (g * side + tile));
            to[4 * g] = four.x;
            to[4 * g + 1] = four.y;
            to[4 * g + 2] = four.z;
            to[4 * g + 3] = four.w;
        }
    }

    // sum += Σ w z zᵀ over staged vectors.
    __device__ void add(const float *vectors, const float *weights, int count) {
        if (!active) {
            return;
        }
        for (int e = 0; e < count; e++) {
            float left[4 * G];
            float right[4 * G];
            load(vectors + e * length(), a, left);
            load(vectors + e * length(), b, right);
            float weight = weights[e];
#pragma unroll
            for (int i = 0; i < 4 * G; i++) {
                float scaled = weight * left[i];
#pragma unroll
                for (int j = 0; j < 4 * G; j++) {
                    sum[i][j] += scaled * right[j];
                }
            }
        }
    }

    // Calls to(i, j, value) once for each i >= j of the matrix that is this thread's.
    template <class To>
    __device__ void each(int d, To to) const {
        if (!active) {
            return;
        }
#pragma unroll
        for (int i = 0; i < 4 * G; i++) {
            int row = 4 * (i / 4 * side + a) + i % 4;
#pragma unroll
            for (int j = 0; j < 4 * G; j++) {
                int column = 4 * (j / 4 * side + b) + j % 4;
                if (row < d && column < d) {
                    if (row >= column) {
                        to(row, column, sum[i][j]);
                    } else if (a != b) {
                        to(column, row, sum[i][j]);
                    }
                }
            }
        }
    }
};

// Adds what is in a tile to the block's own sum in doubles, or begins that.
template <int G>
__device__ void flush(Tile<G> &tile, double *total, int d, bool first) {
    tile.each(d, [=](int i, int j, float value) {
        double before = first ? 0.0 : total[i * d + j];
        total[i * d + j] = before + value;
    });
    tile.clear();
}

// Σ w z zᵀ and Σ z over a block's share of `count` vectors, into the block's own d·d + d doubles (lower half).
//   columns == null: z = x_i, w = g_i or 1                          (Gram matrices)
//   else:            z = x_rows[i] ∘ y_columns[i], w = 1 − c g       (equations of a head; section 2, (6))
// With `resume` the sums go on from what is there.
template <int G>
__device__ void outerSums(int d0, const float *x, const float *y, const int *rows, const int *columns, const float *g,
                          float negative, long long first, long long count, double *totals, int resume) {
    const int d = KNOWN(d0);
    Tile<G> tile(d);
    const int length = tile.length();
    float *vectors = reinterpret_cast<float *>(memory);
    float *weights = vectors + STAGED * length;
    double *total = totals + (size_t) blockIdx.x * (d * d + d);
    long long share = (count + gridDim.x - 1) / gridDim.x;
    long long from = share * blockIdx.x;
    long long to = min(count, from + share);
    bool fresh = !resume;
    double right = 0;
    int terms = 0;
    const int lane = threadIdx.x % 32;
    const int warp = threadIdx.x / 32;
    const int warps = blockDim.x / 32;
    for (long long begin = from; begin < to; begin += STAGED) {
        int some = (int) min((long long) STAGED, to - begin);
        for (int e = warp; e < some; e += warps) {
            long long at = first + begin + e;
            const float *left = x + (size_t) (columns == nullptr ? at : (long long) rows[at]) * d;
            const float *other = columns == nullptr ? nullptr : y + (size_t) columns[at] * d;
            for (int f = lane; f < length; f += 32) {
                float value = 0;
                if (f < d) {
                    value = other == nullptr ? left[f] : left[f] * other[f];
                }
                vectors[e * length + f] = value;
            }
            if (lane == 0) {
                float item = g == nullptr ? 1.0f : g[columns == nullptr ? at : (long long) columns[at]];
                weights[e] = columns == nullptr ? item : 1 - negative * item;
            }
        }
        __syncthreads();
        tile.add(vectors, weights, some);
        if (threadIdx.x < d) {
            float sum = 0;
            for (int e = 0; e < some; e++) {
                sum += vectors[e * length + threadIdx.x];
            }
            right += sum;
        }
        terms += some;
        if (terms >= FLOAT_TERMS) {
            flush(tile, total, d, fresh);
            fresh = false;
            terms = 0;
        }
        __syncthreads();
    }
    if (terms > 0 || fresh) {
        flush(tile, total, d, fresh);
    }
    if (threadIdx.x < d) {
        double *place = total + d * d + threadIdx.x;
        *place = (resume ? *place : 0.0) + right;
    }
}

#ifdef TILES_4
extern "C" __global__ void __launch_bounds__(160)
outer_sums_4(int d, const float *x, const float *y, const int *rows, const int *columns, const float *g, float negative,
             long long first, long long count, double *totals, int resume) {
    outerSums<1>(d, x, y, rows, columns, g, negative, first, count, totals, resume);
}
#endif

#ifdef TILES_8
extern "C" __global__ void __launch_bounds__(THREADS_8)
outer_sums_8(int d, const float *x, const float *y, const int *rows, const int *columns, const float *g, float negative,
             long long first, long long count, double *totals, int resume) {
    outerSums<2>(d, x, y, rows, columns, g, negative, first, count, totals, resume);
}
#endif

// The blocks' sums together: both halves of the matrix, as doubles and as floats, then Σ z as doubles.
extern "C" __global__ void __launch_bounds__(256)
total_sums(int d, int blocks, const double *totals, double *matrix, float *floats) {
    int size = d * d + d;
    // Four threads share a number, so that small matrices keep more of the card awake.
    int at = (blockIdx.x * blockDim.x + threadIdx.x) / 4;
    int part = threadIdx.x % 4;
    int i = at / d;
    int j = at % d;
    bool wanted = at < size && (i >= d || i >= j);
    double sum = 0;
    for (int block = part; wanted && block < blocks; block += 4) {
        sum += totals[(size_t) block * size + at];
    }
    sum += __shfl_xor_sync(WARP, sum, 1);
    sum += __shfl_xor_sync(WARP, sum, 2);
    if (wanted && part == 0) {
        matrix[at] = sum;
        if (i < d) {
            matrix[j * d + i] = sum;
            if (floats != nullptr) {
                floats[i * d + j] = (float) sum;
                floats[j * d + i] = (float) sum;
            }
        }
    }
}
