// Copies a patch of an image, extended beyond its edge, to shared memory: the first part of every stencil. Each warp
// takes whole rows and each lane the same columns of all of them, so the columns and their places are found once, and
// the loop over rows has neither a division nor, in the interior of an image, a test of the column. LINES·SLOTS loads
// are in flight before the first store.
#pragma once

#include "boundary.cuh"

// A source of a patch: one plane of an image, and where the patch is in it, which may begin and end outside. row_at and
// column_at give the row and column of the image for those of the patch, or −1 where the patch is zero.
struct PatchSource {
    const float* image;
    int height, width;
    int boundary;
    int top, left;

    DEVICE int row_at(int r) const { return source_index(top + r, height, boundary); }
    DEVICE int column_at(int c) const { return source_index(left + c, width, boundary); }
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

// Copies LINES rows of a patch that is inside the image, `from_step` and `to_step` floats apart: all loads first.
// `columns` counts from the first column of this thread.
template <int SLOTS, int LINES>
DEVICE void copy_lines(const float* from, int from_step, float* to, int to_step, const int (&place)[SLOTS],
                       int columns) {
    float pixels[LINES][SLOTS];
    UNROLL
    for (int l = 0; l < LINES; l++) {
        UNROLL
        for (int k = 0; k < SLOTS; k++) {
            if (k * WARP < columns) {
                pixels[l][k] = from[static_cast<long long>(l) * from_step + k * WARP];
            }
        }
    }
    UNROLL
    for (int l = 0; l < LINES; l++) {
        UNROLL
        for (int k = 0; k < SLOTS; k++) {
            if (k * WARP < columns) {
                to[l * to_step + place[k]] = pixels[l][k];
            }
        }
    }
}

// Columns c, c + WARP, … of a patch that is inside the image.
template <int SLOTS, int LINES, class Source>
DEVICE void copy_inside(const Source& source, int c, int rows, int columns, const int (&place)[SLOTS], float* patch,
                        int pitch, int warp, int warps) {
    const float* from = source.image + ((source.top + warp) * source.width + source.left + c);
    float* to = patch + warp * pitch;
    int from_step = warps * source.width;
    int to_step = warps * pitch;
    int r = warp;
    _Pragma("unroll 1")
    for (; r + (LINES - 1) * warps < rows; r += LINES * warps) {
        copy_lines<SLOTS, LINES>(from, from_step, to, to_step, place, columns - c);
        from += static_cast<long long>(LINES) * from_step;
        to += LINES * to_step;
    }
    _Pragma("unroll 1")
    for (; LINES > 1 && r < rows; r += warps) {
        copy_lines<SLOTS, 1>(from, from_step, to, to_step, place, columns - c);
        from += from_step;
        to += to_step;
    }
}

// The same where the patch extends beyond the image.
template <int SLOTS, class Source>
DEVICE void copy_extended(const Source& source, int c, int rows, int columns, const int (&place)[SLOTS], float* patch,
                          int pitch, int warp, int warps) {
    int at[SLOTS];
    UNROLL
    for (int k = 0; k < SLOTS; k++) {
        at[k] = source.column_at(c + k * WARP);
    }
    _Pragma("unroll 1")
    for (int r = warp; r < rows; r += warps) {
        int row = source.row_at(r);
        const float* line = source.image + row * source.width;
        float pixels[SLOTS];
        UNROLL
        for (int k = 0; k < SLOTS; k++) {
            pixels[k] = row >= 0 && at[k] >= 0 ? line[at[k]] : 0;
        }
        UNROLL
        for (int k = 0; k < SLOTS; k++) {
            if (c + k * WARP < columns) {
                patch[r * pitch + place[k]] = pixels[k];
            }
        }
    }
}

// Copies rows × columns pixels to a patch whose rows are `pitch` floats apart, with `warps` warps, of which this is
// number `warp`; `lane` is that of this thread.
template <int SLOTS, int LINES, class Source, class Places>
DEVICE void copy_patch(const Source& source, int rows, int columns, const Places& places, float* patch, int pitch,
                       int warp, int warps, int lane) {
    bool inside = source.top >= 0 && source.left >= 0 && source.top + rows <= source.height &&
                  source.left + columns <= source.width;
    for (int c = lane; c < columns; c += SLOTS * WARP) {
        int place[SLOTS];
        UNROLL
        for (int k = 0; k < SLOTS; k++) {
            place[k] = places.of(c, k);
        }
        if (inside) {
            copy_inside<SLOTS, LINES>(source, c, rows, columns, place, patch, pitch, warp, warps);
        } else {
            copy_extended<SLOTS>(source, c, rows, columns, place, patch, pitch, warp, warps);
        }
    }
}
