// The names of common.cuh for nvcc.
#pragma once

#define DEVICE __device__ __forceinline__
#define KERNEL_OF(name, Arguments, threads) \
    extern "C" __global__ void __launch_bounds__(threads) name(const Arguments a)
#define KERNEL_RESIDENT(name, Arguments, threads, blocks) \
    extern "C" __global__ void __launch_bounds__(threads, blocks) name(const Arguments a)
#define KERNEL(name, Arguments) KERNEL_OF(name, Arguments, 256)
#define SHARED(type, name, count) __shared__ type name[count]
#define DYNAMIC_SHARED(type, name)                          \
    extern __shared__ __align__(16) char dynamic_shared_[]; \
    type* const name = reinterpret_cast<type*>(dynamic_shared_)

DEVICE int thread_x() { return threadIdx.x; }
DEVICE int thread_y() { return threadIdx.y; }
DEVICE int block_x() { return blockIdx.x; }
DEVICE int block_y() { return blockIdx.y; }
DEVICE int block_z() { return blockIdx.z; }
DEVICE int block_size_x() { return blockDim.x; }
DEVICE int grid_size_x() { return gridDim.x; }
DEVICE int grid_size_y() { return gridDim.y; }
DEVICE int grid_size_z() { return gridDim.z; }

DEVICE void barrier() { __syncthreads(); }
DEVICE void memory_fence() { __threadfence(); }
DEVICE double shuffle_xor(double v, int mask) { return __shfl_xor_sync(0xffffffffu, v, mask); }
DEVICE float shuffle_from(float v, int lane) { return __shfl_sync(0xffffffffu, v, lane); }
DEVICE float multiply_add(float x, float y, float z) { return __fmaf_rn(x, y, z); }
DEVICE double multiply_add(double x, double y, double z) { return __fma_rn(x, y, z); }
DEVICE float square_root(float x) { return __fsqrt_rn(x); }
DEVICE double square_root(double x) { return __dsqrt_rn(x); }

DEVICE unsigned fetch_add(unsigned* p, unsigned v) { return atomicAdd(p, v); }
DEVICE unsigned load_volatile(const unsigned* p) { return *static_cast<const volatile unsigned*>(p); }

// Waits until every block of a cooperative launch has arrived; the grid has one axis. `state` is one unsigned in global
// memory, zero before the first launch that uses it. Block 0 adds 2³¹ − (blocks − 1) and every other block adds 1: 2³¹
// in total, so the last arrival flips the top bit and leaves the others zero. Between barriers only that bit can be
// set, whatever the size of the grid, so launches of other sizes can continue from there. All writes of any block
// before the barrier are visible to all blocks after it, also by plain loads: the block barrier, the fence and the
// atomic make them visible to the thread that sees the bit flip, whose fence also invalidates stale lines in the L1
// cache of its multiprocessor; the second barrier extends that to its block (the causality order of the PTX memory
// model).
DEVICE void grid_barrier(unsigned* state) {
    barrier();
    if (thread_x() == 0) {
        memory_fence();
        unsigned share = block_x() == 0 ? 0x80000000u - (grid_size_x() - 1) : 1;
        unsigned before = fetch_add(state, share);
        while (((load_volatile(state) ^ before) & 0x80000000u) == 0) {
        }
        memory_fence();
    }
    barrier();
}

#define UNROLL _Pragma("unroll")

DEVICE void store_wide(float* to, float x, float y, float z, float w) {
    *reinterpret_cast<float4*>(to) = make_float4(x, y, z, w);
}
