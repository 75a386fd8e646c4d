// Whole inner loops, each one cooperative launch: conjugate gradients on the measurement grid and on the image grid
// (Hestenes and Stiefel 1952), gradient descent on the image grid. Periodic boundary; a plane is N·C of the tensor, and
// all planes are one system.
//
// Every block runs the same loop and holds the same scalars in registers. Sums over the grid are one double a block in
// `partials`, added up by every block in the same order, so that all take the same branch and results repeat. Blocks
// meet twice an iteration, the fewest that conjugate gradients allow: at the curvature, which sets the step, and at the
// residual, which sets the next direction. The direction is never a pass of its own: the stencil makes it at each
// neighbour from the residual and the last direction.
//
// Vectors that other blocks wrote are read by plain loads, hence from L1 where neighbours overlap: grid_barrier says
// why that is safe. No pointer here may be const __restrict__, whose loads are allowed to see old values.
//
// Traffic an element and iteration: solve_gram 2·kh·kw loads that the caches serve and 40 bytes of its own vectors; a
// barrier takes 1 to 2 µs, which bounds small grids (16,384 measurements, an element a thread), the caches bound the
// rest.
#include "common.cuh"

constexpr int LOOP_THREADS = 512;

struct InnerLoopArguments {
    const float* e;
    const float* kernel;
    const float* rule;  // solve_normal: ρ; descend_normal: ρ and the step
    float* memory;      // two (image grid) or four (measurement grid) vectors of the solution's size
    float* measured;    // image grid: one of e's size
    float* solution;
    float* report;  // iterations, last ‖residual‖²
    double* partials;
    unsigned* barrier_state;
    float tolerance;
    int max_iterations;
    int patience;
    int height, width;  // of the solution
    int kernel_height, kernel_width;
    int stride;
    int planes;
    int taps_fit;  // the taps have a place in dynamic shared memory
};

// ---- Sums over the grid -------------------------------------------------------------------------------------------

// The sum of v over the block, the same for every thread. `sums` has a double for each warp and is free again after.
DEVICE double block_sum(double v, double* sums) {
    v = warp_sum(v);
    if (thread_x() % WARP == 0) {
        sums[thread_x() / WARP] = v;
    }

    barrier();
    double total = 0;
    for (int w = 0; w < block_size_x() / WARP; w++) {
        total += sums[w];
    }

    barrier();
    return total;
}

// Each sum has a row of its own in `partials`, so that none is overwritten while a slow block still reads it: before it
// is given again, blocks have met at another sum or at the measurement.
constexpr int CURVATURE = 0;
constexpr int RESIDUAL = 1;
constexpr int RIGHT_SIDE = 2;

// Gives this block's part of a sum.
DEVICE void give(const InnerLoopArguments& a, int row, double v, double* sums) {
    double total = block_sum(v, sums);
    if (thread_x() == 0) {
        a.partials[row * grid_size_x() + block_x()] = total;
    }
}

// After a grid_barrier: the sum over all blocks.
DEVICE double take(const InnerLoopArguments& a, int row, double* sums) {
    double v = 0;
    for (int b = thread_x(); b < grid_size_x(); b += block_size_x()) {
        v += a.partials[row * grid_size_x() + b];
    }

    return block_sum(v, sums);
}

// ---- The stencils ---------------------------------------------------------------------------------------------------

struct Pixel {
    int plane, row, column;
};

DEVICE Pixel pixel_of(int index, int height, int width) {
    int line = index / width;
    return {line / height, line % height, index % width};
}

// The direction at an element: r + beta·p, or r alone where p does not count yet (and may hold anything).
DEVICE float direction_at(const float* r, const float* p, float beta, int at) {
    return beta == 0 ? r[at] : multiply_add(beta, p[at], r[at]);
}

