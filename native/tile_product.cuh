// The part of a block in a matrix product c = a·b: a tile of ROWS × COLUMNS results, with the inner dimension in slices
// of DEPTH. Slices are double-buffered in shared memory: one is multiplied while the next is loaded from global memory
// to registers, so there is one barrier per slice. Each of the 128 threads holds UP × ACROSS sums in registers and
// reads UP + ACROSS floats for UP·ACROSS multiply-adds, four at a time: 64 multiply-adds for four wide loads with the
// large tile. A loader defines a and b:
//
//     loader.prepare(s)        writes what all threads need to locate slice s, to the buffer of parity s & 1
//     loader.load(s, slice)    loads the elements of slice s that belong to this thread
//
// The elements of the left matrix are assigned to threads by left_row and left_depth: eight consecutive ones along the
// inner dimension, then rows. Those of the right one by right_column and right_depth: along the columns, or like the
// left ones (TRANSPOSED).
#pragma once

#include "common.cuh"

template <int ROWS_, int COLUMNS_, int DEPTH_, int UP_, int ACROSS_, bool TRANSPOSED>
struct Tile {
    static constexpr int ROWS = ROWS_, COLUMNS = COLUMNS_, DEPTH = DEPTH_, UP = UP_, ACROSS = ACROSS_;
    static constexpr int THREADS = ROWS / UP * (COLUMNS / ACROSS);
    static constexpr int LEFT = ROWS * DEPTH / THREADS;
    static constexpr int RIGHT = COLUMNS * DEPTH / THREADS;

    // Consecutive rows in shared memory are shifted by four banks, so that neither the transposed stores nor the wide
    // loads have bank conflicts.
    static constexpr int LEFT_PITCH = ROWS + 4;
    static constexpr int RIGHT_PITCH = COLUMNS + 4;
    static constexpr int LEFT_FLOATS = 2 * DEPTH * LEFT_PITCH;
    static constexpr int RIGHT_FLOATS = 2 * DEPTH * RIGHT_PITCH;
    static_assert(THREADS == 128 && LEFT + RIGHT <= 32 && DEPTH % 8 == 0 && UP % 4 == 0 && ACROSS % 4 == 0);

    DEVICE static int left_row(int e) { return thread_x() / 8 + THREADS / 8 * (e % (ROWS * 8 / THREADS)); }
    DEVICE static int left_depth(int e) { return thread_x() % 8 + 8 * (e / (ROWS * 8 / THREADS)); }

    DEVICE static int right_column(int e) {
        return TRANSPOSED ? thread_x() / 8 + THREADS / 8 * (e % (COLUMNS * 8 / THREADS)) : thread_x() % COLUMNS;
    }

    DEVICE static int right_depth(int e) {
        return TRANSPOSED ? thread_x() % 8 + 8 * (e / (COLUMNS * 8 / THREADS))
                          : thread_x() / COLUMNS + THREADS / COLUMNS * e;
    }

    // The row in the tile of sums [u] of a thread, and the column of sums [.][v], in groups of four.
    DEVICE static int row_of(int u) { return u / 4 * (ROWS / (UP / 4)) + thread_x() / (COLUMNS / ACROSS) * 4 + u % 4; }

    DEVICE static int column_of(int v) {
        return v / 4 * (COLUMNS / (ACROSS / 4)) + thread_x() % (COLUMNS / ACROSS) * 4 + v % 4;
    }
};

// 64 × 128 results in tiles of 8 × 8 for large problems, 32 × 64 in tiles of 4 × 4 where these would give too few
// blocks.
template <bool TRANSPOSED>
using LargeTile = Tile<64, 128, 8, 8, 8, TRANSPOSED>;
template <bool TRANSPOSED>
using SmallTile = Tile<32, 64, 16, 4, 4, TRANSPOSED>;

