// Depth to space and back: y[n, c, i·f+a, j·f+b] = x[n, (c·f+a)·f+b, i, j]. 8 bytes per element, bound by memory. Adjacent
// threads access adjacent pixels of y; the threads of a row of y together access whole rows of f planes of x.
#include "rows.cuh"

struct PixelShuffleArguments {
    const float* from;
    float* to;
    int rows;    // of y: N·C·H·f
    int height;  // of x, like the next
    int width;
    Divisor tall;   // the height of y
    Divisor factor;
    Divisor parts;  // of a row of y
};

namespace {

// How a thread copies a pixel of x to y, or back.
struct ToSpace {
    DEVICE static float read(const PixelShuffleArguments& a, unsigned x, unsigned) { return a.from[x]; }
    DEVICE static void write(const PixelShuffleArguments& a, unsigned, unsigned y, float v) { a.to[y] = v; }
};

struct ToDepth {
    DEVICE static float read(const PixelShuffleArguments& a, unsigned, unsigned y) { return a.from[y]; }
    DEVICE static void write(const PixelShuffleArguments& a, unsigned x, unsigned, float v) { a.to[x] = v; }
};

template <class Direction>
struct ShuffleRow {
    const PixelShuffleArguments& a;

    DEVICE void operator()(RowPart part) const {
        unsigned factor = a.factor.value;
        unsigned width = static_cast<unsigned>(a.width);
        Quotient plane = divide(part.row, a.tall);
        Quotient line = divide(plane.rest, a.factor);
        unsigned plane_size = static_cast<unsigned>(a.height) * width;
        unsigned x = (plane.quotient * factor + line.rest) * factor * plane_size + line.quotient * width;
        unsigned y = part.row * (width * factor);
        unsigned at_x[PIXELS_PER_THREAD];
        float v[PIXELS_PER_THREAD];
        UNROLL
        for (unsigned k = 0; k < PIXELS_PER_THREAD; k++) {
            unsigned j = part.first + k * part.step;
            Quotient column = divide(j, a.factor);
            at_x[k] = x + column.rest * plane_size + column.quotient;
            if (j < width * factor) {
                v[k] = Direction::read(a, at_x[k], y + j);
            }
        }
        UNROLL
        for (unsigned k = 0; k < PIXELS_PER_THREAD; k++) {
            unsigned j = part.first + k * part.step;
            if (j < width * factor) {
                Direction::write(a, at_x[k], y + j, v[k]);
            }
        }
    }
};

}  // namespace

KERNEL(pixel_shuffle, PixelShuffleArguments) {
    visit_rows(static_cast<unsigned>(a.rows), a.parts, ShuffleRow<ToSpace>{a});
}

KERNEL(pixel_unshuffle, PixelShuffleArguments) {
    visit_rows(static_cast<unsigned>(a.rows), a.parts, ShuffleRow<ToDepth>{a});
}
