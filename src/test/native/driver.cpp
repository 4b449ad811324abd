// A libcuda.so.1 for tests without a card: the driver's functions that the host code calls, on the processor. Modules are
// what the compiler of compiler.cpp made. Memory has guards that are looked at whenever the host waits, and begins as
// not-a-number. Launches, copies and the like of a capture are kept and done when the graph is launched.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace {

enum { OK = 0, INVALID = 1, OUT_OF_MEMORY = 2, NOT_FOUND = 500, LAUNCH_FAILED = 719, CAPTURE_ENDED = 901 };

struct Entry {
    void (*call)(void *, void **);
    void *kernel;
    int count;
    const size_t *sizes;
};
struct Function {
    const Entry *entry;
    const char *(*run)(const Entry *, const int *, const int *, size_t, void **);
    int shared = 48 * 1024;
};
using Step = std::function<int()>;
using Graph = std::vector<Step>;
struct Stream {
    Graph *capture = nullptr;
};

constexpr size_t GUARD = 256;
constexpr size_t ALL = (size_t) 2 << 30;
std::map<char *, size_t> blocks;
size_t used = 0;
int broken = OK; // as on a card, nothing works after a failure

bool within(unsigned long long address, size_t bytes) {
    auto next = blocks.upper_bound((char *) address);
    if (next == blocks.begin()) {
        return false;
    }
    auto block = std::prev(next);
    return (char *) address + bytes <= block->first + block->second;
}

int checked() {
    for (auto &[at, bytes] : blocks) {
        for (size_t i = 0; i < GUARD; i++) {
            if (at[-1 - (long) i] != (char) 0xa5 || at[bytes + i] != (char) 0xa5) {
                fprintf(stderr, "stand-in card: something wrote outside of an allocation of %zu bytes\n", bytes);
                broken = LAUNCH_FAILED;
            }
        }
    }
    return broken;
}

int enqueue(void *stream, Step step) {
    Graph *capture = ((Stream *) stream)->capture;
    if (capture != nullptr) {
        capture->push_back(step);
        return OK;
    }
    return broken != OK ? broken : step();
}

// What a test wants otherwise: a number in a file of this name in the folder WHOLECART_STAND_IN.
int setting(const char *name, int usual) {
    int value = usual;
    if (FILE *file = fopen((std::string(getenv("WHOLECART_STAND_IN")) + "/" + name).c_str(), "r")) {
        if (fscanf(file, "%d", &value) != 1) {
            value = usual;
        }
        fclose(file);
    }
    return value;
}

double now() {
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

} // namespace

