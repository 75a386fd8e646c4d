// The adjoint of the blur, which gathers: for each pixel, the measurements that read it. See blur.cu.
#pragma once

#include "blur.cuh"

// The taps along one axis that reach a pixel: tap first + u·stride belongs to measurement low + u, u < count.
struct Meeting {
    int first, low, count;
};

DEVICE Meeting meeting_of(int pixel, int origin, int stride, int kernel_size, int low_size, bool periodic) {
    int distance = pixel - origin;
    int low = -floor_divide(-distance, stride);
    if (!periodic) {
        low = maximum(low, 0);
    }

    int last = floor_divide(distance + kernel_size - 1, stride);
    if (!periodic) {
        last = minimum(last, low_size - 1);
    }

    return {low * stride - distance, low, maximum(last - low + 1, 0)};
}

// The sum over all terms that read position (p, q), which may be beyond the edge. y begins at row first_row and column
// first_column of an extended plane of measurements, or is a whole plane whose indices wrap.
DEVICE float gather(const BlurArguments& a, const Meeting& rows, const Meeting& columns, const float* taps,
                    const float* y, int pitch, bool wrap) {
    float sum = 0;
    for (int u = 0; u < rows.count; u++) {
        int i = wrap ? wrapped(rows.low + u, a.low_height) : rows.low + u;
        const float* weights = taps + (rows.first + u * a.stride) * a.kernel_width + columns.first;
        const float* measured = y + i * pitch;
        float row_sum = 0;
        for (int v = 0; v < columns.count; v++) {
            int j = wrap ? wrapped(columns.low + v, a.low_width) : columns.low + v;
            row_sum = multiply_add(weights[v * a.stride], measured[j], row_sum);
        }

        sum += row_sum;
    }

    return sum;
}

DEVICE Meeting rows_meeting(const BlurArguments& a, int p) {
    return meeting_of(p, a.row, a.stride, a.kernel_height, a.low_height, a.boundary == BOUNDARY_PERIODIC);
}

DEVICE Meeting columns_meeting(const BlurArguments& a, int q) {
    return meeting_of(q, a.column, a.stride, a.kernel_width, a.low_width, a.boundary == BOUNDARY_PERIODIC);
}

// Position number `image` of 0 … 2 that reflects to pixel p: p itself, before the start, after the end; −size if none.
DEVICE int mirror_image(int p, int size, int image) {
    if (image == 0) {
        return p;
    }

    return image == 1 ? (p > 0 ? -p : -2 * size) : (p < size - 1 ? 2 * (size - 1) - p : -2 * size);
}

// The terms of the mirror images of a pixel, without the pixel itself.
DEVICE float gather_mirrored(const BlurArguments& a, int p, int q, const float* taps, const float* y) {
    float sum = 0;
    for (int vertical = 0; vertical < 3; vertical++) {
        Meeting rows = rows_meeting(a, mirror_image(p, a.height, vertical));
        for (int horizontal = 0; horizontal < 3 && rows.count > 0; horizontal++) {
            Meeting columns = columns_meeting(a, mirror_image(q, a.width, horizontal));
            if (vertical + horizontal > 0 && columns.count > 0) {
                sum += gather(a, rows, columns, taps, y, a.low_width, false);
            }
        }
    }

    return sum;
}

// The place of the first measurement that reaches a position, counted from the first of the patch, and the tap that
// belongs to it, along one axis; the next ones are one place and `stride` taps further.
struct Reach {
    int place, tap;
};

// `offset` is the distance, from 0 to stride − 1, of the first position of the tile to the last measurement before it.
DEVICE Reach reach_of(int offset, int position, int stride) {
    unsigned place = static_cast<unsigned>(offset + position + stride - 1) / static_cast<unsigned>(stride);
    return {static_cast<int>(place), static_cast<int>(place) * stride - offset - position};
}

// The sums of ROWS pixels that the same taps reach, in places `step` apart in the patch. Taps beyond the kernel are
// zero, so all lanes add `columns` products a row.
template <int STRIDE, int ROWS>
DEVICE void gather_patch(const BlurArguments& a, const float* taps, int tap_pitch, const float* patch, int pitch,
                         int columns, Reach row, Reach column, int step, float (&sums)[ROWS]) {
    int stride = STRIDE > 0 ? STRIDE : a.stride;
    const float* weights = taps + row.tap * tap_pitch + column.tap;
    const float* measured = patch + row.place * pitch + column.place;
    for (int k = row.tap; k < a.kernel_height; k += stride) {
        _Pragma("unroll 1")
        for (int v = 0; v < columns; v++) {
            float weight = weights[v * stride];
            UNROLL
            for (int r = 0; r < ROWS; r++) {
                sums[r] = multiply_add(weight, measured[v + r * step], sums[r]);
            }
        }

        weights += stride * tap_pitch;
        measured += pitch;
    }
}

