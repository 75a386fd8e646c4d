// The three convolutions of the stand-in for cuDNN. With the windows of an image as the columns of a matrix (c·r·s
// rows, one column per output pixel), forward is w·columns, the gradient of the input is wᵀ·dy summed over the pixels,
// and that of the filter is dy·columnsᵀ. Sums are double; processing a block of output rows at a time limits the
// memory.
#include <algorithm>
#include <atomic>
#include <cmath>
#include <vector>

#include "cudnn.h"
#include "numbers.h"
#include "products.h"

namespace standin::cudnn {

namespace {

constexpr int kBlockPixels = 2048;

using Values = std::vector<double>;

// The offset of value (n, c, h, w); NHWC filters are k×r×s×c.
std::size_t offset(const Extents& e, int n, int c, int h, int w) {
    std::size_t image = static_cast<std::size_t>(n);
    return e.format == kNhwc ? ((image * e.h + h) * e.w + w) * e.c + c : ((image * e.c + c) * e.h + h) * e.w + w;
}

double read(const void* p, int type, std::size_t i) {
    return type == kHalf ? from_half(static_cast<const std::uint16_t*>(p)[i]) : static_cast<const float*>(p)[i];
}

// An operand rounded as the math type allows.
double operand(double value, int type, int math_type) {
    float v = static_cast<float>(value);
    if (type == kHalf || math_type == kFmaMath) {
        return v;
    }
    return math_type == kAllowConversion ? from_half(to_half(v)) : to_tf32(v);
}

// Images first ≤ n < first + count as operands, c×h×w each.
Values load(const void* p, const Extents& e, int first, int count, int math_type, bool flip = false) {
    Values values(static_cast<std::size_t>(count) * e.c * e.h * e.w);
    std::size_t i = 0;
    for (int n = first; n < first + count; n++) {
        for (int c = 0; c < e.c; c++) {
            for (int h = 0; h < e.h; h++) {
                for (int w = 0; w < e.w; w++, i++) {
                    std::size_t from = flip ? offset(e, n, c, e.h - 1 - h, e.w - 1 - w) : offset(e, n, c, h, w);
                    values[i] = operand(read(p, e.type, from), e.type, math_type);
                }
            }
        }
    }
    return values;
}

// A convolution flips its filter, a cross-correlation does not.
bool flips(const Plan& plan) { return plan.convolution.mode == kConvolution; }

// Stores alpha·sum + beta·old; if beta is 0 the old value is not read and may be NaN.
class Result {
public:
    Result(void* p, const Extents& extents, const Plan& plan)
        : p_(p), extents_(extents), alpha_(plan.alpha), beta_(plan.beta) {
        static std::atomic<unsigned> calls{0};
        perturb_ = !plan.deterministic && (calls++ & 1) != 0;
    }

    double scaled(std::size_t i, double sum) const {
        return beta_ == 0 ? alpha_ * sum : alpha_ * sum + beta_ * read(p_, extents_.type, i);
    }

