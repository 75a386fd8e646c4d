// The measurement operator A = S H and its adjoint, kernels of any size, any stride, four boundaries:
//
//     y[i, j] = scale · Σ k[a, b] · x̄[s·i + row − a, s·j + column − b] + addend[i, j]
//     x[p, q] = scale · Σ k[a, b] · y[i, j] + addend[p, q]   over all terms above that read pixel (p, q)
//
// (row, column) is the origin of the kernel: ((kh − 1)/2, (kw − 1)/2), or (kh − 1, kw − 1) for the valid boundary,
// whose first output is the first with the whole kernel inside the image. Stride 1 is handled by circulant.cu where it
// fits.
//
// blur_tile, blur_adjoint_tile: a block of 32×8 threads computes 32×(8·ROWS) outputs of a plane from the taps and a
// patch in dynamic shared memory. The patch of the blur is split into s column phases, so that the lanes of a warp, s
// pixels apart, read adjacent values; each tap is used for two outputs. A blur with few blocks has half as many rows
// of threads in each. The adjoint gathers: pixel p is reached only by the taps a ≡ row − p (mod s), kh·kw/s² of them,
// the same for all rows of a thread if s divides 8. A periodic boundary wraps the index into y instead of that of the
// pixel, since s divides the image; a reflecting one adds the few terms of the mirror images of pixels near the edge
// from global memory. Strides 2 and 4 have code of their own with constant offsets into the patch, for patches up to
// BLUR_PITCH and ADJOINT_PITCH wide.
// Bytes: 4·(s² + 1) per measurement, and 2·kh·kw FLOPs, in each direction. A 3×3 kernel is bound by memory at every
// stride. A 9×9 one at stride 4 has 2.4 FLOPs per byte; the blur then issues about 20 instructions a pixel.
//
// blur_plain, blur_adjoint_plain: one thread per output, everything from global memory and its caches; for kernels and
// strides whose patches do not fit.
#include "patch.cuh"

struct BlurArguments {
    const float* input;
    const float* kernel;
    const float* addend;  // or null; may be output
    float* output;
    float scale;
    int height, width;          // of the image
    int low_height, low_width;  // of the measurement
    int kernel_height, kernel_width;
    int row, column;  // the origin
    int stride;
    int boundary;
    int rows;          // outputs per thread: 1, 2, 4, or 8 for the adjoint
    int block_height;  // TILE_HEIGHT, or half of it for the blur with one row
    int tiles_x, tiles_y;
    int patch_height, patch_pitch;  // pitch of a row; for the blur, of one phase
    int planes;
};

constexpr int TILE_WIDTH = 32;
constexpr int TILE_HEIGHT = 8;

// The pitches of patches for which the kernels have code of their own, for the strides 2 and 4: of a phase for the
// blur, which is enough for 10 and 20 taps in a row, and of a row for the adjoint, enough for 16 and 60.
constexpr int BLUR_PITCH = 36;
constexpr int ADJOINT_PITCH = 24;

struct Tile {
    int plane, top, left;
};

DEVICE Tile tile_of(const BlurArguments& a) {
    int rest = block_x() / a.tiles_x;
    return {rest / a.tiles_y, rest % a.tiles_y * a.block_height * a.rows, block_x() % a.tiles_x * TILE_WIDTH};
}

DEVICE int floor_divide(int n, int d) { return n >= 0 ? n / d : -((d - 1 - n) / d); }

// The taps in rows of `pitch` floats, filled with zeros.
DEVICE void load_taps(const BlurArguments& a, float* taps, int pitch) {
    _Pragma("unroll 1")
    for (int l = thread_x(); l < pitch; l += TILE_WIDTH) {
        _Pragma("unroll 2")
        for (int k = thread_y(); k < a.kernel_height; k += a.block_height) {
            taps[k * pitch + l] = l < a.kernel_width ? a.kernel[k * a.kernel_width + l] : 0;
        }
    }
}

DEVICE void store(const BlurArguments& a, long long at, float sum) {
    a.output[at] = multiply_add(a.scale, sum, a.addend == nullptr ? 0 : a.addend[at]);
}