extern "C" {

int cuInit(unsigned) { return OK; }
int cuDriverGetVersion(int *version) { return *version = setting("driver-version", 13000), OK; }
int cuDeviceGetCount(int *count) { return *count = 1, OK; }
int cuDeviceGet(int *device, int) { return *device = 0, OK; }
int cuDeviceGetName(char *name, int length, int) { return snprintf(name, length, "stand-in on the processor"), OK; }
int cuDeviceTotalMem_v2(size_t *bytes, int) { return *bytes = ALL, OK; }
int cuMemGetInfo_v2(size_t *free, size_t *all) { return *free = ALL - used, *all = ALL, OK; }

int cuDeviceGetAttribute(int *value, int attribute, int) {
    switch (attribute) {
    case 16: return *value = 3, OK;      // multiprocessors
    case 75: return *value = setting("capability", 90) / 10, OK;
    case 76: return *value = setting("capability", 90) % 10, OK;
    case 97: return *value = 232448, OK; // shared memory of a block, when asked for
    default: return INVALID;
    }
}

int cuDevicePrimaryCtxRetain(void **context, int) { return *context = (void *) &blocks, OK; }
int cuDevicePrimaryCtxRelease_v2(int) { return OK; }
int cuCtxSetCurrent(void *) { return OK; }
int cuGetErrorName(int error, const char **name) {
    *name = error == OUT_OF_MEMORY ? "CUDA_ERROR_OUT_OF_MEMORY" : error == LAUNCH_FAILED ? "CUDA_ERROR_LAUNCH_FAILED" : "CUDA_ERROR";
    return OK;
}

int cuModuleLoadData(void **module, const void *image) {
    *module = dlopen((const char *) image, RTLD_NOW | RTLD_LOCAL);
    if (*module == nullptr) {
        fprintf(stderr, "stand-in card: %s\n", dlerror());
    }
    return *module == nullptr ? INVALID : OK;
}
int cuModuleUnload(void *) { return OK; }
int cuModuleGetFunction(void **function, void *module, const char *name) {
    char symbol[200];
    snprintf(symbol, sizeof symbol, "entry_%s", name);
    auto *entry = (const Entry *) dlsym(module, symbol);
    if (entry == nullptr) {
        return NOT_FOUND;
    }
    *function = new Function{entry, (decltype(Function::run)) dlsym(module, "card_run")};
    return OK;
}
int cuFuncGetParamInfo(void *function, size_t index, size_t *offset, size_t *size) {
    const Entry *entry = ((Function *) function)->entry;
    if (index >= (size_t) entry->count) {
        return INVALID;
    }
    *offset = 8 * index;
    *size = entry->sizes[index];
    return OK;
}
int cuFuncGetAttribute(int *value, int, void *) { return *value = 0, OK; }
int cuFuncSetAttribute(void *function, int attribute, int value) {
    if (attribute != 8 || value > 232448) {
        return INVALID;
    }
    ((Function *) function)->shared = value;
    return OK;
}
int cuOccupancyMaxActiveBlocksPerMultiprocessor(int *count, void *, int, size_t shared) {
    return *count = shared > 232448 ? 0 : shared > 116000 ? 1 : 2, OK;
}

int cuMemAlloc_v2(unsigned long long *address, size_t bytes) {
    if (bytes == 0) {
        return INVALID;
    }
    if (used + bytes > ALL) {
        return OUT_OF_MEMORY;
    }
    char *at = (char *) aligned_alloc(256, (bytes + 2 * GUARD + 255) / 256 * 256) + GUARD;
    memset(at - GUARD, 0xa5, GUARD);
    memset(at, 0xff, bytes);
    memset(at + bytes, 0xa5, GUARD);
    blocks[at] = bytes;
    used += bytes;
    *address = (unsigned long long) at;
    return OK;
}
int cuMemFree_v2(unsigned long long address) {
    auto block = blocks.find((char *) address);
    if (block == blocks.end()) {
        return INVALID;
    }
    checked();
    used -= block->second;
    free(block->first - GUARD);
    blocks.erase(block);
    return OK;
}

int cuMemcpyHtoDAsync_v2(unsigned long long to, const void *from, size_t bytes, void *stream) {
    return within(to, bytes) ? enqueue(stream, [=] { return memcpy((void *) to, from, bytes), OK; }) : INVALID;
}
int cuMemcpyDtoHAsync_v2(void *to, unsigned long long from, size_t bytes, void *stream) {
    return within(from, bytes) ? enqueue(stream, [=] { return memcpy(to, (void *) from, bytes), OK; }) : INVALID;
}
int cuMemcpyDtoDAsync_v2(unsigned long long to, unsigned long long from, size_t bytes, void *stream) {
    return within(to, bytes) && within(from, bytes)
        ? enqueue(stream, [=] { return memcpy((void *) to, (void *) from, bytes), OK; })
        : INVALID;
}
int cuMemsetD8Async(unsigned long long to, unsigned char value, size_t bytes, void *stream) {
    return within(to, bytes) ? enqueue(stream, [=] { return memset((void *) to, value, bytes), OK; }) : INVALID;
}

int cuLaunchKernel(void *f, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz, unsigned shared,
                   void *stream, void **arguments, void **) {
    auto *function = (Function *) f;
    if (gx == 0 || gy == 0 || gz != 1 || gy > 65535 || bx == 0 || bx > 1024 || bx % 32 != 0 || by != 1 || bz != 1
        || (int) shared > function->shared) {
        return INVALID;
    }
    // A launch takes its arguments along, as a card's does.
    std::vector<unsigned long long> values(function->entry->count);
    for (int i = 0; i < function->entry->count; i++) {
        memcpy(&values[i], arguments[i], function->entry->sizes[i]);
    }
    return enqueue(stream, [=]() mutable {
        std::vector<void *> places(values.size());
        for (size_t i = 0; i < values.size(); i++) {
            places[i] = &values[i];
        }
        int grid[] = {(int) gx, (int) gy, (int) gz};
        int block[] = {(int) bx, (int) by, (int) bz};
        const char *failure = function->run(function->entry, grid, block, shared, places.data());
        if (failure != nullptr) {
            fprintf(stderr, "stand-in card: %s\n", failure);
            broken = LAUNCH_FAILED;
        }
        return broken;
    });
}

int cuStreamCreate(void **stream, unsigned) { return *stream = new Stream, OK; }
int cuStreamDestroy_v2(void *stream) { return delete (Stream *) stream, OK; }
int cuStreamSynchronize(void *stream) { return ((Stream *) stream)->capture != nullptr ? CAPTURE_ENDED : checked(); }
int cuStreamBeginCapture_v2(void *stream, int) { return ((Stream *) stream)->capture = new Graph, OK; }
int cuStreamEndCapture(void *stream, void **graph) {
    *graph = ((Stream *) stream)->capture;
    ((Stream *) stream)->capture = nullptr;
    return OK;
}
int cuGraphInstantiateWithFlags(void **exec, void *graph, unsigned long long) { return *exec = new Graph(*(Graph *) graph), OK; }
int cuGraphDestroy(void *graph) { return delete (Graph *) graph, OK; }
int cuGraphExecDestroy(void *graph) { return delete (Graph *) graph, OK; }
int cuGraphLaunch(void *graph, void *stream) {
    for (Step &step : *(Graph *) graph) {
        if (int error = enqueue(stream, step)) {
            return error;
        }
    }
    return OK;
}

int cuEventCreate(void **event, unsigned) { return *event = new double(0), OK; }
int cuEventDestroy_v2(void *event) { return delete (double *) event, OK; }
int cuEventRecord(void *event, void *) { return *(double *) event = now(), OK; }
int cuEventSynchronize(void *) { return checked(); }
int cuEventElapsedTime_v2(float *millis, void *from, void *to) { return *millis = (float) (*(double *) to - *(double *) from), OK; }

} // extern "C"
