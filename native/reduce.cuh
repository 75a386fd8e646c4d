// Sums over a whole grid in one deterministic launch: each thread contributes doubles; a block adds those of its
// threads by a tree, writes them to `partial` and takes a ticket. The block with the last ticket adds the sums of the
// blocks in an order that depends only on their number, and resets the counter to zero.
#pragma once

#include "common.cuh"

// The sums of v over the threads of the block, in thread 0. All threads of the block must take part.
template <int N>
DEVICE void block_sums(double (&v)[N]) {
    SHARED(double, sums_of_warps, N * 32);
    int warp = thread_x() / WARP;
    int warps = block_size_x() / WARP;
    UNROLL
    for (int n = 0; n < N; n++) {
        double sum = warp_sum(v[n]);
        if (thread_x() % WARP == 0) {
            sums_of_warps[n * warps + warp] = sum;
        }
    }
    barrier();
    if (thread_x() == 0) {
        UNROLL
        for (int n = 0; n < N; n++) {
            double sum = 0;
            for (int w = 0; w < warps; w++) {
                sum += sums_of_warps[n * warps + w];
            }
            v[n] = sum;
        }
    }
    barrier();
}

// True in every thread of the last of `blocks` blocks to arrive. That block is guaranteed to see only what thread 0 of
// each block has written before, and only through volatile loads.
DEVICE bool last_block(unsigned* counter, unsigned blocks) {
    SHARED(int, is_last, 1);
    if (thread_x() == 0) {
        memory_fence();
        is_last[0] = fetch_add(counter, 1) == blocks - 1;
        memory_fence();
    }
    barrier();
    bool last = is_last[0] != 0;
    if (last && thread_x() == 0) {
        *counter = 0;
    }
    return last;
}

// Sums v over the grid (along x). True in thread 0 of one block, which then holds the sums in v; partial holds
// N·grid_size_x doubles.
template <int N>
DEVICE bool grid_sums(double (&v)[N], double* partial, unsigned* counter) {
    int blocks = grid_size_x();
    block_sums(v);
    if (thread_x() == 0) {
        UNROLL
        for (int n = 0; n < N; n++) {
            partial[n * blocks + block_x()] = v[n];
        }
    }
    if (!last_block(counter, static_cast<unsigned>(blocks))) {
        return false;
    }
    UNROLL
    for (int n = 0; n < N; n++) {
        v[n] = 0;
        for (int b = thread_x(); b < blocks; b += block_size_x()) {
            v[n] += static_cast<const volatile double*>(partial)[n * blocks + b];
        }
    }
    block_sums(v);
    return thread_x() == 0;
}