// Stores the outputs of a thread in rows first, first + TILE_HEIGHT, … of the tile, in planes of height × width. The
// addend may be the output, so all of it is loaded first.
template <int ROWS>
DEVICE void store_rows(const BlurArguments& a, const Tile& tile, int first, int height, int width,
                       const float (&sums)[ROWS]) {
    int column = tile.left + thread_x();
    int rows = height - (tile.top + first);
    if (column >= width || rows <= 0) {
        return;
    }

    long long at = (static_cast<long long>(tile.plane) * height + tile.top + first) * width + column;
    int step = TILE_HEIGHT * width;
    float added[ROWS] = {};
    if (a.addend != nullptr) {
        const float* addend = a.addend + at;
        UNROLL
        for (int r = 0; r < ROWS; r++) {
            if (r * TILE_HEIGHT < rows) {
                added[r] = *addend;
            }
            addend += step;
        }
    }

    float* to = a.output + at;
    UNROLL
    for (int r = 0; r < ROWS; r++) {
        if (r * TILE_HEIGHT < rows) {
            *to = multiply_add(a.scale, sums[r], added[r]);
        }
        to += step;
    }
}

// Adds the products of TAPS taps in a row of the kernel; STRIDE as below. `weights` are in descending order.
template <int STRIDE, int ROWS, int TAPS>
DEVICE void add_taps(const float* weights, const float* pixels, float (&sums)[ROWS]) {
    UNROLL
    for (int t = 0; t < TAPS; t++) {
        UNROLL
        for (int r = 0; r < ROWS; r++) {
            int at = r * TILE_HEIGHT * STRIDE * STRIDE * BLUR_PITCH + t % STRIDE * BLUR_PITCH + t / STRIDE;
            sums[r] = multiply_add(weights[-t], pixels[at], sums[r]);
        }
    }
}

// A row of the kernel for ROWS outputs, TILE_HEIGHT rows apart. With a STRIDE, offsets into the patch are constants.
template <int STRIDE, int ROWS>
DEVICE void add_row(const BlurArguments& a, const float* weights, const float* pixels, float (&sums)[ROWS]) {
    if constexpr (STRIDE > 0) {
        constexpr int TAPS = 4;
        int l = a.kernel_width;
        _Pragma("unroll 1")
        for (; l >= TAPS; l -= TAPS) {
            add_taps<STRIDE, ROWS, TAPS>(weights, pixels, sums);
            weights -= TAPS;
            pixels += TAPS / STRIDE;
        }
        if (l == 1) {
            add_taps<STRIDE, ROWS, 1>(weights, pixels, sums);
        } else if (l == 2) {
            add_taps<STRIDE, ROWS, 2>(weights, pixels, sums);
        } else if (l == 3) {
            add_taps<STRIDE, ROWS, 3>(weights, pixels, sums);
        }
    } else {
        int row_pitch = a.stride * a.patch_pitch;
        int step = TILE_HEIGHT * a.stride * row_pitch;
        int phase = 0;
        int offset = 0;
        _Pragma("unroll 2")
        for (int l = 0; l < a.kernel_width; l++) {
            float weight = *weights--;
            UNROLL
            for (int r = 0; r < ROWS; r++) {
                sums[r] = multiply_add(weight, pixels[offset + r * step], sums[r]);
            }

            phase++;
            offset += a.patch_pitch;
            if (phase == a.stride) {
                phase = 0;
                offset += 1 - row_pitch;
            }
        }
    }
}

// The outputs of this thread in rows first, first + TILE_HEIGHT, … of the tile.
template <int STRIDE, int ROWS>
DEVICE void blur_outputs(const BlurArguments& a, const Tile& tile, const float* taps, const float* patch, int first) {
    int row_pitch = STRIDE > 0 ? STRIDE * BLUR_PITCH : a.stride * a.patch_pitch;
    int stride = STRIDE > 0 ? STRIDE : a.stride;
    float sums[ROWS] = {};
    // The taps in descending order: the patch begins at the pixel that the last tap of the first output reads.
    const float* weights = taps + a.kernel_height * a.kernel_width - 1;
    const float* pixels = patch + first * stride * row_pitch + thread_x();
    _Pragma("unroll 1")
    for (int k = 0; k < a.kernel_height; k++) {
        add_row<STRIDE, ROWS>(a, weights, pixels, sums);
        weights -= a.kernel_width;
        pixels += row_pitch;
    }

    store_rows<ROWS>(a, tile, first, a.low_height, a.low_width, sums);
}

