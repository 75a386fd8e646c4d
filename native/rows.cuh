// Loops over the rows of planes: each thread processes up to four pixels of one row, spaced so that adjacent threads
// process adjacent pixels; the divisions that find the plane of a row are done once for the four.
#pragma once

#include "common.cuh"

constexpr unsigned PIXELS_PER_THREAD = 4;

// The part of a row for one thread: columns first, first + step, … below the width.
struct RowPart {
    unsigned row, first, step;
};

// The number of parts of a row of `width` pixels, which is the number of threads that share it.
DEVICE unsigned parts_of_row(int width) {
    return (static_cast<unsigned>(width) + PIXELS_PER_THREAD - 1) / PIXELS_PER_THREAD;
}

// Calls visit(part) for every part of all rows, distributed over the threads along x of the grid.
template <class Visit>
DEVICE void visit_rows(unsigned rows, int width, const Visit& visit) {
    unsigned parts = parts_of_row(width);
    unsigned long long all = static_cast<unsigned long long>(rows) * parts;
    unsigned long long step = static_cast<unsigned long long>(global_size_x());
    for (unsigned long long i = static_cast<unsigned long long>(global_x()); i < all; i += step) {
        unsigned index = static_cast<unsigned>(i);
        unsigned row = index / parts;
        visit(RowPart{row, index - row * parts, parts});
    }
}
