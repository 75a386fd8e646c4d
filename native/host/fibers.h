// The names of common.cuh for the CPU: a block runs as cooperating fibers, one per thread, on one host thread. A
// barrier or a shuffle switches to the next fiber. What is undefined on a GPU is a Failure: a barrier that some threads
// of the block never reach, a shuffle that some lanes of the warp never reach. If not caught, it ends the program with
// its message.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstring>
#include <stdexcept>
#include <type_traits>

#define DEVICE inline __attribute__((always_inline))

namespace host {

struct Index {
    int x = 0, y = 0, z = 0;
};

// The indices of the running fiber. Kernels read them at every access, so they are in one global.
struct Place {
    Index thread, block, block_size, grid_size;
};
extern Place place;

// What a fiber waits for.
enum class Wait { Nothing, Block, Warp, Grid };
void wait(Wait what);

// Exchanges 8 bytes per lane of a warp: all lanes read after all have written.
unsigned long long exchange(unsigned long long given, int lane);

// Shared memory is aligned only as its type requires, as on a GPU: this detects a wide load that needs more.
void* shared_memory(const void* key, std::size_t bytes, std::size_t alignment);
void* dynamic_shared_memory();

// Ends a launch that would hang or be undefined on a GPU.
struct Failure : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// A kernel of this library.
struct Kernel {
    const char* name;
    std::size_t argument_bytes;
    int most_threads;
    void (*body)(const void* arguments);
    Kernel* next;
    std::size_t static_shared_bytes = 0;  // the largest number per block in a launch so far
    Kernel(const char* name, std::size_t argument_bytes, int most_threads, void (*body)(const void*));
};
Kernel* find_kernel(const char* name);

// Runs a launch to its end, on one host thread at a time. Blocks, warps and lanes go in ascending order, or in
// descending order if `descending`, each warp as far as possible: a kernel with a missing barrier reads NaN or old
// values in one of the two. A cooperative launch runs all blocks at once.
void run(Kernel& kernel, const void* arguments, Index grid, Index block, std::size_t shared_bytes, bool cooperative,
         bool descending);

}  // namespace host

#define KERNEL_OF(name, Arguments, threads)                                                                   \
    static void name##_body(const Arguments& a);                                                              \
    static void name##_entry(const void* arguments) { name##_body(*static_cast<const Arguments*>(arguments)); } \
    static host::Kernel name##_kernel(#name, sizeof(Arguments), threads, name##_entry);                       \
    static void name##_body(const Arguments& a)
#define KERNEL_RESIDENT(name, Arguments, threads, blocks) KERNEL_OF(name, Arguments, threads)
#define KERNEL(name, Arguments) KERNEL_OF(name, Arguments, 256)
#define SHARED(type, name, count)   \
    static const char name##_key{}; \
    type* const name = static_cast<type*>(host::shared_memory(&name##_key, sizeof(type) * (count), alignof(type)))
#define DYNAMIC_SHARED(type, name) type* const name = static_cast<type*>(host::dynamic_shared_memory())

DEVICE int thread_x() { return host::place.thread.x; }
DEVICE int thread_y() { return host::place.thread.y; }
DEVICE int block_x() { return host::place.block.x; }
DEVICE int block_y() { return host::place.block.y; }
DEVICE int block_z() { return host::place.block.z; }
DEVICE int block_size_x() { return host::place.block_size.x; }
DEVICE int grid_size_x() { return host::place.grid_size.x; }
DEVICE int grid_size_y() { return host::place.grid_size.y; }
DEVICE int grid_size_z() { return host::place.grid_size.z; }

DEVICE void barrier() { host::wait(host::Wait::Block); }
DEVICE void memory_fence() {}
DEVICE void grid_barrier(unsigned*) { host::wait(host::Wait::Grid); }

inline int host_lane() {
    return (host::place.thread.x + host::place.block_size.x * host::place.thread.y) & 31;
}

template <typename T>
inline T shuffle_from(T v, int lane) {
    static_assert(std::is_trivially_copyable_v<T> && sizeof(T) <= 8);
    unsigned long long bits = 0;
    std::memcpy(&bits, &v, sizeof(T));
    bits = host::exchange(bits, lane & 31);
    std::memcpy(&v, &bits, sizeof(T));
    return v;
}

template <typename T>
inline T shuffle_xor(T v, int mask) {
    return shuffle_from(v, host_lane() ^ mask);
}

DEVICE float multiply_add(float x, float y, float z) { return __builtin_fmaf(x, y, z); }
DEVICE double multiply_add(double x, double y, double z) { return __builtin_fma(x, y, z); }
DEVICE float square_root(float x) { return std::sqrt(x); }
DEVICE double square_root(double x) { return std::sqrt(x); }
DEVICE unsigned fetch_add(unsigned* p, unsigned v) {
    unsigned old = *p;
    *p = old + v;
    return old;
}
DEVICE unsigned load_volatile(const unsigned* p) { return *static_cast<const volatile unsigned*>(p); }

#define UNROLL

DEVICE void store_wide(float* to, float x, float y, float z, float w) {
    to[0] = x;
    to[1] = y;
    to[2] = z;
    to[3] = w;
}
