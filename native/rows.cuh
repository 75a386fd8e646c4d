// Loops over the rows of planes: each thread processes up to four pixels of one row, spaced so that adjacent threads
// process adjacent pixels; the divisions that find the plane of a row are done once for the four.
#pragma once

#include "divisor.cuh"

constexpr unsigned PIXELS_PER_THREAD = 4;

// The part of a row for one thread: columns first, first + step, … below the width.
struct RowPart {
    unsigned row, first, step;
};

// Calls visit(part) for every part of all rows, distributed over the threads along x of the grid. `parts` is the number of
// threads that share a row: a quarter of its pixels, rounded up.
template <class Visit>
DEVICE void visit_rows(unsigned rows, const Divisor& parts, const Visit& visit) {
    unsigned all = rows * parts.value;
    unsigned step = static_cast<unsigned>(global_size_x());
    for (unsigned i = static_cast<unsigned>(global_x()); i < all; i += step) {
        Quotient part = divide(i, parts);
        visit(RowPart{part.quotient, part.rest, parts.value});
    }
}
