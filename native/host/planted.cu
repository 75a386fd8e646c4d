// Kernels with planted bugs, with which tests check that the host build and the stand-in detect such bugs. They are
// only in the stand-in, never in the product.
#include "common.cuh"

struct PlantedArguments {
    const float* x;
    const float* y;
    float* result;
    int count;
};

// Correct: result = x − y.
KERNEL(planted_difference, PlantedArguments) {
    for (long long i = global_x(); i < a.count; i += global_size_x()) {
        a.result[i] = a.x[i] - a.y[i];
    }
}

// Writes one element past the end of result.
KERNEL(planted_out_of_range, PlantedArguments) {
    for (long long i = global_x(); i <= a.count; i += global_size_x()) {
        a.result[i] = i < a.count ? a.x[i] : 1.0f;
    }
}

// planted_difference with x and y swapped, as with arguments in the wrong order.
KERNEL(planted_swapped, PlantedArguments) {
    for (long long i = global_x(); i < a.count; i += global_size_x()) {
        a.result[i] = a.y[i] - a.x[i];
    }
}

// Correct: each block reverses its part of x, one element per thread, through shared memory. The count must be a
// multiple of the block size.
KERNEL(planted_correct_barrier, PlantedArguments) {
    SHARED(float, tile, MAX_THREADS);
    tile[thread_x()] = a.x[global_x()];
    barrier();
    a.result[global_x()] = tile[block_size_x() - 1 - thread_x()];
}

// The same without the barrier.
KERNEL(planted_missing_barrier, PlantedArguments) {
    SHARED(float, tile, MAX_THREADS);
    tile[thread_x()] = a.x[global_x()];
    a.result[global_x()] = tile[block_size_x() - 1 - thread_x()];
}

// The same with a barrier that the last thread of each block never reaches.
KERNEL(planted_divergent_barrier, PlantedArguments) {
    SHARED(float, tile, MAX_THREADS);
    tile[thread_x()] = a.x[global_x()];
    if (thread_x() < block_size_x() - 1) {
        barrier();
    }
    a.result[global_x()] = tile[block_size_x() - 1 - thread_x()];
}

// Half of each warp returns before the sum over the warp.
KERNEL(planted_divergent_shuffle, PlantedArguments) {
    if (thread_x() % WARP < WARP / 2) {
        a.result[global_x()] = warp_sum(a.x[global_x()]);
    }
}
