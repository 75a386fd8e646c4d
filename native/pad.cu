// pad writes channels [to, to + C·f²) of a padded image (N, Cout, Hp, Wp) from a source (N, C, H, W), unshuffled by f
// (space to depth, as Device.PixelUnshuffle): padding, unshuffling and concatenation along channels in one pass, 8
// bytes per element. The output rows of the channels of one source row are adjacent in the grid, so a source that is
// read with a distance of f pixels is read from memory once.
//
// unpad_add is the adjoint for f = 1, by gathering: x[n, c, i, j] = act(bias[c] + the sum over the padded positions
// that pad fills from (i, j)). 4 bytes per pixel and 4 per padded pixel. Both are bound by memory.
#include "activations.cuh"
#include "rows.cuh"
#include "streams.cuh"

struct PadArguments {
    const float* source;
    float* target;
    int images;
    int channels;  // of the source
    int height;    // of the source after unshuffling, like the next two
    int width;
    int factor;
    int padded_height;
    int padded_width;
    int top;
    int left;
    int periodic;
    int target_channels;
    int to_channel;
};

struct UnpadAddArguments {
    const float* padded;
    const float* bias;  // or null for zero
    float* result;
    int planes;
    int channels;
    int height;
    int width;
    int padded_height;
    int padded_width;
    int top;
    int left;
    int periodic;
    int activation;
};

namespace {

// The source index of a padded index, or −1 for the zero border.
DEVICE int source_index(int padded, int before, int size, int periodic) {
    int index = padded - before;
    if (index >= 0 && index < size) {
        return index;
    }
    return periodic != 0 ? modulo(index, size) : -1;
}

// Rows in the order (n, c, padded row, a, b), channel (c·f + a)·f + b.
struct PadRow {
    const PadArguments& a;

    DEVICE void operator()(RowPart part) const {
        unsigned factor = static_cast<unsigned>(a.factor);
        unsigned squared = factor * factor;
        unsigned line = part.row / squared;
        unsigned phase = part.row - line * squared;
        unsigned down = phase / factor;
        unsigned across = phase - down * factor;
        unsigned plane = line / static_cast<unsigned>(a.padded_height);
        int i = static_cast<int>(line - plane * a.padded_height);
        unsigned n = plane / static_cast<unsigned>(a.channels);
        unsigned channel = (plane - n * a.channels) * squared + phase;
        long long target_plane = static_cast<long long>(n) * a.target_channels + a.to_channel + channel;
        float* to = a.target + (target_plane * a.padded_height + i) * a.padded_width;
        int row = source_index(i, a.top, a.height, a.periodic);
        long long source_row = (static_cast<long long>(plane) * a.height + maximum(row, 0)) * factor + down;
        const float* from = a.source + source_row * a.width * factor + across;
        float v[PIXELS_PER_THREAD];
        UNROLL
        for (unsigned k = 0; k < PIXELS_PER_THREAD; k++) {
            int j = static_cast<int>(part.first + k * part.step);
            int column = row < 0 || j >= a.padded_width ? -1 : source_index(j, a.left, a.width, a.periodic);
            v[k] = column < 0 ? 0.0f : from[static_cast<unsigned>(column) * factor];
        }
        UNROLL
        for (unsigned k = 0; k < PIXELS_PER_THREAD; k++) {
            unsigned j = part.first + k * part.step;
            if (j < static_cast<unsigned>(a.padded_width)) {
                to[j] = v[k];
            }
        }
    }
};

// The padded index that pad fills from `index`: the first of them for a periodic boundary.
DEVICE int padded_index(int index, int before, int size, int periodic) {
    int place = index + before;
    return periodic != 0 && place >= size ? place % size : place;
}

struct UnpadRow {
    const UnpadAddArguments& a;

    // The sum over the copies of a pixel except the first one, at (top, left).
    DEVICE float other_copies(const float* from, int top, int left) const {
        float sum = 0;
        for (int p = top; p < a.padded_height; p += a.height) {
            for (int q = p == top ? left + a.width : left; q < a.padded_width; q += a.width) {
                sum += from[static_cast<long long>(p) * a.padded_width + q];
            }
        }
        return sum;
    }

    DEVICE void operator()(RowPart part) const {
        unsigned plane = part.row / static_cast<unsigned>(a.height);
        int i = static_cast<int>(part.row - plane * a.height);
        int top = padded_index(i, a.top, a.height, a.periodic);
        const float* from = a.padded + static_cast<long long>(plane) * a.padded_height * a.padded_width;
        const float* first_row = from + static_cast<long long>(top) * a.padded_width;
        float* to = a.result + static_cast<long long>(part.row) * a.width;
        float offset = a.bias == nullptr ? 0.0f : a.bias[plane % static_cast<unsigned>(a.channels)];
        float v[PIXELS_PER_THREAD];
        UNROLL
        for (unsigned k = 0; k < PIXELS_PER_THREAD; k++) {
            int j = static_cast<int>(part.first + k * part.step);
            v[k] = j < a.width ? first_row[padded_index(j, a.left, a.width, a.periodic)] : 0.0f;
        }
        UNROLL
        for (unsigned k = 0; k < PIXELS_PER_THREAD; k++) {
            int j = static_cast<int>(part.first + k * part.step);
            if (j < a.width) {
                float sum = v[k] + offset;
                if (a.periodic != 0) {
                    sum += other_copies(from, top, padded_index(j, a.left, a.width, a.periodic));
                }
                to[j] = activated(sum, a.activation);
            }
        }
    }
};

}  // namespace

KERNEL(pad, PadArguments) {
    unsigned rows = static_cast<unsigned>(a.images) * a.channels * a.padded_height * a.factor * a.factor;
    visit_rows(rows, a.padded_width, PadRow{a});
}

KERNEL(unpad_add, UnpadAddArguments) {
    visit_rows(static_cast<unsigned>(a.planes) * a.height, a.width, UnpadRow{a});
}
