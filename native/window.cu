// The window of each plane that begins at (top, left), with the edge pixels repeated outside: y(i, j) = x(clamp(top +
// i), clamp(left + j)). 8 bytes per element of y. Bound by memory.
#include "rows.cuh"

struct WindowArguments {
    const float* x;
    float* y;
    int height;
    int width;
    int top;
    int left;
    int y_rows;
    int y_width;
    Divisor y_height;
    Divisor parts;  // of a row of y
};

namespace {

DEVICE long long clamped(long long i, int size) { return i < 0 ? 0 : i < size ? i : size - 1; }

struct WindowRow {
    const WindowArguments& a;

    DEVICE void operator()(RowPart part) const {
        Quotient place = divide(part.row, a.y_height);
        long long row = static_cast<long long>(place.quotient) * a.height + clamped(a.top + static_cast<long long>(place.rest), a.height);
        const float* from = a.x + row * a.width;
        float* to = a.y + static_cast<long long>(part.row) * a.y_width;
        float v[PIXELS_PER_THREAD];
        UNROLL
        for (unsigned k = 0; k < PIXELS_PER_THREAD; k++) {
            long long j = part.first + k * part.step;
            v[k] = from[clamped(a.left + j, a.width)];
        }
        UNROLL
        for (unsigned k = 0; k < PIXELS_PER_THREAD; k++) {
            unsigned j = part.first + k * part.step;
            if (j < static_cast<unsigned>(a.y_width)) {
                to[j] = v[k];
            }
        }
    }
};

}  // namespace

KERNEL(window, WindowArguments) {
    visit_rows(static_cast<unsigned>(a.y_rows), a.parts, WindowRow{a});
}
