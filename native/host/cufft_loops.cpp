// The transforms of the stand-in for cuFFT: along the axes of one image at a time, in double precision.
#include <algorithm>
#include <memory>
#include <vector>

#include "cufft.h"
#include "fourier.h"

namespace standin::cufft {

namespace {

using Complex = Fourier::Complex;

// The layout of a side with `last` values used along its last dimension, in rows of `row` values by default.
Layout resolved(const Plan& plan, const Layout& layout, int row) {
    if (layout.given) {
        return layout;
    }
    Layout packed{true, {plan.size[0], plan.size[1], row}, 1, 0};
    packed.distance = static_cast<long long>(plan.size[0]) * plan.size[1] * row;
    return packed;
}

std::size_t place(const Layout& layout, int image, int i, int j, int k) {
    std::size_t inner = (static_cast<std::size_t>(i) * layout.embed[1] + j) * layout.embed[2] + k;
    return image * layout.distance + inner * layout.stride;
}

std::size_t extent(const Plan& plan, const Layout& layout, int last) {
    return place(layout, plan.batch - 1, plan.size[0] - 1, plan.size[1] - 1, last - 1) + 1;
}

// One image of complex values, with transforms along its axes.
class Image {
public:
    Image(const Plan& plan, int sign, int last) : size_{plan.size[0], plan.size[1], last} {
        values_.resize(static_cast<std::size_t>(size_[0]) * size_[1] * size_[2]);
        for (int axis = 0; axis < kMostDimensions; axis++) {
            transforms_.push_back(std::make_unique<Fourier>(plan.size[axis], sign));
            line_.resize(std::max<std::size_t>(line_.size(), plan.size[axis]));
        }
    }

    template <typename Visit>
    void each(Visit visit) {
        std::size_t at = 0;
        for (int i = 0; i < size_[0]; i++) {
            for (int j = 0; j < size_[1]; j++) {
                for (int k = 0; k < size_[2]; k++) {
                    visit(i, j, k, values_[at++]);
                }
            }
        }
    }

    // Along the last axis, for each row: `fill(row, line)` writes its n values, `take(row, line)` reads the transform.
    template <typename Fill, typename Take>
    void rows(Fill fill, Take take) {
        for (int row = 0; row < size_[0] * size_[1]; row++) {
            fill(row, line_.data());
            transforms_[2]->run(line_.data());
            take(row, line_.data());
        }
    }

    // Along the first two axes.
    void columns() {
        std::size_t plane = static_cast<std::size_t>(size_[1]) * size_[2];
        for (int i = 0; i < size_[0] && size_[1] > 1; i++) {
            for (int k = 0; k < size_[2]; k++) {
                along(1, values_.data() + i * plane + k, size_[2]);
            }
        }
        for (std::size_t k = 0; k < plane && size_[0] > 1; k++) {
            along(0, values_.data() + k, plane);
        }
    }

    Complex* row(int row) { return values_.data() + static_cast<std::size_t>(row) * size_[2]; }

private:
    void along(int axis, Complex* first, std::size_t stride) {
        for (int i = 0; i < size_[axis]; i++) {
            line_[i] = first[i * stride];
        }
        transforms_[axis]->run(line_.data());
        for (int i = 0; i < size_[axis]; i++) {
            first[i * stride] = line_[i];
        }
    }

    int size_[kMostDimensions];
    std::vector<Complex> values_;
    std::vector<Complex> line_;
    std::vector<std::unique_ptr<Fourier>> transforms_;
};

}  // namespace

Sides sides(const Plan& plan, bool in_place) {
    int n = plan.size[2];
    int last_in = plan.type == kComplexToReal ? plan.half() : n;
    int last_out = plan.type == kRealToComplex ? plan.half() : n;
    int padded = 2 * plan.half();
    Sides result{};
    result.from = resolved(plan, plan.input, plan.type == kRealToComplex && in_place ? padded : last_in);
    result.to = resolved(plan, plan.output, plan.type == kComplexToReal && in_place ? padded : last_out);
    result.input_count = extent(plan, result.from, last_in);
    result.output_count = extent(plan, result.to, last_out);
    return result;
}

void run_real_to_complex(const Plan& plan, const Sides& sides, const float* input, Single* output) {
    Image image(plan, -1, plan.half());
    for (int b = 0; b < plan.batch; b++) {
        image.rows(
            [&](int row, Complex* line) {
                for (int k = 0; k < plan.size[2]; k++) {
                    line[k] = input[place(sides.from, b, row / plan.size[1], row % plan.size[1], k)];
                }
            },
            [&](int row, Complex* line) { std::copy(line, line + plan.half(), image.row(row)); });
        image.columns();
        image.each([&](int i, int j, int k, Complex& v) { output[place(sides.to, b, i, j, k)] = Single(v); });
    }
}

// A half spectrum represents a Hermitian one; imaginary parts that a Hermitian spectrum cannot have are ignored.
void run_complex_to_real(const Plan& plan, const Sides& sides, const Single* input, float* output) {
    Image image(plan, 1, plan.half());
    int n = plan.size[2];
    for (int b = 0; b < plan.batch; b++) {
        image.each([&](int i, int j, int k, Complex& v) { v = input[place(sides.from, b, i, j, k)]; });
        image.columns();
        image.rows(
            [&](int row, Complex* line) {
                const Complex* half = image.row(row);
                line[0] = half[0].real();
                for (int k = 1; k < plan.half(); k++) {
                    line[n - k] = std::conj(half[k]);
                    line[k] = n == 2 * k ? half[k].real() : half[k];
                }
            },
            [&](int row, Complex* line) {
                for (int k = 0; k < n; k++) {
                    output[place(sides.to, b, row / plan.size[1], row % plan.size[1], k)] =
                        static_cast<float>(line[k].real());
                }
            });
    }
}

void run_complex(const Plan& plan, const Sides& sides, const Single* input, Single* output, int sign) {
    Image image(plan, sign, plan.size[2]);
    for (int b = 0; b < plan.batch; b++) {
        image.each([&](int i, int j, int k, Complex& v) { v = input[place(sides.from, b, i, j, k)]; });
        image.rows([&](int row, Complex* line) { std::copy_n(image.row(row), plan.size[2], line); },
                   [&](int row, Complex* line) { std::copy_n(line, plan.size[2], image.row(row)); });
        image.columns();
        image.each([&](int i, int j, int k, Complex& v) { output[place(sides.to, b, i, j, k)] = Single(v); });
    }
}

}  // namespace standin::cufft
