// c += a·b by panels: eight columns of b are packed and multiplied by four rows of a in registers. Whole networks run
// on it, so it must be fast: the inner loop does eight vector multiply-adds with six loads.
#include "products.h"

#include <algorithm>
#include <cstddef>

// The product of two floats is exact in double, so contraction changes no result.
#pragma GCC optimize("fp-contract=fast")

namespace standin {

namespace {

constexpr int kColumns = 8;
constexpr int kRows = 4;
constexpr int kDepth = 512;

typedef double Lanes __attribute__((vector_size(32), aligned(8), may_alias));

// kRows rows of c, at a distance of `stride`, by kColumns columns.
void tile(int depth, const double* const* a, const double* panel, double* c, std::size_t stride) {
    Lanes sums[kRows][2] = {};
    for (int p = 0; p < depth; p++) {
        Lanes left = *reinterpret_cast<const Lanes*>(panel + p * kColumns);
        Lanes right = *reinterpret_cast<const Lanes*>(panel + p * kColumns + 4);
#pragma GCC unroll 4
        for (int r = 0; r < kRows; r++) {
            double scale = a[r][p];
            sums[r][0] += scale * left;
            sums[r][1] += scale * right;
        }
    }
#pragma GCC unroll 4
    for (int r = 0; r < kRows; r++) {
        *reinterpret_cast<Lanes*>(c + r * stride) += sums[r][0];
        *reinterpret_cast<Lanes*>(c + r * stride + 4) += sums[r][1];
    }
}

}  // namespace

void multiply(int m, int n, int k, const double* a, const double* b, double* c) {
    std::vector<double> panel(static_cast<std::size_t>(kDepth) * kColumns);
    for (int p0 = 0; p0 < k; p0 += kDepth) {
        int depth = std::min(kDepth, k - p0);
        for (int j0 = 0; j0 < n; j0 += kColumns) {
            int width = std::min(kColumns, n - j0);
            for (int p = 0; p < depth; p++) {
                const double* row = b + static_cast<std::size_t>(p0 + p) * n + j0;
                for (int j = 0; j < kColumns; j++) {
                    panel[static_cast<std::size_t>(p) * kColumns + j] = j < width ? row[j] : 0;
                }
            }
            for (int i0 = 0; i0 < m; i0 += kRows) {
                int height = std::min(kRows, m - i0);
                const double* rows[kRows];
                for (int r = 0; r < kRows; r++) {
                    rows[r] = a + static_cast<std::size_t>(i0 + std::min(r, height - 1)) * k + p0;
                }
                double* corner = c + static_cast<std::size_t>(i0) * n + j0;
                if (height == kRows && width == kColumns) {
                    tile(depth, rows, panel.data(), corner, n);
                    continue;
                }
                double edge[kRows * kColumns] = {};
                tile(depth, rows, panel.data(), edge, kColumns);
                for (int r = 0; r < height; r++) {
                    for (int j = 0; j < width; j++) {
                        corner[static_cast<std::size_t>(r) * n + j] += edge[r * kColumns + j];
                    }
                }
            }
        }
    }
}

std::vector<double> transposed(const std::vector<double>& matrix, int rows, int columns) {
    constexpr int kBlock = 16;
    std::vector<double> result(matrix.size());
    for (int j0 = 0; j0 < columns; j0 += kBlock) {
        for (int i0 = 0; i0 < rows; i0 += kBlock) {
            for (int j = j0; j < std::min(j0 + kBlock, columns); j++) {
                for (int i = i0; i < std::min(i0 + kBlock, rows); i++) {
                    result[static_cast<std::size_t>(j) * rows + i] = matrix[static_cast<std::size_t>(i) * columns + j];
                }
            }
        }
    }
    return result;
}

}  // namespace standin