// Adds the terms of the mirror images of the pixels of this thread, which only pixels near an edge have.
DEVICE void add_mirrored(const BlurArguments& a) {
    Tile tile = tile_of(a);
    const float* y = a.input + static_cast<long long>(tile.plane) * a.low_height * a.low_width;
    int q = tile.left + thread_x();
    _Pragma("unroll 1")
    for (int r = 0; r < a.rows; r++) {
        int p = tile.top + thread_y() + r * TILE_HEIGHT;
        bool near_edge = p < a.kernel_height || p >= a.height - a.kernel_height || q < a.kernel_width ||
                         q >= a.width - a.kernel_width;
        if (near_edge && p < a.height && q < a.width) {
            float* to = a.output + (static_cast<long long>(tile.plane) * a.height + p) * a.width + q;
            *to = multiply_add(a.scale, gather_mirrored(a, p, q, a.kernel, y), *to);
        }
    }
}

template <int STRIDE, int ROWS>
DEVICE void adjoint_outputs(const BlurArguments& a, const Tile& tile, const float* taps, int tap_pitch,
                            const float* patch, int columns, Reach row, Reach column) {
    constexpr int STEP = TILE_HEIGHT / STRIDE * ADJOINT_PITCH;
    float sums[ROWS] = {};
    gather_patch<STRIDE, ROWS>(a, taps, tap_pitch, patch, ADJOINT_PITCH, columns, row, column, STEP, sums);
    store_rows<ROWS>(a, tile, thread_y(), a.height, a.width, sums);
}

template <int STRIDE>
DEVICE void adjoint_of_tile(const BlurArguments& a, float* taps) {
    int stride = STRIDE > 0 ? STRIDE : a.stride;
    int pitch = STRIDE > 0 ? ADJOINT_PITCH : a.patch_pitch;
    Tile tile = tile_of(a);
    const float* y = a.input + static_cast<long long>(tile.plane) * a.low_height * a.low_width;
    int first_row = floor_divide(tile.top - a.row, stride);
    int first_column = floor_divide(tile.left - a.column, stride);
    int columns = (a.kernel_width - 1) / stride + 1;
    int tap_pitch = columns * stride;
    float* patch = taps + a.kernel_height * tap_pitch;

    // Measurements beyond the edge are zero except for a periodic boundary: none is mirrored.
    int boundary = a.boundary == BOUNDARY_PERIODIC ? BOUNDARY_PERIODIC : BOUNDARY_ZERO;
    load_taps(a, taps, tap_pitch);
    PatchSource source = {y, a.low_height, a.low_width, boundary, first_row, first_column};
    copy_patch<1, 2>(source, a.patch_height, (TILE_WIDTH + 2 * stride - 3) / stride + columns, PlainPlaces{}, patch,
                     pitch, thread_y(), TILE_HEIGHT, thread_x());
    barrier();
    Reach column = reach_of(tile.left - a.column - first_column * stride, thread_x(), stride);
    Reach row = reach_of(tile.top - a.row - first_row * stride, thread_y(), stride);
    if constexpr (STRIDE > 0) {
        static_assert(TILE_HEIGHT % STRIDE == 0);
        if (a.rows == 8) {
            adjoint_outputs<STRIDE, 8>(a, tile, taps, tap_pitch, patch, columns, row, column);
        } else if (a.rows == 4) {
            adjoint_outputs<STRIDE, 4>(a, tile, taps, tap_pitch, patch, columns, row, column);
        } else if (a.rows == 2) {
            adjoint_outputs<STRIDE, 2>(a, tile, taps, tap_pitch, patch, columns, row, column);
        } else {
            adjoint_outputs<STRIDE, 1>(a, tile, taps, tap_pitch, patch, columns, row, column);
        }
    } else {
        int places_on = TILE_HEIGHT / stride;
        int taps_back = TILE_HEIGHT - places_on * stride;
        for (int r = 0; r < a.rows; r++) {
            float sum[1] = {};
            gather_patch<0, 1>(a, taps, tap_pitch, patch, pitch, columns, row, column, 0, sum);
            store_rows<1>(a, tile, thread_y() + r * TILE_HEIGHT, a.height, a.width, sum);
            row.place += places_on;
            row.tap -= taps_back;
            if (row.tap < 0) {
                row.tap += stride;
                row.place++;
            }
        }
    }
}