// (S H v)[i, j] for v = r + beta·p.
DEVICE float forward(const InnerLoopArguments& a, const float* taps, const float* r, const float* p, float beta,
                     const Pixel& target, int stride) {
    int plane = target.plane * a.height * a.width;
    int first_column = wrapped(target.column * stride + (a.kernel_width - 1) / 2, a.width);
    int row = wrapped(target.row * stride + (a.kernel_height - 1) / 2, a.height);
    float sum = 0;
    for (int k = 0; k < a.kernel_height; k++) {
        int line = plane + row * a.width;
        int column = first_column;
        for (int l = 0; l < a.kernel_width; l++) {
            sum = multiply_add(*taps++, direction_at(r, p, beta, line + column), sum);
            column = column == 0 ? a.width - 1 : column - 1;
        }

        row = row == 0 ? a.height - 1 : row - 1;
    }

    return sum;
}

// The first tap that carries a measurement to a pixel along one axis, and that measurement.
DEVICE int first_tap(int pixel, int kernel_size, int stride) {
    int tap = ((kernel_size - 1) / 2 - pixel) % stride;
    return tap < 0 ? tap + stride : tap;
}

DEVICE int first_measurement(int pixel, int kernel_size, int stride, int tap, int low_size) {
    return wrapped((pixel - (kernel_size - 1) / 2 + tap) / stride, low_size);
}

// (Hᵀ Sᵀ y)[p, q]: only every stride-th tap meets a measurement.
DEVICE float adjoint(const InnerLoopArguments& a, const float* taps, const float* y, const Pixel& target) {
    int low_height = a.height / a.stride;
    int low_width = a.width / a.stride;
    int first_k = first_tap(target.row, a.kernel_height, a.stride);
    int first_l = first_tap(target.column, a.kernel_width, a.stride);
    int row = first_measurement(target.row, a.kernel_height, a.stride, first_k, low_height);
    int first_column = first_measurement(target.column, a.kernel_width, a.stride, first_l, low_width);
    float sum = 0;
    for (int k = first_k; k < a.kernel_height; k += a.stride) {
        const float* line = y + (target.plane * low_height + row) * low_width;
        int column = first_column;
        for (int l = first_l; l < a.kernel_width; l += a.stride) {
            sum = multiply_add(taps[k * a.kernel_width + l], line[column], sum);
            column = column == low_width - 1 ? 0 : column + 1;
        }

        row = row == low_height - 1 ? 0 : row + 1;
    }

    return sum;
}

// The taps, copied to shared memory where they fit.
DEVICE const float* taps_of(const InnerLoopArguments& a, float* shared) {
    if (!a.taps_fit) {
        return a.kernel;
    }

    for (int t = thread_x(); t < a.kernel_height * a.kernel_width; t += block_size_x()) {
        shared[t] = a.kernel[t];
    }

    barrier();
    return shared;
}

DEVICE void write_report(const InnerLoopArguments& a, int iterations, float square) {
    if (global_x() == 0) {
        a.report[0] = static_cast<float>(iterations);
        a.report[1] = square;
    }
}

// ---- The loops ------------------------------------------------------------------------------------------------------

