// Depth to space: y[n, c, i·f+a, j·f+b] = x[n, (c·f+a)·f+b, i, j]. 8 bytes per element, bound by memory. Writes are
// contiguous; the threads of a row together read whole rows of the f source planes.
#include "rows.cuh"
#include "streams.cuh"

struct PixelShuffleArguments {
    const float* x;
    float* y;
    int rows;    // of y: N·C·H·f
    int height;  // H of x
    int width;   // W of x
    int factor;
    int shift;  // log₂ of the factor, or −1
};

namespace {

struct ShuffleRow {
    const PixelShuffleArguments& a;

    DEVICE void operator()(RowPart part) const {
        unsigned factor = static_cast<unsigned>(a.factor);
        unsigned height = static_cast<unsigned>(a.height);
        unsigned width = static_cast<unsigned>(a.width);
        unsigned plane = part.row / (height * factor);
        unsigned i = part.row - plane * (height * factor);
        unsigned low_row = divided(i, a.factor, a.shift);
        unsigned within = i - low_row * factor;
        unsigned plane_size = height * width;
        const float* from = a.x + (plane * factor + within) * factor * plane_size + low_row * width;
        float* to = a.y + part.row * (width * factor);
        UNROLL
        for (unsigned k = 0; k < PIXELS_PER_THREAD; k++) {
            unsigned j = part.first + k * part.step;
            if (j < width * factor) {
                unsigned column = divided(j, a.factor, a.shift);
                to[j] = from[(j - column * factor) * plane_size + column];
            }
        }
    }
};

}  // namespace

KERNEL(pixel_shuffle, PixelShuffleArguments) {
    visit_rows(static_cast<unsigned>(a.rows), a.width * a.factor, ShuffleRow{a});
}
