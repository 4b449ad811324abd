// The part of CUDA's language that the kernels use, for g++: the threads of a block are fibers on one thread of the
// processor, which change at barriers only. Included before the kernels' sources; see driver.cpp for who calls this.
#pragma once
#include <algorithm>
#include <cmath>
#include <csetjmp>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <sys/mman.h>
#include <ucontext.h>
#include <utility>
#include <vector>

#define __global__
#define __device__
#define __shared__
#define __launch_bounds__(n)

struct Place {
    int x, y, z;
};
struct alignas(16) float4 {
    float x, y, z, w;
};
struct uint2 {
    unsigned x, y;
};
struct uint4 {
    unsigned x, y, z, w;
};
inline uint2 make_uint2(unsigned x, unsigned y) { return {x, y}; }
inline uint4 make_uint4(unsigned x, unsigned y, unsigned z, unsigned w) { return {x, y, z, w}; }
inline unsigned __umulhi(unsigned a, unsigned b) { return (unsigned) ((uint64_t) a * b >> 32); }
using std::max;
using std::min;

constexpr size_t SHARED = 232448; // a block's most, as on an H100
alignas(16) float4 memory[SHARED / sizeof(float4) + 64];

namespace card {

constexpr int MOST = 1024;
constexpr size_t STACK = 64 * 1024;

// Those that wait together: a block or a warp.
struct Barrier {
    int alive = 0, arrived = 0, line = 0;
    unsigned generation = 0;
};
struct Fiber {
    ucontext_t start;
    jmp_buf at;
    bool begun, done;
    Place index;
};

inline Fiber fibers[MOST];
inline Fiber *current;
inline ucontext_t outside;
inline jmp_buf scheduler;
inline Barrier block, warps[MOST / 32];
inline uint64_t exchanged[MOST];
inline Place blockIndex, blockSize, gridSize;
inline bool moved;
inline const char *failure;

inline void open(Barrier &barrier) {
    barrier.arrived = 0;
    barrier.generation++;
    moved = true;
}

// Whoever waits at one barrier must stand at the same line; else the kernel is wrong on a card, too.
inline void wait(Barrier &barrier, int line) {
    if (barrier.arrived > 0 && barrier.line != line) {
        failure = "threads wait at different barriers";
    }
    barrier.line = line;
    unsigned generation = barrier.generation;
    if (++barrier.arrived == barrier.alive) {
        open(barrier);
        return;
    }
    while (barrier.generation == generation) {
        if (!_setjmp(current->at)) {
            _longjmp(scheduler, 1);
        }
    }
}

inline Barrier &warp() { return warps[current->index.x / 32]; }

template <class T>
T exchange(T value, int with, int line) {
    int own = current->index.x;
    std::memcpy(&exchanged[own], &value, sizeof(T));
    wait(warp(), line);
    T other;
    std::memcpy(&other, &exchanged[own ^ with], sizeof(T));
    wait(warp(), line);
    return other;
}

inline void leave(Barrier &barrier) {
    if (--barrier.alive > 0 && barrier.arrived == barrier.alive) {
        open(barrier);
    }
}

struct Launch {
    void (*call)(void *, void **);
    void *kernel;
    void **arguments;
};
inline Launch launched;

inline void enter() {
    launched.call(launched.kernel, launched.arguments);
    current->done = true;
    moved = true;
    leave(block);
    leave(warp());
    _longjmp(scheduler, 1);
}

inline void resume(Fiber &fiber, char *stack) {
    current = &fiber;
    if (_setjmp(scheduler)) {
        return;
    }
    if (fiber.begun) {
        _longjmp(fiber.at, 1);
    }
    fiber.begun = true;
    getcontext(&fiber.start);
    fiber.start.uc_stack.ss_sp = stack;
    fiber.start.uc_stack.ss_size = STACK;
    fiber.start.uc_link = nullptr;
    makecontext(&fiber.start, enter, 0);
    setcontext(&fiber.start);
}

// Backwards in every second block: what only works in one order has a barrier too few.
inline bool runBlock(int threads, char *stacks, bool backwards) {
    block = Barrier{threads};
    for (int t = 0; t < threads; t++) {
        warps[t / 32] = Barrier{std::min(32, threads - t / 32 * 32)};
        fibers[t].begun = fibers[t].done = false;
        fibers[t].index = {t, 0, 0};
    }
    for (int left = threads; left > 0;) {
        moved = false;
        for (int n = 0; n < threads; n++) {
            Fiber &fiber = fibers[backwards ? threads - 1 - n : n];
            if (!fiber.done) {
                resume(fiber, stacks + STACK * (size_t) fiber.index.x);
                left -= fiber.done;
            }
        }
        if (!moved && left > 0 && failure == nullptr) {
            failure = "threads wait for ever";
        }
        if (failure != nullptr) {
            return false;
        }
    }
    return true;
}

inline const char *run(const Launch &launch, Place grid, Place size, size_t shared) {
    static char *stacks = (char *) mmap(nullptr, STACK * MOST, PROT_READ | PROT_WRITE,
                                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    static unsigned blocks = 0;
    launched = launch;
    gridSize = grid;
    blockSize = size;
    failure = nullptr;
    for (int y = 0; y < grid.y; y++) {
        for (int x = 0; x < grid.x; x++) {
            blockIndex = {x, y, 0};
            // Not a number before it is written, and a mark behind the end.
            std::memset(memory, 0xff, shared + 256);
            if (!runBlock(size.x, stacks, blocks++ % 2)) {
                return failure;
            }
            for (size_t i = 0; i < 256; i++) {
                if (((unsigned char *) memory)[shared + i] != 0xff) {
                    return "a block wrote behind its shared memory";
                }
            }
        }
    }
    return nullptr;
}

// A kernel with what is needed to call it: its parameters' sizes and a way to unpack them.
struct Entry {
    void (*call)(void *, void **);
    void *kernel;
    int count;
    const size_t *sizes;
};

template <class... A, size_t... I>
void unpack(void (*kernel)(A...), void **arguments, std::index_sequence<I...>) {
    kernel(*(A *) arguments[I]...);
}

template <class... A>
Entry entry(void (*kernel)(A...)) {
    static const size_t sizes[] = {sizeof(A)...};
    return {[](void *f, void **a) { unpack((void (*)(A...)) f, a, std::index_sequence_for<A...>{}); }, (void *) kernel,
            (int) sizeof...(A), sizes};
}

} // namespace card

#define threadIdx (card::current->index)
#define blockIdx card::blockIndex
#define blockDim card::blockSize
#define gridDim card::gridSize
#define __syncthreads() card::wait(card::block, __LINE__)
#define __syncwarp() card::wait(card::warp(), __LINE__)
#define __shfl_xor_sync(mask, value, with) card::exchange(value, with, __LINE__)

template <class T>
T atomicAdd(T *to, T value) {
    T before = *to;
    *to += value;
    return before;
}

extern "C" const char *card_run(const card::Entry *entry, const int *grid, const int *block, size_t shared, void **arguments) {
    return card::run({entry->call, entry->kernel, arguments}, {grid[0], grid[1], grid[2]}, {block[0], block[1], block[2]}, shared);
}