// G w = e, G the convolution of stride 1. Directions alternate between two vectors: while one block reads the last
// direction of a neighbour, that neighbour's block already writes the next.
KERNEL_RESIDENT(solve_gram, InnerLoopArguments, LOOP_THREADS, 1) {
    SHARED(double, sums, LOOP_THREADS / WARP);
    DYNAMIC_SHARED(float, shared_taps);
    const float* taps = taps_of(a, shared_taps);
    int count = a.planes * a.height * a.width;
    float* residual = a.memory;
    float* direction = residual + count;
    float* last_direction = direction + count;
    float* image = last_direction + count;

    double right_side = 0;
    double start = 0;
    for (long long i = global_x(); i < count; i += global_size_x()) {
        float e = a.e[i];
        Pixel pixel = pixel_of(static_cast<int>(i), a.height, a.width);
        float r = e - forward(a, taps, a.solution, nullptr, 0, pixel, 1);
        residual[i] = r;
        right_side = multiply_add(static_cast<double>(e), static_cast<double>(e), right_side);
        start = multiply_add(static_cast<double>(r), static_cast<double>(r), start);
    }

    give(a, RIGHT_SIDE, right_side, sums);
    give(a, RESIDUAL, start, sums);
    grid_barrier(a.barrier_state);
    double tolerance = a.tolerance;
    double target = tolerance * tolerance * static_cast<float>(take(a, RIGHT_SIDE, sums));
    float square = static_cast<float>(take(a, RESIDUAL, sums));
    float beta = 0;
    int iteration = 0;
    while (iteration < a.max_iterations && !(square <= target)) {
        double curvature = 0;
        for (long long i = global_x(); i < count; i += global_size_x()) {
            Pixel pixel = pixel_of(static_cast<int>(i), a.height, a.width);
            float p = direction_at(residual, last_direction, beta, static_cast<int>(i));
            float g = forward(a, taps, residual, last_direction, beta, pixel, 1);
            direction[i] = p;
            image[i] = g;
            curvature = multiply_add(static_cast<double>(p), static_cast<double>(g), curvature);
        }

        give(a, CURVATURE, curvature, sums);
        grid_barrier(a.barrier_state);
        curvature = take(a, CURVATURE, sums);
        if (curvature == 0) {
            // Nothing changes any more.
            iteration = a.max_iterations;
            break;
        }

        float alpha = static_cast<float>(square / curvature);
        double next = 0;
        for (long long i = global_x(); i < count; i += global_size_x()) {
            a.solution[i] = multiply_add(alpha, direction[i], a.solution[i]);
            float r = multiply_add(-alpha, image[i], residual[i]);
            residual[i] = r;
            next = multiply_add(static_cast<double>(r), static_cast<double>(r), next);
        }

        give(a, RESIDUAL, next, sums);
        grid_barrier(a.barrier_state);
        next = take(a, RESIDUAL, sums);
        beta = static_cast<float>(next / square);
        square = static_cast<float>(next);
        float* swapped = direction;
        direction = last_direction;
        last_direction = swapped;
        iteration++;
    }

    write_report(a, iteration, square);
}

// (I + AᵀA/ρ) d = Aᵀe. The curvature is ‖p‖² + ‖A p‖²/ρ, known before Aᵀ is applied: its image never leaves registers,
// and the direction is updated in place, in the half of an iteration in which no block reads its neighbours' elements.
KERNEL_RESIDENT(solve_normal, InnerLoopArguments, LOOP_THREADS, 1) {
    SHARED(double, sums, LOOP_THREADS / WARP);
    DYNAMIC_SHARED(float, shared_taps);
    const float* taps = taps_of(a, shared_taps);
    int count = a.planes * a.height * a.width;
    int low_height = a.height / a.stride;
    int low_width = a.width / a.stride;
    int low_count = a.planes * low_height * low_width;
    float* residual = a.memory;
    float* direction = residual + count;
    float inverse_rho = 1 / a.rule[0];

    for (long long i = global_x(); i < low_count; i += global_size_x()) {
        Pixel pixel = pixel_of(static_cast<int>(i), low_height, low_width);
        float image = forward(a, taps, a.solution, nullptr, 0, pixel, a.stride);
        a.measured[i] = multiply_add(-inverse_rho, image, a.e[i]);
    }

    grid_barrier(a.barrier_state);
    double right_side = 0;
    double start = 0;
    for (long long i = global_x(); i < count; i += global_size_x()) {
        Pixel pixel = pixel_of(static_cast<int>(i), a.height, a.width);
        float b = adjoint(a, taps, a.e, pixel);
        float r = adjoint(a, taps, a.measured, pixel) - a.solution[i];
        residual[i] = r;
        right_side = multiply_add(static_cast<double>(b), static_cast<double>(b), right_side);
        start = multiply_add(static_cast<double>(r), static_cast<double>(r), start);
    }

    give(a, RIGHT_SIDE, right_side, sums);
    give(a, RESIDUAL, start, sums);
    grid_barrier(a.barrier_state);
    double tolerance = a.tolerance;
    double target = tolerance * tolerance * static_cast<float>(take(a, RIGHT_SIDE, sums));
    float square = static_cast<float>(take(a, RESIDUAL, sums));
    float beta = 0;
    int iteration = 0;
    while (iteration < a.max_iterations && !(square <= target)) {
        double curvature = 0;
        for (long long i = global_x(); i < low_count; i += global_size_x()) {
            Pixel pixel = pixel_of(static_cast<int>(i), low_height, low_width);
            float m = forward(a, taps, residual, direction, beta, pixel, a.stride);
            a.measured[i] = m;
            curvature = multiply_add(static_cast<double>(m), static_cast<double>(m), curvature);
        }

        curvature *= inverse_rho;
        for (long long i = global_x(); i < count; i += global_size_x()) {
            double p = direction_at(residual, direction, beta, static_cast<int>(i));
            curvature = multiply_add(p, p, curvature);
        }

        give(a, CURVATURE, curvature, sums);
        grid_barrier(a.barrier_state);
        curvature = take(a, CURVATURE, sums);
        if (curvature == 0) {
            iteration = a.max_iterations;
            break;
        }

        float alpha = static_cast<float>(square / curvature);
        double next = 0;
        for (long long i = global_x(); i < count; i += global_size_x()) {
            Pixel pixel = pixel_of(static_cast<int>(i), a.height, a.width);
            float p = direction_at(residual, direction, beta, static_cast<int>(i));
            float image = multiply_add(inverse_rho, adjoint(a, taps, a.measured, pixel), p);
            direction[i] = p;
            a.solution[i] = multiply_add(alpha, p, a.solution[i]);
            float r = multiply_add(-alpha, image, residual[i]);
            residual[i] = r;
            next = multiply_add(static_cast<double>(r), static_cast<double>(r), next);
        }

        give(a, RESIDUAL, next, sums);
        grid_barrier(a.barrier_state);
        next = take(a, RESIDUAL, sums);
        beta = static_cast<float>(next / square);
        square = static_cast<float>(next);
        iteration++;
    }

    write_report(a, iteration, square);
}

