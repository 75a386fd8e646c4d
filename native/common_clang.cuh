// The names of common.cuh for the CUDA front end of clang without a CUDA toolkit: builtins of the NVPTX back end.
#pragma once

#define DEVICE __attribute__((device)) inline __attribute__((always_inline))
#define KERNEL_OF(name, Arguments, threads) \
    extern "C" __attribute__((global)) __attribute__((launch_bounds(threads))) void name(const Arguments a)
#define KERNEL_RESIDENT(name, Arguments, threads, blocks) \
    extern "C" __attribute__((global)) __attribute__((launch_bounds(threads, blocks))) void name(const Arguments a)
#define KERNEL(name, Arguments) KERNEL_OF(name, Arguments, 256)

// An array in shared memory, common to the threads of a block. Index it; do not take its size.
#define SHARED(type, name, count) __attribute__((shared)) type name[count]

// The dynamic shared memory of a launch as an array of `type`; at most one per kernel.
#define DYNAMIC_SHARED(type, name)                                                   \
    extern __attribute__((shared)) __attribute__((aligned(16))) char dynamic_shared_[]; \
    type* const name = reinterpret_cast<type*>(dynamic_shared_)

DEVICE int thread_x() { return __nvvm_read_ptx_sreg_tid_x(); }
DEVICE int thread_y() { return __nvvm_read_ptx_sreg_tid_y(); }
DEVICE int block_x() { return __nvvm_read_ptx_sreg_ctaid_x(); }
DEVICE int block_y() { return __nvvm_read_ptx_sreg_ctaid_y(); }
DEVICE int block_z() { return __nvvm_read_ptx_sreg_ctaid_z(); }
DEVICE int block_size_x() { return __nvvm_read_ptx_sreg_ntid_x(); }
DEVICE int grid_size_x() { return __nvvm_read_ptx_sreg_nctaid_x(); }
DEVICE int grid_size_y() { return __nvvm_read_ptx_sreg_nctaid_y(); }
DEVICE int grid_size_z() { return __nvvm_read_ptx_sreg_nctaid_z(); }

DEVICE void barrier() { __syncthreads(); }
DEVICE void memory_fence() { __nvvm_membar_gl(); }

DEVICE int shuffle_xor(int v, int mask) { return __nvvm_shfl_sync_bfly_i32(0xffffffffu, v, mask, 0x1f); }
DEVICE float shuffle_from(float v, int lane) { return __nvvm_shfl_sync_idx_f32(0xffffffffu, v, lane, 0x1f); }

DEVICE double shuffle_xor(double v, int mask) {
    long long bits = __builtin_bit_cast(long long, v);
    unsigned low = shuffle_xor(static_cast<int>(bits), mask);
    unsigned high = shuffle_xor(static_cast<int>(bits >> 32), mask);
    return __builtin_bit_cast(double, static_cast<long long>((static_cast<unsigned long long>(high) << 32) | low));
}

DEVICE float multiply_add(float x, float y, float z) { return __nvvm_fma_rn_f(x, y, z); }
DEVICE double multiply_add(double x, double y, double z) { return __nvvm_fma_rn_d(x, y, z); }
DEVICE float square_root(float x) { return __nvvm_sqrt_rn_f(x); }
DEVICE double square_root(double x) { return __nvvm_sqrt_rn_d(x); }

// An atomic add that returns the old value. It is the only atomic, so that no sum depends on the order of arrival.
DEVICE unsigned fetch_add(unsigned* p, unsigned v) { return __atomic_fetch_add(p, v, __ATOMIC_RELAXED); }

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

// Before a loop with a constant number of iterations: arrays indexed in it stay in registers.
#define UNROLL _Pragma("unroll")

// Stores four floats to an address that is a multiple of 16 in one instruction; stores to the fields of a Float4 may be
// split.
typedef float WideFloats __attribute__((vector_size(16)));
DEVICE void store_wide(float* to, float x, float y, float z, float w) {
    *reinterpret_cast<WideFloats*>(to) = WideFloats{x, y, z, w};
}
