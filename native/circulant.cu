// The convolution of stride 1: the circulant product with a small kernel (learned-linear's 13×13, ρI + AAᵀ), and the same
// with the other boundaries; with `correlate` its adjoint:
//
//     y[i, j] = scale · Σ k[a, b] · x̄[i + row − a, j + column − b] + addend[i, j]
//
// A block of 64 threads makes 8 rows of 32 pixels of a plane, a thread four neighbours along x. The patch of x̄ and the
// taps (flipped, each row filled with zeros to a multiple of four) lie in dynamic shared memory. For four taps a thread
// loads four pixels and four taps, 16 bytes each, and does 16 multiply-adds on a window of eight registers.
// 2·kh·kw FLOPs an output for 8 to 12 bytes of memory traffic: 13×13 has 28 FLOPs a byte, bound by the issue of
// multiply-adds (16 for two shared loads) on large images, and by latency on the small grids of measurements, which is
// why blocks are small.
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
};

constexpr int CIRCULANT_WIDTH = 32;
constexpr int CIRCULANT_HEIGHT = 8;
constexpr int CIRCULANT_THREADS = 64;

KERNEL_OF(circulant, CirculantArguments, CIRCULANT_THREADS) {
    DYNAMIC_SHARED(float, taps);
    int tap_pitch = (a.kernel_width + 3) & ~3;
    int patch_pitch = CIRCULANT_WIDTH + tap_pitch;
    int patch_height = CIRCULANT_HEIGHT + a.kernel_height - 1;
    float* patch = taps + a.kernel_height * tap_pitch;

    int tile_x = block_x() % a.tiles_x;
    int rest = block_x() / a.tiles_x;
    int tile_y = rest % a.tiles_y;
    int plane = rest / a.tiles_y;
    int top = tile_y * CIRCULANT_HEIGHT + a.row - (a.kernel_height - 1);
    int left = tile_x * CIRCULANT_WIDTH + a.column - (a.kernel_width - 1);
    const float* image = a.x + static_cast<long long>(plane) * a.height * a.width;

    int thread = thread_x();
    for (int t = thread; t < a.kernel_height * tap_pitch; t += CIRCULANT_THREADS) {
        int k = t / tap_pitch;
        int l = t - k * tap_pitch;
        int at = k * a.kernel_width + l;
        at = a.correlate ? at : a.kernel_height * a.kernel_width - 1 - at;
        taps[t] = l < a.kernel_width ? a.kernel[at] : 0;
    }

    // A warp a row: the reads of a row are contiguous but for the wrap.
    for (int r = thread / WARP; r < patch_height; r += CIRCULANT_THREADS / WARP) {
        int row = source_index(top + r, a.height, a.boundary);
        for (int c = thread % WARP; c < patch_pitch; c += WARP) {
            int column = source_index(left + c, a.width, a.boundary);
            patch[r * patch_pitch + c] = row >= 0 && column >= 0 ? image[row * a.width + column] : 0;
        }
    }

    barrier();

    int x = thread % 8 * 4;
    int y = thread / 8;
    float sums[4] = {0, 0, 0, 0};
    for (int k = 0; k < a.kernel_height; k++) {
        const Float4* pixels = reinterpret_cast<const Float4*>(patch + (y + k) * patch_pitch + x);
        const Float4* weights = reinterpret_cast<const Float4*>(taps + k * tap_pitch);
        Float4 near = pixels[0];
        for (int l = 0; l < tap_pitch / 4; l++) {
            Float4 far = pixels[l + 1];
            Float4 tap = weights[l];
            float window[8] = {near.x, near.y, near.z, near.w, far.x, far.y, far.z, far.w};
            float tap_of[4] = {tap.x, tap.y, tap.z, tap.w};
#pragma unroll
            for (int t = 0; t < 4; t++) {
#pragma unroll
                for (int j = 0; j < 4; j++) {
                    sums[j] = multiply_add(tap_of[t], window[t + j], sums[j]);
                }
            }

            near = far;
        }
    }

    int i = tile_y * CIRCULANT_HEIGHT + y;
    int j = tile_x * CIRCULANT_WIDTH + x;
    if (i >= a.out_height) {
        return;
    }

    long long start = (static_cast<long long>(plane) * a.out_height + i) * a.out_width + j;
#pragma unroll
    for (int t = 0; t < 4; t++) {
        if (j + t < a.out_width) {
            float added = a.addend == nullptr ? 0 : a.addend[start + t];
            a.y[start + t] = multiply_add(a.scale, sums[t], added);
        }
    }
}
