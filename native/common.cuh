// Portable names for indices, barriers, shuffles, shared memory and arithmetic, with which all kernels are written: one
// source compiles for a GPU with clang (without CUDA toolkit) or nvcc, and for the CPU (INFADMM_HOST, for tests).
//
// A kernel takes one argument, a struct passed by value, whose C# twin has the same fields in the same order:
//
//     struct CombineArguments { const float* x; const float* y; float* result; float alpha; float beta; int count; };
//     KERNEL(combine, CombineArguments) { ... a.x[i] ... }
//
// Pointers first, then 4-byte fields: no padding inside. Counts fit an int; offsets that may not are `long long`.
#pragma once

#if defined(INFADMM_HOST)
#include "host/fibers.h"
#elif defined(__clang__)
#include "common_clang.cuh"
#else
#include "common_nvcc.cuh"
#endif

// The largest number of threads per block of a KERNEL; kernels with another are declared with KERNEL_OF. The assembler
// chooses the number of registers so that several blocks fit on a multiprocessor, even if some values then have to be
// kept in memory. KERNEL_RESIDENT says how many blocks are enough.
constexpr int MAX_THREADS = 256;
constexpr int WARP = 32;

// A vector of four floats for wide loads; the address must be a multiple of 16 (aligned_16).
struct alignas(16) Float4 {
    float x, y, z, w;
};

DEVICE bool aligned_16(const void* p) { return (reinterpret_cast<unsigned long long>(p) & 15u) == 0; }

// The global index of this thread along x, and the number of threads in the grid along x.
DEVICE long long global_x() { return static_cast<long long>(block_x()) * block_size_x() + thread_x(); }
DEVICE long long global_size_x() { return static_cast<long long>(grid_size_x()) * block_size_x(); }

// index mod size for −size ≤ index < 2·size.
DEVICE int wrapped(int index, int size) {
    return index < 0 ? index + size : (index >= size ? index - size : index);
}

// value mod modulus in [0, modulus), for any value.
DEVICE int modulo(int value, int modulus) {
    int rest = value % modulus;
    return rest < 0 ? rest + modulus : rest;
}

DEVICE float minimum(float a, float b) { return b < a ? b : a; }
DEVICE float maximum(float a, float b) { return a < b ? b : a; }
DEVICE int minimum(int a, int b) { return b < a ? b : a; }
DEVICE int maximum(int a, int b) { return a < b ? b : a; }
DEVICE float magnitude(float a) { return a < 0 ? -a : a; }

// The sum of v over the 32 lanes of a warp in a fixed order; every lane gets it.
DEVICE double warp_sum(double v) {
    for (int offset = WARP / 2; offset > 0; offset /= 2) {
        v += shuffle_xor(v, offset);
    }
    return v;
}