    void store(std::size_t i, double value) const {
        float v = static_cast<float>(value);
        if (extents_.type == kHalf) {
            static_cast<std::uint16_t*>(p_)[i] = to_half(v);
        } else {
            static_cast<float*>(p_)[i] = perturb_ && std::isfinite(v) ? std::nextafter(v, 0.0f) : v;
        }
    }

private:
    void* p_;
    const Extents& extents_;
    double alpha_;
    double beta_;
    // Every other run of a nondeterministic algorithm differs in the last bit, like sums in a different order.
    bool perturb_;
};

// Calls visit(row of the column matrix, offset in the block, pixel row in the image or null, first pixel) for each
// filter tap and each output row of the block; output pixel q reads pixel row[first + q·stride].
template <typename Pixel, typename Visit>
void visit_windows(const Plan& plan, Pixel* image, int first_row, int rows, Visit visit) {
    const Convolution& v = plan.convolution;
    int tap = 0;
    for (int c = 0; c < plan.w.c; c++) {
        for (int r = 0; r < plan.w.h; r++) {
            for (int s = 0; s < plan.w.w; s++, tap++) {
                for (int p = 0; p < rows; p++) {
                    int h = (first_row + p) * v.stride_h - v.pad_h + r * v.dilation_h;
                    bool inside = h >= 0 && h < plan.x.h;
                    Pixel* row = inside ? image + (static_cast<std::size_t>(c) * plan.x.h + h) * plan.x.w : nullptr;
                    visit(tap, p * plan.y.w, row, s * v.dilation_w - v.pad_w);
                }
            }
        }
    }
}

// The range [from, to) of output pixels whose input pixel first + q·stride is inside a row.
void inside(const Plan& plan, int first, int* from, int* to) {
    int stride = plan.convolution.stride_w;
    *from = first >= 0 ? 0 : std::min((-first + stride - 1) / stride, plan.y.w);
    *to = first >= plan.x.w ? 0 : std::min((plan.x.w - 1 - first) / stride + 1, plan.y.w);
    *to = std::max(*to, *from);
}

// The columns of a block of output rows, as c·r·s rows of `rows·width` pixels.
void gather(const Plan& plan, const Values& image, int first_row, int rows, Values& columns) {
    int pixels = rows * plan.y.w;
    int stride = plan.convolution.stride_w;
    columns.assign(static_cast<std::size_t>(plan.w.c) * plan.w.h * plan.w.w * pixels, 0.0);
    visit_windows(plan, image.data(), first_row, rows, [&](int tap, int at, const double* row, int first) {
        if (row == nullptr) {
            return;
        }
        double* to_row = columns.data() + static_cast<std::size_t>(tap) * pixels + at;
        int from = 0;
        int to = 0;
        inside(plan, first, &from, &to);
        if (stride == 1) {
            std::copy(row + first + from, row + first + to, to_row + from);
            return;
        }
        for (int q = from; q < to; q++) {
            to_row[q] = row[first + q * stride];
        }
    });
}

// The adjoint of gather: adds columns to the pixels that they were read from.
void scatter(const Plan& plan, const Values& columns, int first_row, int rows, Values& image) {
    int pixels = rows * plan.y.w;
    int stride = plan.convolution.stride_w;
    visit_windows(plan, image.data(), first_row, rows, [&](int tap, int at, double* row, int first) {
        if (row == nullptr) {
            return;
        }
        const double* from_row = columns.data() + static_cast<std::size_t>(tap) * pixels + at;
        int from = 0;
        int to = 0;
        inside(plan, first, &from, &to);
        for (int q = from; q < to; q++) {
            row[first + q * stride] += from_row[q];
        }
    });
}

int rows_of_block(const Plan& plan) { return std::clamp(kBlockPixels / plan.y.w, 1, plan.y.h); }

// Rows first ≤ h < first + rows of every channel of one image of y, as k rows of pixels.
Values block_of(const Plan& plan, const Values& image, int first_row, int rows) {
    std::size_t pixels = static_cast<std::size_t>(rows) * plan.y.w;
    Values block(plan.y.c * pixels);
    for (int k = 0; k < plan.y.c; k++) {
        auto start = image.begin() + (static_cast<std::size_t>(k) * plan.y.h + first_row) * plan.y.w;
        std::copy(start, start + pixels, block.begin() + k * pixels);
    }
    return block;
}

}  // namespace

void run_forward(const Plan& plan, const void* x, const void* w, void* y, const Epilogue& epilogue) {
    int math = plan.convolution.math_type;
    int taps = plan.w.c * plan.w.h * plan.w.w;
    int block_rows = rows_of_block(plan);
    Values filter = load(w, plan.w, 0, plan.w.n, math, flips(plan));
    Result result(y, plan.y, plan);
    Values columns;
    for (int n = 0; n < plan.x.n; n++) {
        Values image = load(x, plan.x, n, 1, math);
        for (int row = 0; row < plan.y.h; row += block_rows) {
            int rows = std::min(block_rows, plan.y.h - row);
            int pixels = rows * plan.y.w;
            gather(plan, image, row, rows, columns);
            Values sums(static_cast<std::size_t>(plan.y.c) * pixels);
            multiply(plan.y.c, pixels, taps, filter.data(), columns.data(), sums.data());
            for (int k = 0; k < plan.y.c; k++) {
                double bias = epilogue.bias == nullptr ? 0 : read(epilogue.bias, plan.y.type, k);
                for (int i = 0; i < pixels; i++) {
                    std::size_t at = offset(plan.y, n, k, row + i / plan.y.w, i % plan.y.w);
                    double value = result.scaled(at, sums[static_cast<std::size_t>(k) * pixels + i]) + bias;
                    if (epilogue.z_scale != 0) {
                        value += epilogue.z_scale * read(epilogue.z, plan.y.type, at);
                    }
                    result.store(at, epilogue.relu && !(value > 0) ? 0 : value);
                }
            }
        }
    }
}

void run_backward_data(const Plan& plan, const void* w, const void* dy, void* dx) {
    int math = plan.convolution.math_type;
    int taps = plan.w.c * plan.w.h * plan.w.w;
    int block_rows = rows_of_block(plan);
    Values filter = transposed(load(w, plan.w, 0, plan.w.n, math, flips(plan)), plan.w.n, taps);
    Result result(dx, plan.x, plan);
    for (int n = 0; n < plan.x.n; n++) {
        Values gradient = load(dy, plan.y, n, 1, math);
        Values image(static_cast<std::size_t>(plan.x.c) * plan.x.h * plan.x.w);
        for (int row = 0; row < plan.y.h; row += block_rows) {
            int rows = std::min(block_rows, plan.y.h - row);
            int pixels = rows * plan.y.w;
            Values block = block_of(plan, gradient, row, rows);
            Values columns(static_cast<std::size_t>(taps) * pixels);
            multiply(taps, pixels, plan.w.n, filter.data(), block.data(), columns.data());
            scatter(plan, columns, row, rows, image);
        }
        std::size_t i = 0;
        for (int c = 0; c < plan.x.c; c++) {
            for (int h = 0; h < plan.x.h; h++) {
                for (int v = 0; v < plan.x.w; v++, i++) {
                    std::size_t at = offset(plan.x, n, c, h, v);
                    result.store(at, result.scaled(at, image[i]));
                }
            }
        }
    }
}

void run_backward_filter(const Plan& plan, const void* x, const void* dy, void* dw) {
    int math = plan.convolution.math_type;
    int taps = plan.w.c * plan.w.h * plan.w.w;
    int block_rows = rows_of_block(plan);
    Values sums(static_cast<std::size_t>(plan.w.n) * taps);
    Values columns;
    for (int n = 0; n < plan.x.n; n++) {
        Values image = load(x, plan.x, n, 1, math);
        Values gradient = load(dy, plan.y, n, 1, math);
        for (int row = 0; row < plan.y.h; row += block_rows) {
            int rows = std::min(block_rows, plan.y.h - row);
            int pixels = rows * plan.y.w;
            gather(plan, image, row, rows, columns);
            Values block = block_of(plan, gradient, row, rows);
            multiply(plan.w.n, taps, pixels, block.data(), transposed(columns, taps, pixels).data(), sums.data());
        }
    }
    Result result(dw, plan.w, plan);
    std::size_t i = 0;
    for (int k = 0; k < plan.w.n; k++) {
        for (int c = 0; c < plan.w.c; c++) {
            for (int r = 0; r < plan.w.h; r++) {
                for (int s = 0; s < plan.w.w; s++, i++) {
                    bool flip = flips(plan);
                    std::size_t at = offset(plan.w, k, c, flip ? plan.w.h - 1 - r : r, flip ? plan.w.w - 1 - s : s);
                    result.store(at, result.scaled(at, sums[i]));
                }
            }
        }
    }
}

}  // namespace standin::cudnn
