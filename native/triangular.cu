// Substitution in L x = b, or Lᵀ x = b, with a row-major lower factor of m rows; one block per system, 32 unknowns at a
// time. All warps compute the contribution of the solved unknowns to the 32: for L, each warp a dot product with one
// row, its lanes along the row; for Lᵀ, each warp some of the rows, with one lane per unknown. Either way 32 lanes read
// 32 adjacent elements. Then one warp solves the 32×32 diagonal block by shuffles. Reads m²/2 floats per system; bound
// by memory latency for few systems, by memory bandwidth for many. Elements above the diagonal are not read. x may be
// b.
#include "common.cuh"

constexpr int TRIANGULAR_THREADS = 1024;
constexpr int TRIANGULAR_WARPS = TRIANGULAR_THREADS / WARP;

struct TriangularArguments {
    const float* factor;
    const float* b;
    float* x;
    int size;
    int transposed;
};

namespace {

// Row w of the block of unknowns: Σ over j < first of L[first + w, j]·x[j], in every lane of warp w.
DEVICE double solved_part_of_row(const float* factor, const float* x, int size, int first, int row) {
    if (row >= size) {
        return 0;
    }
    const float* l = factor + static_cast<long long>(row) * size;
    int lane = thread_x() % WARP;
    float sums[4] = {};
    int j = lane;
    for (; j + 3 * WARP < first; j += 4 * WARP) {
        UNROLL
        for (int k = 0; k < 4; k++) {
            sums[k] = multiply_add(l[j + k * WARP], x[j + k * WARP], sums[k]);
        }
    }
    for (; j < first; j += WARP) {
        sums[0] = multiply_add(l[j], x[j], sums[0]);
    }
    return static_cast<double>(sums[0] + sums[1]) + (sums[2] + sums[3]);
}

// The contribution of this warp to Σ over j ≥ first + 32 of L[j, first + lane]·x[j].
DEVICE float solved_part_of_column(const float* factor, const float* x, int size, int first) {
    int lane = thread_x() % WARP;
    float sums[4] = {};
    int j = first + WARP + thread_x() / WARP;
    const float* l = factor + first + lane;
    for (; j + 3 * TRIANGULAR_WARPS < size; j += 4 * TRIANGULAR_WARPS) {
        UNROLL
        for (int k = 0; k < 4; k++) {
            int row = j + k * TRIANGULAR_WARPS;
            sums[k] = multiply_add(l[static_cast<long long>(row) * size], x[row], sums[k]);
        }
    }
    for (; j < size; j += TRIANGULAR_WARPS) {
        sums[0] = multiply_add(l[static_cast<long long>(j) * size], x[j], sums[0]);
    }
    return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

// Solves the diagonal block for the right-hand side `value` of each lane; rows beyond the end are those of the
// identity.
DEVICE float solve_diagonal(const float* block, float value, bool transposed) {
    int lane = thread_x() % WARP;
    float inverse = 1.0f / block[lane * (WARP + 1) + lane];
    float solution = 0;
    for (int step = 0; step < WARP; step++) {
        int j = transposed ? WARP - 1 - step : step;
        float next = shuffle_from(value * inverse, j);
        if (lane == j) {
            solution = next;
        }
        bool open = transposed ? lane < j : lane > j;
        float coefficient = transposed ? block[j * (WARP + 1) + lane] : block[lane * (WARP + 1) + j];
        value = open ? multiply_add(-coefficient, next, value) : value;
    }
    return solution;
}

}  // namespace

KERNEL_RESIDENT(solve_triangular, TriangularArguments, TRIANGULAR_THREADS, 1) {
    SHARED(float, block, WARP * (WARP + 1));
    SHARED(float, parts, TRIANGULAR_WARPS * WARP);
    int lane = thread_x() % WARP;
    int warp = thread_x() / WARP;
    const float* b = a.b + static_cast<long long>(block_x()) * a.size;
    float* x = a.x + static_cast<long long>(block_x()) * a.size;
    int blocks = (a.size + WARP - 1) / WARP;
    bool transposed = a.transposed != 0;
    for (int step = 0; step < blocks; step++) {
        int first = (transposed ? blocks - 1 - step : step) * WARP;
        int row = first + warp;
        int column = first + lane;
        float entry = warp == lane ? 1.0f : 0.0f;
        if (row < a.size && lane <= warp) {
            entry = a.factor[static_cast<long long>(row) * a.size + column];
        }
        block[warp * (WARP + 1) + lane] = entry;
        if (transposed) {
            parts[warp * WARP + lane] = column < a.size ? solved_part_of_column(a.factor, x, a.size, first) : 0.0f;
        } else {
            double sum = warp_sum(solved_part_of_row(a.factor, x, a.size, first, row));
            if (lane == 0) {
                parts[warp] = static_cast<float>(sum);
            }
        }
        barrier();
        if (warp == 0) {
            float value = column < a.size ? b[column] : 0.0f;
            if (transposed) {
                double sum = 0;
                for (int w = 0; w < TRIANGULAR_WARPS; w++) {
                    sum += parts[w * WARP + lane];
                }
                value = static_cast<float>(value - sum);
            } else {
                value -= parts[lane];
            }
            float solution = solve_diagonal(block, value, transposed);
            if (column < a.size) {
                x[column] = solution;
            }
        }
        barrier();
    }
}
