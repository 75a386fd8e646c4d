// Maximum pooling, y[n, c, i, j] = the largest element of window (i, j) of x, and its gradient by gathering: a pixel takes
// the gradients of the windows in which it is the first of the largest. Windows may extend beyond the image by `padding`.
#include "rows.cuh"

struct MaxPoolArguments {
    const float* x;
    const float* gy;  // null for the forward pass
    float* result;    // y, or the gradient in x
    int rows;    // of the result: of all planes
    int height;  // of x, like the next
    int width;
    int pooled_height;
    int pooled_width;
    int size;
    int stride;
    int padding;
    Divisor result_height;
    Divisor parts;  // of a row of the result
};

namespace {

// The place of the first of the largest elements of a window, or of the last NaN.
DEVICE int place_of_maximum(const MaxPoolArguments& a, const float* plane, int row, int column) {
    int top = row * a.stride - a.padding;
    int left = column * a.stride - a.padding;
    int bottom = minimum(top + a.size, a.height);
    int right = minimum(left + a.size, a.width);
    int place = -1;
    float largest = 0;
    for (int i = maximum(top, 0); i < bottom; i++) {
        for (int j = maximum(left, 0); j < right; j++) {
            float value = plane[i * a.width + j];
            if (place < 0 || value > largest || value != value) {
                place = i * a.width + j;
                largest = value;
            }
        }
    }
    return place;
}

struct PoolRow {
    const MaxPoolArguments& a;

    DEVICE void operator()(RowPart part) const {
        Quotient place = divide(part.row, a.result_height);
        int i = static_cast<int>(place.rest);
        const float* from = a.x + static_cast<long long>(place.quotient) * a.height * a.width;
        float* to = a.result + static_cast<long long>(part.row) * a.pooled_width;
        for (unsigned j = part.first; j < static_cast<unsigned>(a.pooled_width); j += part.step) {
            to[j] = from[place_of_maximum(a, from, i, static_cast<int>(j))];
        }
    }
};

struct PoolGradientRow {
    const MaxPoolArguments& a;

    // The first window that reaches an index, or 0.
    DEVICE int first_window(int index) const {
        int from = index + a.padding - a.size + 1;
        return from <= 0 ? 0 : (from + a.stride - 1) / a.stride;
    }

    DEVICE void operator()(RowPart part) const {
        Quotient place = divide(part.row, a.result_height);
        int i = static_cast<int>(place.rest);
        const float* values = a.x + static_cast<long long>(place.quotient) * a.height * a.width;
        const float* from = a.gy + static_cast<long long>(place.quotient) * a.pooled_height * a.pooled_width;
        float* to = a.result + static_cast<long long>(part.row) * a.width;
        int last_row = minimum((i + a.padding) / a.stride, a.pooled_height - 1);
        for (unsigned column = part.first; column < static_cast<unsigned>(a.width); column += part.step) {
            int j = static_cast<int>(column);
            int last_column = minimum((j + a.padding) / a.stride, a.pooled_width - 1);
            float sum = 0;
            for (int p = first_window(i); p <= last_row; p++) {
                for (int q = first_window(j); q <= last_column; q++) {
                    if (place_of_maximum(a, values, p, q) == i * a.width + j) {
                        sum += from[p * a.pooled_width + q];
                    }
                }
            }
            to[j] = sum;
        }
    }
};

}  // namespace

KERNEL(max_pool, MaxPoolArguments) {
    visit_rows(static_cast<unsigned>(a.rows), a.parts, PoolRow{a});
}

KERNEL_RESIDENT(max_pool_gradient, MaxPoolArguments, MAX_THREADS, 4) {
    visit_rows(static_cast<unsigned>(a.rows), a.parts, PoolGradientRow{a});
}
