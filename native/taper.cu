// A separable window on each plane: y(i, j) = scale · rows(i) · columns(j) · x(i, j) + addend(i, j). 8 bytes per
// element, 12 with an addend; the weights are cached. Bound by memory. y may be x or the addend.
#include "rows.cuh"

struct TaperArguments {
    const float* x;
    const float* row_weights;
    const float* column_weights;
    const float* addend;  // null for zero
    float* y;
    int rows;  // of all planes
    int width;
    float scale;
    Divisor height;
    Divisor parts;  // of a row
};

namespace {

struct TaperRow {
    const TaperArguments& a;

    DEVICE void operator()(RowPart part) const {
        float weight = a.scale * a.row_weights[divide(part.row, a.height).rest];
        long long start = static_cast<long long>(part.row) * a.width;
        float v[PIXELS_PER_THREAD];
        UNROLL
        for (unsigned k = 0; k < PIXELS_PER_THREAD; k++) {
            unsigned j = part.first + k * part.step;
            if (j < static_cast<unsigned>(a.width)) {
                float added = a.addend == nullptr ? 0 : a.addend[start + j];
                v[k] = multiply_add(weight * a.column_weights[j], a.x[start + j], added);
            }
        }
        UNROLL
        for (unsigned k = 0; k < PIXELS_PER_THREAD; k++) {
            unsigned j = part.first + k * part.step;
            if (j < static_cast<unsigned>(a.width)) {
                a.y[start + j] = v[k];
            }
        }
    }
};

}  // namespace

KERNEL(taper, TaperArguments) { visit_rows(static_cast<unsigned>(a.rows), a.parts, TaperRow{a}); }
