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
    int rows;    // of the target that are written: images · channels · f² · padded height
    int height;  // of the source after unshuffling, like the next
    int width;
    int padded_width;
    int top;
    int left;
    int periodic;
    int target_channels;
    int to_channel;
    Divisor channels;  // of the source
    Divisor factor;
    Divisor phases;  // factor²
    Divisor padded_height;
    Divisor parts;  // of a row of the target
};

struct UnpadAddArguments {
    const float* padded;
    const float* bias;  // or null for zero
    float* result;
    int rows;  // of the result, of all planes
    int width;
    int padded_height;
    int padded_width;
    int top;
    int left;
    int periodic;
    int activation;
    Divisor channels;
    Divisor height;
    Divisor parts;  // of a row of the result
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
        unsigned factor = a.factor.value;
        Quotient line = divide(part.row, a.phases);
        Quotient phase = divide(line.rest, a.factor);  // down and across
        Quotient plane = divide(line.quotient, a.padded_height);
        Quotient image = divide(plane.quotient, a.channels);
        int i = static_cast<int>(plane.rest);
        unsigned channel = image.rest * a.phases.value + line.rest;
        long long target_plane = static_cast<long long>(image.quotient) * a.target_channels + a.to_channel + channel;
        float* to = a.target + (target_plane * a.padded_height.value + i) * a.padded_width;
        int row = source_index(i, a.top, a.height, a.periodic);
        long long source_row = (static_cast<long long>(plane.quotient) * a.height + maximum(row, 0)) * factor;
        const float* from = a.source + (source_row + phase.quotient) * a.width * factor + phase.rest;
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
        for (int p = top; p < a.padded_height; p += static_cast<int>(a.height.value)) {
            for (int q = p == top ? left + a.width : left; q < a.padded_width; q += a.width) {
                sum += from[static_cast<long long>(p) * a.padded_width + q];
            }
        }
        return sum;
    }

    DEVICE void operator()(RowPart part) const {
        Quotient place = divide(part.row, a.height);
        int i = static_cast<int>(place.rest);
        int top = padded_index(i, a.top, static_cast<int>(a.height.value), a.periodic);
        const float* from = a.padded + static_cast<long long>(place.quotient) * a.padded_height * a.padded_width;
        const float* first_row = from + static_cast<long long>(top) * a.padded_width;
        float* to = a.result + static_cast<long long>(part.row) * a.width;
        float offset = a.bias == nullptr ? 0.0f : a.bias[divide(place.quotient, a.channels).rest];
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
    visit_rows(static_cast<unsigned>(a.rows), a.parts, PadRow{a});
}

KERNEL(unpad_add, UnpadAddArguments) {
    visit_rows(static_cast<unsigned>(a.rows), a.parts, UnpadRow{a});
}
