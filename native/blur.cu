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
// pixels apart, read adjacent values; each tap is used for ROWS outputs. The adjoint gathers: pixel p is reached only
// by the taps a ≡ row − p (mod s), kh·kw/s² of them. A periodic boundary wraps the index into y instead of that of the
// pixel, since s divides the image; a reflecting one adds the few terms of the mirror images of the pixel from global
// memory.
// 2·kh·kw FLOPs per measurement in each direction and 4·(s² + 1) bytes per measurement: a 3×3 kernel is bound by memory
// at every stride; a 9×9 one at stride 4 has 2.4 FLOPs per byte and is bound by shared loads.
//
// blur_plain, blur_adjoint_plain: one thread per output, everything from global memory and its caches; for kernels and
// strides whose patches do not fit.
#include "boundary.cuh"

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
    int rows;  // outputs per thread: 1, 2 or 4
    int tiles_x, tiles_y;
    int patch_height, patch_pitch;  // pitch of a row; for the blur, of one phase
    int planes;
};

constexpr int TILE_WIDTH = 32;
constexpr int TILE_HEIGHT = 8;

struct Tile {
    int plane, top, left;
};

DEVICE Tile tile_of(const BlurArguments& a) {
    int rest = block_x() / a.tiles_x;
    return {rest / a.tiles_y, rest % a.tiles_y * TILE_HEIGHT * a.rows, block_x() % a.tiles_x * TILE_WIDTH};
}

DEVICE int floor_divide(int n, int d) { return n >= 0 ? n / d : -((d - 1 - n) / d); }

DEVICE void load_taps(const BlurArguments& a, float* taps) {
    for (int t = thread_y() * TILE_WIDTH + thread_x(); t < a.kernel_height * a.kernel_width;
         t += TILE_WIDTH * TILE_HEIGHT) {
        taps[t] = a.kernel[t];
    }
}

DEVICE void store(const BlurArguments& a, long long at, float sum) {
    a.output[at] = multiply_add(a.scale, sum, a.addend == nullptr ? 0 : a.addend[at]);
}

template <int ROWS>
DEVICE void blur_outputs(const BlurArguments& a, const Tile& tile, const float* taps, const float* patch) {
    int row_pitch = a.stride * a.patch_pitch;
    int step = TILE_HEIGHT * a.stride * row_pitch;
    float sums[ROWS] = {};
    for (int k = 0; k < a.kernel_height; k++) {
        // The taps in descending order: the patch begins at the pixel that the last tap of the first output reads.
        const float* weights = taps + (a.kernel_height - k) * a.kernel_width - 1;
        const float* pixels = patch + (thread_y() * a.stride + k) * row_pitch + thread_x();
        int phase = 0;
        int offset = 0;
        for (int l = 0; l < a.kernel_width; l++) {
            float weight = *weights--;
#pragma unroll
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

    int j = tile.left + thread_x();
#pragma unroll
    for (int r = 0; r < ROWS; r++) {
        int i = tile.top + thread_y() + r * TILE_HEIGHT;
        if (i < a.low_height && j < a.low_width) {
            store(a, (static_cast<long long>(tile.plane) * a.low_height + i) * a.low_width + j, sums[r]);
        }
    }
}

KERNEL(blur_tile, BlurArguments) {
    DYNAMIC_SHARED(float, taps);
    float* patch = taps + a.kernel_height * a.kernel_width;
    Tile tile = tile_of(a);
    int top = tile.top * a.stride + a.row - (a.kernel_height - 1);
    int left = tile.left * a.stride + a.column - (a.kernel_width - 1);
    int row_pitch = a.stride * a.patch_pitch;
    const float* image = a.input + static_cast<long long>(tile.plane) * a.height * a.width;
    load_taps(a, taps);
    for (int r = thread_y(); r < a.patch_height; r += TILE_HEIGHT) {
        int row = source_index(top + r, a.height, a.boundary);
        for (int c = thread_x(); c < row_pitch; c += TILE_WIDTH) {
            int column = source_index(left + c, a.width, a.boundary);
            int place = c % a.stride * a.patch_pitch + c / a.stride;
            patch[r * row_pitch + place] = row >= 0 && column >= 0 ? image[row * a.width + column] : 0;
        }
    }

    barrier();
    if (a.rows == 4) {
        blur_outputs<4>(a, tile, taps, patch);
    } else if (a.rows == 2) {
        blur_outputs<2>(a, tile, taps, patch);
    } else {
        blur_outputs<1>(a, tile, taps, patch);
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

KERNEL(blur_adjoint_tile, BlurArguments) {
    DYNAMIC_SHARED(float, taps);
    float* patch = taps + a.kernel_height * a.kernel_width;
    Tile tile = tile_of(a);
    const float* y = a.input + static_cast<long long>(tile.plane) * a.low_height * a.low_width;
    int first_row = floor_divide(tile.top - a.row, a.stride);
    int first_column = floor_divide(tile.left - a.column, a.stride);

    // Measurements beyond the edge are zero except for a periodic boundary: none is mirrored.
    int boundary = a.boundary == BOUNDARY_PERIODIC ? BOUNDARY_PERIODIC : BOUNDARY_ZERO;
    load_taps(a, taps);
    for (int r = thread_y(); r < a.patch_height; r += TILE_HEIGHT) {
        int row = source_index(first_row + r, a.low_height, boundary);
        for (int c = thread_x(); c < a.patch_pitch; c += TILE_WIDTH) {
            int column = source_index(first_column + c, a.low_width, boundary);
            patch[r * a.patch_pitch + c] = row >= 0 && column >= 0 ? y[row * a.low_width + column] : 0;
        }
    }

    barrier();
    int q = tile.left + thread_x();
    if (q >= a.width) {
        return;
    }

    Meeting columns = columns_meeting(a, q);
    columns.low -= first_column;
    for (int r = 0; r < a.rows; r++) {
        int p = tile.top + thread_y() + r * TILE_HEIGHT;
        if (p >= a.height) {
            return;
        }

        Meeting rows = rows_meeting(a, p);
        rows.low -= first_row;
        float sum = gather(a, rows, columns, taps, patch, a.patch_pitch, false);
        if (a.boundary == BOUNDARY_REFLECT) {
            sum += gather_mirrored(a, p, q, taps, y);
        }

        store(a, (static_cast<long long>(tile.plane) * a.height + p) * a.width + q, sum);
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
