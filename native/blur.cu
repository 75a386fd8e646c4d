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
// stride. A 9×9 one at stride 4 has 2.4 FLOPs per byte; the blur then issues about 40 instructions a pixel.
//
// blur_plain, blur_adjoint_plain: one thread per output, everything from global memory and its caches; for kernels and
// strides whose patches do not fit.
#include "blur_adjoint.cuh"

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