// A slice in registers between global and shared memory. Elements outside a matrix are read from its beginning and set
// to zero when they are stored, after the multiplication in between: loads need no branch, and nothing waits for them.
template <typename T>
struct Slice {
    float left[T::LEFT];
    float right[T::RIGHT];
    unsigned inside = 0;  // one bit per element, left before right

    DEVICE void load_left(int e, const float* matrix, int index, bool is_inside) {
        left[e] = matrix[is_inside ? index : 0];
        inside |= static_cast<unsigned>(is_inside) << e;
    }

    DEVICE void load_right(int e, const float* matrix, int index, bool is_inside) {
        right[e] = matrix[is_inside ? index : 0];
        inside |= static_cast<unsigned>(is_inside) << (T::LEFT + e);
    }

    DEVICE void store(float* shared_left, float* shared_right) const {
        UNROLL
        for (int e = 0; e < T::LEFT; e++) {
            float value = inside >> e & 1 ? left[e] : 0;
            shared_left[T::left_depth(e) * T::LEFT_PITCH + T::left_row(e)] = value;
        }
        UNROLL
        for (int e = 0; e < T::RIGHT; e++) {
            float value = inside >> (T::LEFT + e) & 1 ? right[e] : 0;
            shared_right[T::right_depth(e) * T::RIGHT_PITCH + T::right_column(e)] = value;
        }
    }
};

template <int COUNT>
DEVICE void load_fragment(const float* from, int group_pitch, float (&to)[COUNT]) {
    UNROLL
    for (int g = 0; g < COUNT / 4; g++) {
        Float4 four = *reinterpret_cast<const Float4*>(from + g * group_pitch);
        to[4 * g] = four.x;
        to[4 * g + 1] = four.y;
        to[4 * g + 2] = four.z;
        to[4 * g + 3] = four.w;
    }
}

template <typename T>
DEVICE void multiply_slice(const float* shared_left, const float* shared_right, float (&sums)[T::UP][T::ACROSS]) {
    UNROLL
    for (int k = 0; k < T::DEPTH; k++) {
        float left[T::UP];
        float right[T::ACROSS];
        load_fragment(shared_left + k * T::LEFT_PITCH + T::row_of(0), T::ROWS / (T::UP / 4), left);
        load_fragment(shared_right + k * T::RIGHT_PITCH + T::column_of(0), T::COLUMNS / (T::ACROSS / 4), right);
        UNROLL
        for (int u = 0; u < T::UP; u++) {
            UNROLL
            for (int v = 0; v < T::ACROSS; v++) {
                sums[u][v] = multiply_add(left[u], right[v], sums[u][v]);
            }
        }
    }
}

// The sums of `slices` slices. All threads of the block must call it; afterwards the shared memory is free again.
template <typename T, typename Loader>
DEVICE void tile_product(Loader& loader, int slices, float* shared_left, float* shared_right,
                         float (&sums)[T::UP][T::ACROSS]) {
    UNROLL
    for (int u = 0; u < T::UP; u++) {
        UNROLL
        for (int v = 0; v < T::ACROSS; v++) {
            sums[u][v] = 0;
        }
    }
    if (slices > 0) {
        loader.prepare(0);
        barrier();
        Slice<T> slice;
        loader.load(0, slice);
        loader.prepare(1);
        slice.store(shared_left, shared_right);
        barrier();
    }
    for (int s = 0; s < slices; s++) {
        int left_here = (s & 1) * (T::LEFT_FLOATS / 2);
        int right_here = (s & 1) * (T::RIGHT_FLOATS / 2);
        Slice<T> slice;
        if (s + 1 < slices) {
            loader.load(s + 1, slice);
            loader.prepare(s + 2);
        }
        multiply_slice<T>(shared_left + left_here, shared_right + right_here, sums);
        if (s + 1 < slices) {
            slice.store(shared_left + T::LEFT_FLOATS / 2 - left_here, shared_right + T::RIGHT_FLOATS / 2 - right_here);
        }
        barrier();
    }
}
