// Shared by the parts of the stand-in for cuFFT: a plan, the layouts of its two sides, and its transforms.
#pragma once

#include <complex>
#include <cstddef>

namespace standin::cufft {

enum Type { kComplexToComplex = 0x29, kRealToComplex = 0x2a, kComplexToReal = 0x2c };

constexpr int kMostDimensions = 3;

using Single = std::complex<float>;

// The layout of one side: value (i0, i1, i2) of image b is at b·distance + ((i0·e1 + i1)·e2 + i2)·stride. Without given
// sizes (inembed null) it is packed; rows of the real side of an in-place transform then have 2·(n/2 + 1) values.
struct Layout {
    bool given = false;
    int embed[kMostDimensions] = {};
    int stride = 1;
    long long distance = 0;
};

// Missing dimensions are leading ones.
struct Plan {
    bool made = false;
    bool allocates = true;
    void* stream = nullptr;
    int type = 0;
    int size[kMostDimensions] = {1, 1, 1};
    int batch = 0;
    Layout input, output;
    std::size_t work_bytes = 0;
    void* work_area = nullptr;

    int half() const { return size[2] / 2 + 1; }
};

// Both sides of the transform of a plan; `in_place` decides the size of a packed row of real values.
struct Sides {
    Layout from, to;
    std::size_t input_count, output_count;
};

Sides sides(const Plan& plan, bool in_place);

// Transforms all images of a batch, from device memory to device memory, also in place.
void run_real_to_complex(const Plan& plan, const Sides& sides, const float* input, Single* output);
void run_complex_to_real(const Plan& plan, const Sides& sides, const Single* input, float* output);
void run_complex(const Plan& plan, const Sides& sides, const Single* input, Single* output, int sign);

}  // namespace standin::cufft
