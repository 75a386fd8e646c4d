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
#include "boundary.cuh"

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

#pragma unroll
    for (int r = 0; r < ROWS; r++) {
        int i = tile.top + y + r;
        long long start = (static_cast<long long>(tile.plane) * a.out_height + i) * a.out_width;
#pragma unroll
        for (int t = 0; t < 4; t++) {
            int j = tile.left + x + t;
            if (i < a.out_height && j < a.out_width) {
                float added = a.addend == nullptr ? 0 : a.addend[start + j];
                a.y[start + j] = multiply_add(a.scale, sums[r][t], added);
            }
        }
    }
}

KERNEL_OF(circulant, CirculantArguments, CIRCULANT_THREADS) {
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

    for (int t = thread_x(); t < tap_rows * tap_pitch; t += CIRCULANT_THREADS) {
        int k = t / tap_pitch - (a.rows - 1);
        int l = t % tap_pitch;
        bool inside = k >= 0 && k < a.kernel_height && l < a.kernel_width;
        int at = k * a.kernel_width + l;
        at = a.correlate ? at : a.kernel_height * a.kernel_width - 1 - at;
        taps[t] = inside ? a.kernel[at] : 0;
    }

    // One warp per row: its reads are contiguous except at the wrap.
    for (int r = thread_x() / WARP; r < patch_height; r += CIRCULANT_THREADS / WARP) {
        int row = source_index(top + r, a.height, a.boundary);
        for (int c = thread_x() % WARP; c < patch_pitch; c += WARP) {
            int column = source_index(left + c, a.width, a.boundary);
            patch[r * patch_pitch + c] = row >= 0 && column >= 0 ? image[row * a.width + column] : 0;
        }
    }

    barrier();
    if (a.rows == 2) {
        outputs<2>(a, tile, taps, tap_pitch, patch, patch_pitch);
    } else {
        outputs<1>(a, tile, taps, tap_pitch, patch, patch_pitch);
    }
}
