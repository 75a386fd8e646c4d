// The blur of stride 1: the circulant product with a small kernel (the 13×13 one of learned-linear, ρI + AAᵀ), and the
// same with the other boundaries; with `correlate` its adjoint:
//
//     y[i, j] = scale · Σ k[a, b] · x̄[i + row − a, j + column − b] + addend[i, j]
//
// A block of 64 threads computes 8·ROWS rows of 32 pixels of a plane; a thread computes four adjacent pixels in each of
// ROWS rows. The patch of x̄ and the taps (flipped, each row padded with zeros to a multiple of four, ROWS − 1 rows of
// zeros above and below) are in dynamic shared memory. For every four pixels and ROWS times four taps, loaded 16 bytes
// at a time, a thread does 16·ROWS multiply-adds on a window of eight registers. One row per thread gives enough blocks
// on a small grid; two rows are used for large images, where the loads of pixels would be the bound.
// 2·kh·kw FLOPs per output for 8 to 12 bytes of memory traffic: 13×13 has 28 FLOPs per byte. Bound by the issue of
// multiply-adds on large images, and by latency on the small grids of measurements, which is why blocks are small.
#include "patch.cuh"

struct CirculantArguments {
    const float* x;
    const float* kernel;
    const float* addend;  // or null; may be y
    float* y;
    float scale;
    int height, width;          // of x
    int out_height, out_width;  // of y
    int kernel_height, kernel_width;
    int row, column;  // the origin
    int correlate;    // the kernel is not flipped
    int boundary;
    int tiles_x, tiles_y;
    int rows;  // outputs per thread along y: 1 or 2
};

constexpr int CIRCULANT_WIDTH = 32;
constexpr int CIRCULANT_HEIGHT = 8;
constexpr int CIRCULANT_THREADS = 64;

// The first row and column of the tile, and its plane.
struct Tile {
    int plane, top, left;
};

template <int ROWS>
DEVICE void outputs(const CirculantArguments& a, const Tile& tile, const float* taps, int tap_pitch, const float* patch,
                    int patch_pitch) {
    int x = thread_x() % 8 * 4;
    int y = thread_x() / 8 * ROWS;
    float sums[ROWS][4] = {};
    for (int k = 0; k < a.kernel_height + ROWS - 1; k++) {
        const Float4* pixels = reinterpret_cast<const Float4*>(patch + (y + k) * patch_pitch + x);
        const float* tap_row = taps + k * tap_pitch;
        Float4 near = pixels[0];
        for (int l = 0; l < tap_pitch / 4; l++) {
            Float4 far = pixels[l + 1];
            float window[8] = {near.x, near.y, near.z, near.w, far.x, far.y, far.z, far.w};
#pragma unroll
            for (int r = 0; r < ROWS; r++) {
                // Patch row k is multiplied by tap row k − r for output row r; rows of zeros surround the taps.
                Float4 tap = reinterpret_cast<const Float4*>(tap_row + (ROWS - 1 - r) * tap_pitch)[l];
                float tap_of[4] = {tap.x, tap.y, tap.z, tap.w};
#pragma unroll
                for (int t = 0; t < 4; t++) {
#pragma unroll
                    for (int j = 0; j < 4; j++) {
                        sums[r][j] = multiply_add(tap_of[t], window[t + j], sums[r][j]);
                    }
                }
            }

            near = far;
        }
    }

    // Four outputs at once where the rows of y and the addend are aligned to 16 bytes.
    bool wide = a.out_width % 4 == 0 && aligned_16(a.y) && aligned_16(a.addend);
    int j = tile.left + x;
    UNROLL
    for (int r = 0; r < ROWS; r++) {
        int i = tile.top + y + r;
        if (i >= a.out_height || j >= a.out_width) {
            continue;
        }

        long long start = (static_cast<long long>(tile.plane) * a.out_height + i) * a.out_width + j;
        if (wide) {
            Float4 added = {};
            if (a.addend != nullptr) {
                added = *reinterpret_cast<const Float4*>(a.addend + start);
            }

            store_wide(a.y + start, multiply_add(a.scale, sums[r][0], added.x),
                       multiply_add(a.scale, sums[r][1], added.y), multiply_add(a.scale, sums[r][2], added.z),
                       multiply_add(a.scale, sums[r][3], added.w));
        } else {
            UNROLL
            for (int t = 0; t < 4; t++) {
                if (j + t < a.out_width) {
                    float added = a.addend == nullptr ? 0 : a.addend[start + t];
                    a.y[start + t] = multiply_add(a.scale, sums[r][t], added);
                }
            }
        }
    }
}

// The taps, flipped unless it is a correlation, with zeros around them: 16 threads a row, four rows at a time.
DEVICE void load_taps(const CirculantArguments& a, float* taps, int tap_pitch, int tap_rows) {
    constexpr int ROW_THREADS = 16;
    constexpr int STEP = CIRCULANT_THREADS / ROW_THREADS;
    int last = a.kernel_height * a.kernel_width - 1;
    for (int l = thread_x() % ROW_THREADS; l < tap_pitch; l += ROW_THREADS) {
        for (int first = thread_x() / ROW_THREADS; first < tap_rows; first += 4 * STEP) {
            float tap[4];
            UNROLL
            for (int n = 0; n < 4; n++) {
                int k = first + n * STEP - (a.rows - 1);
                bool inside = k >= 0 && k < a.kernel_height && l < a.kernel_width;
                int at = k * a.kernel_width + l;
                tap[n] = inside ? a.kernel[a.correlate ? at : last - at] : 0;
            }
            UNROLL
            for (int n = 0; n < 4; n++) {
                if (first + n * STEP < tap_rows) {
                    taps[(first + n * STEP) * tap_pitch + l] = tap[n];
                }
            }
        }
    }
}

KERNEL_RESIDENT(circulant, CirculantArguments, CIRCULANT_THREADS, 20) {
    DYNAMIC_SHARED(float, taps);
    int tap_pitch = (a.kernel_width + 3) & ~3;
    int tap_rows = a.kernel_height + 2 * (a.rows - 1);
    int patch_pitch = CIRCULANT_WIDTH + tap_pitch;
    int patch_height = CIRCULANT_HEIGHT * a.rows + a.kernel_height - 1;
    float* patch = taps + tap_rows * tap_pitch;

    int rest = block_x() / a.tiles_x;
    Tile tile = {rest / a.tiles_y, rest % a.tiles_y * CIRCULANT_HEIGHT * a.rows,
                 block_x() % a.tiles_x * CIRCULANT_WIDTH};
    int top = tile.top + a.row - (a.kernel_height - 1);
    int left = tile.left + a.column - (a.kernel_width - 1);
    const float* image = a.x + static_cast<long long>(tile.plane) * a.height * a.width;

    load_taps(a, taps, tap_pitch, tap_rows);
    PatchSource source = {image, a.height, a.width, a.boundary, top, left};
    copy_patch<2, 2>(source, patch_height, patch_pitch, PlainPlaces{}, patch, patch_pitch, thread_x() / WARP,
                     CIRCULANT_THREADS / WARP, thread_x() % WARP);
    barrier();
    if (a.rows == 2) {
        outputs<2>(a, tile, taps, tap_pitch, patch, patch_pitch);
    } else {
        outputs<1>(a, tile, taps, tap_pitch, patch, patch_pitch);
    }
}
