// What a blur meets beyond the edge of an image; the values of Boundary in src/Engine.
#pragma once

#include "common.cuh"

constexpr int BOUNDARY_PERIODIC = 0;
constexpr int BOUNDARY_ZERO = 1;
constexpr int BOUNDARY_REFLECT = 2;
constexpr int BOUNDARY_VALID = 3;

// The pixel that index stands for, or −1 for none. A kernel is not larger than its image: an index is never further
// than one image away, so that one wrap or one reflection suffices. Tiles ask for more than their pixels need where
// they overhang the image; what is further away is none, too.
DEVICE int source_index(int index, int size, int boundary) {
    if (boundary == BOUNDARY_PERIODIC) {
        index = wrapped(index, size);
    } else if (boundary == BOUNDARY_REFLECT) {
        index = index < 0 ? -index : (index >= size ? 2 * (size - 1) - index : index);
    }

    return index >= 0 && index < size ? index : -1;
}
