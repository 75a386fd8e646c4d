// Loops over the rows of planes: each thread takes up to four pixels of one row, so far apart that neighbouring threads
// take neighbouring pixels, and the divisions that find a row's plane are paid once for the four.
#pragma once

#include "common.cuh"

constexpr unsigned PIXELS_PER_THREAD = 4;

// One thread's part of a row: columns first, first + step, … below the width.
struct RowPart {
    unsigned row, first, step;
};

// The parts of a row of so many pixels: the count of threads that share it.
DEVICE unsigned parts_of_row(int width) {
    return (static_cast<unsigned>(width) + PIXELS_PER_THREAD - 1) / PIXELS_PER_THREAD;
}

// visit(part) for every part of so many rows, over all threads along x of the grid.
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
