// Copies a patch of an image, extended beyond its edge, to shared memory: the first part of every stencil. Each warp
// takes whole rows and each lane the same columns of all of them, so the columns and their places are found once, and
// the loop over rows has neither a division nor, in the interior of an image, a test of the column. LINES·SLOTS loads
// are in flight before the first store.
#pragma once

#include "boundary.cuh"

struct PatchSource {
    const float* image;  // one plane
    int height, width;
    int boundary;
    int top, left;  // of the patch; it may begin and end outside the image
};

// Adjacent pixels in adjacent places.
struct PlainPlaces {
    // The place in a row of the patch of column c + k·WARP.
    DEVICE int of(int c, int k) const { return c + k * WARP; }
};

// Pixels `stride` apart in adjacent places: a row is split into phases of `pitch` floats. STRIDE is the stride if it is
// known and divides WARP, otherwise 0.
template <int STRIDE>
struct PhasePlaces {
    int stride, pitch;

    DEVICE int of(int c, int k) const {
        if constexpr (STRIDE > 0) {
            static_assert(WARP % STRIDE == 0);
            unsigned column = static_cast<unsigned>(c);
            return static_cast<int>(column % STRIDE * pitch + column / STRIDE) + k * (WARP / STRIDE);
        } else {
            unsigned column = static_cast<unsigned>(c + k * WARP);
            return static_cast<int>(column % stride * pitch + column / stride);
        }
    }
};

// The pixels of row r of the patch at columns c, c + WARP, …, or at[k] of the image, which is −1 outside: zero there.
// INSIDE: the whole patch is inside; columns beyond the last are not set.
template <int SLOTS, bool INSIDE>
DEVICE void load_line(const PatchSource& source, int r, int c, int columns, const int (&at)[SLOTS],
                      float (&pixels)[SLOTS]) {
    if constexpr (INSIDE) {
        const float* line = source.image + ((source.top + r) * source.width + source.left + c);
        UNROLL
        for (int k = 0; k < SLOTS; k++) {
            if (c + k * WARP < columns) {
                pixels[k] = line[k * WARP];
            }
        }
    } else {
        int row = source_index(source.top + r, source.height, source.boundary);
        const float* line = source.image + row * source.width;
        UNROLL
        for (int k = 0; k < SLOTS; k++) {
            pixels[k] = row >= 0 && at[k] >= 0 ? line[at[k]] : 0;
        }
    }
}

template <int SLOTS, int LINES, bool INSIDE, class Places>
DEVICE void copy_columns(const PatchSource& source, int c, int rows, int columns, const Places& places, float* patch,
                         int pitch, int warp, int warps) {
    int at[SLOTS];
    int place[SLOTS];
    UNROLL
    for (int k = 0; k < SLOTS; k++) {
        at[k] = INSIDE ? 0 : source_index(source.left + c + k * WARP, source.width, source.boundary);
        place[k] = places.of(c, k);
    }

    _Pragma("unroll 1")
    for (int r = warp; r < rows; r += LINES * warps) {
        float pixels[LINES][SLOTS];
        UNROLL
        for (int l = 0; l < LINES; l++) {
            if (r + l * warps < rows) {
                load_line<SLOTS, INSIDE>(source, r + l * warps, c, columns, at, pixels[l]);
            }
        }
        UNROLL
        for (int l = 0; l < LINES; l++) {
            if (r + l * warps < rows) {
                float* to = patch + (r + l * warps) * pitch;
                UNROLL
                for (int k = 0; k < SLOTS; k++) {
                    if (c + k * WARP < columns) {
                        to[place[k]] = pixels[l][k];
                    }
                }
            }
        }
    }
}

// Copies rows × columns pixels to a patch whose rows are `pitch` floats apart, with `warps` warps, of which this is
// number `warp`; `lane` is that of this thread.
template <int SLOTS, int LINES, class Places>
DEVICE void copy_patch(const PatchSource& source, int rows, int columns, const Places& places, float* patch, int pitch,
                       int warp, int warps, int lane) {
    bool inside = source.top >= 0 && source.left >= 0 && source.top + rows <= source.height &&
                  source.left + columns <= source.width;
    for (int c = lane; c < columns; c += SLOTS * WARP) {
        if (inside) {
            copy_columns<SLOTS, LINES, true>(source, c, rows, columns, places, patch, pitch, warp, warps);
        } else {
            copy_columns<SLOTS, 1, false>(source, c, rows, columns, places, patch, pitch, warp, warps);
        }
    }
}
