// The matrix product of the stand-ins for cuDNN and cuBLAS.
#pragma once

#include <vector>

namespace standin {

// c += a·b in double precision; a is m×k, b is k×n, c is m×n, each row-major and contiguous.
void multiply(int m, int n, int k, const double* a, const double* b, double* c);

// The transpose of a row-major rows×columns matrix.
std::vector<double> transposed(const std::vector<double>& matrix, int rows, int columns);

}  // namespace standin