// d ← (1 − step·ρ) d + step·Aᵀ(e − A d), in place: blocks read their neighbours' elements of d in one half of an
// iteration and write their own in the other. The gradient is the change divided by the step.
KERNEL_RESIDENT(descend_normal, InnerLoopArguments, LOOP_THREADS, 1) {
    SHARED(double, sums, LOOP_THREADS / WARP);
    DYNAMIC_SHARED(float, shared_taps);
    const float* taps = taps_of(a, shared_taps);
    int count = a.planes * a.height * a.width;
    int low_height = a.height / a.stride;
    int low_width = a.width / a.stride;
    int low_count = a.planes * low_height * low_width;
    float step = a.rule[1];
    float decay = static_cast<float>(1 - static_cast<double>(step) * a.rule[0]);

    double right_side = 0;
    for (long long i = global_x(); i < count; i += global_size_x()) {
        double b = adjoint(a, taps, a.e, pixel_of(static_cast<int>(i), a.height, a.width));
        right_side = multiply_add(b, b, right_side);
    }

    give(a, RIGHT_SIDE, right_side, sums);
    grid_barrier(a.barrier_state);
    float square = static_cast<float>(take(a, RIGHT_SIDE, sums));
    double target = static_cast<double>(a.tolerance) * square_root(static_cast<double>(square));
    double checkpoint = 0;
    int iteration = 0;
    while (iteration < a.max_iterations) {
        iteration++;
        for (long long i = global_x(); i < low_count; i += global_size_x()) {
            Pixel pixel = pixel_of(static_cast<int>(i), low_height, low_width);
            a.measured[i] = a.e[i] - forward(a, taps, a.solution, nullptr, 0, pixel, a.stride);
        }

        grid_barrier(a.barrier_state);
        double change = 0;
        for (long long i = global_x(); i < count; i += global_size_x()) {
            Pixel pixel = pixel_of(static_cast<int>(i), a.height, a.width);
            float d = a.solution[i];
            float next = multiply_add(step, adjoint(a, taps, a.measured, pixel), decay * d);
            a.solution[i] = next;
            double difference = next - d;
            change = multiply_add(difference, difference, change);
        }

        give(a, RESIDUAL, change, sums);
        grid_barrier(a.barrier_state);
        square = static_cast<float>(take(a, RESIDUAL, sums));
        double gradient = square_root(static_cast<double>(square)) / step;
        bool checks = iteration % a.patience == 0;
        bool stagnates = checks && iteration > a.patience && gradient > 0.7 * checkpoint;
        if (gradient <= target || stagnates) {
            break;
        }

        checkpoint = checks ? gradient : checkpoint;
    }

    write_report(a, iteration, 1 / (step * step) * square);
}
