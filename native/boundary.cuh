// What a blur reads beyond the edge of an image; the values of Boundary in src/Engine.
#pragma once

#include "common.cuh"

constexpr int BOUNDARY_PERIODIC = 0;
constexpr int BOUNDARY_ZERO = 1;
constexpr int BOUNDARY_REFLECT = 2;
constexpr int BOUNDARY_VALID = 3;

// The pixel for an index of the extended image, or −1 for none. A kernel is not larger than its image, so an index is
// at most one image size away and one wrap or one reflection suffices. Tiles that overhang the image read further than
// their pixels need; those indices give −1, too.
DEVICE int source_index(int index, int size, int boundary) {
    if (boundary == BOUNDARY_PERIODIC) {
        index = wrapped(index, size);
    } else if (boundary == BOUNDARY_REFLECT) {
        index = index < 0 ? -index : (index >= size ? 2 * (size - 1) - index : index);
    }

    return index >= 0 && index < size ? index : -1;
}