// SLOTS: of 32 columns, enough for the patch of a kernel with up to BLUR_PITCH − 32 more taps a phase.
template <int STRIDE, int SLOTS>
DEVICE void blur_of_tile(const BlurArguments& a, float* taps) {
    float* patch = taps + a.kernel_height * a.kernel_width;
    int stride = STRIDE > 0 ? STRIDE : a.stride;
    int pitch = STRIDE > 0 ? BLUR_PITCH : a.patch_pitch;
    Tile tile = tile_of(a);
    PatchSource source = {a.input + static_cast<long long>(tile.plane) * a.height * a.width,
                          a.height,
                          a.width,
                          a.boundary,
                          tile.top * stride + a.row - (a.kernel_height - 1),
                          tile.left * stride + a.column - (a.kernel_width - 1)};
    constexpr int LINES = STRIDE > 0 ? 2 : 1;
    // Not more than SLOTS of 32 columns with a STRIDE, which the compiler cannot know.
    int columns = (TILE_WIDTH - 1) * stride + a.kernel_width;
    columns = STRIDE > 0 ? minimum(columns, SLOTS * WARP) : columns;
    load_taps(a, taps, a.kernel_width);
    copy_patch<SLOTS, LINES>(source, a.patch_height, columns, PhasePlaces<STRIDE>{stride, pitch}, patch,
                             stride * pitch, thread_y(), a.block_height, thread_x());
    barrier();
    if (a.rows == 1) {
        blur_outputs<STRIDE, 1>(a, tile, taps, patch, thread_y());
    } else {
        _Pragma("unroll 1")
        for (int r = 0; r < a.rows; r += 2) {
            blur_outputs<STRIDE, 2>(a, tile, taps, patch, thread_y() + r * TILE_HEIGHT);
        }
    }
}

KERNEL_RESIDENT(blur_tile, BlurArguments, MAX_THREADS, 4) {
    DYNAMIC_SHARED(float, taps);
    if (a.stride == 4 && a.patch_pitch == BLUR_PITCH) {
        blur_of_tile<4, 5>(a, taps);
    } else if (a.stride == 2 && a.patch_pitch == BLUR_PITCH) {
        blur_of_tile<2, 3>(a, taps);
    } else {
        blur_of_tile<0, 2>(a, taps);
    }
}

KERNEL(blur_plain, BlurArguments) {
    long long count = static_cast<long long>(a.planes) * a.low_height * a.low_width;
    for (long long at = global_x(); at < count; at += global_size_x()) {
        int index = static_cast<int>(at);
        int j = index % a.low_width;
        int i = index / a.low_width % a.low_height;
        const float* image = a.input + static_cast<long long>(index / a.low_width / a.low_height) * a.height * a.width;
        float sum = 0;
        for (int k = 0; k < a.kernel_height; k++) {
            int row = source_index(i * a.stride + a.row - k, a.height, a.boundary);
            if (row < 0) {
                continue;
            }

            float row_sum = 0;
            for (int l = 0; l < a.kernel_width; l++) {
                int column = source_index(j * a.stride + a.column - l, a.width, a.boundary);
                float pixel = column < 0 ? 0 : image[row * a.width + column];
                row_sum = multiply_add(a.kernel[k * a.kernel_width + l], pixel, row_sum);
            }

            sum += row_sum;
        }

        store(a, at, sum);
    }
}

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

KERNEL_RESIDENT(blur_adjoint_tile, BlurArguments, MAX_THREADS, 4) {
    DYNAMIC_SHARED(float, taps);
    if (a.stride == 4 && a.patch_pitch == ADJOINT_PITCH) {
        adjoint_of_tile<4>(a, taps);
    } else if (a.stride == 2 && a.patch_pitch == ADJOINT_PITCH) {
        adjoint_of_tile<2>(a, taps);
    } else {
        adjoint_of_tile<0>(a, taps);
    }
    if (a.boundary == BOUNDARY_REFLECT) {
        add_mirrored(a);
    }
}

KERNEL(blur_adjoint_plain, BlurArguments) {
    long long count = static_cast<long long>(a.planes) * a.height * a.width;
    for (long long at = global_x(); at < count; at += global_size_x()) {
        int index = static_cast<int>(at);
        int q = index % a.width;
        int p = index / a.width % a.height;
        const float* y = a.input + static_cast<long long>(index / a.width / a.height) * a.low_height * a.low_width;
        bool wrap = a.boundary == BOUNDARY_PERIODIC;
        float sum = gather(a, rows_meeting(a, p), columns_meeting(a, q), a.kernel, y, a.low_width, wrap);
        if (a.boundary == BOUNDARY_REFLECT) {
            sum += gather_mirrored(a, p, q, a.kernel, y);
        }

        store(a, at, sum);
    }
}
