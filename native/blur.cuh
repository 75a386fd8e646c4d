// What the blur and its adjoint have in common: the arguments, the tiles of blocks, the taps in shared memory, and how
// outputs are stored. See blur.cu.
#pragma once

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
