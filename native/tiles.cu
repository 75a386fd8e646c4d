// Overlapping square tiles of an image (1, C, H, W): gather_tiles cuts them out to (T, C, side, side), 8 bytes an
// element of the tiles; blend_tiles puts the image together, each pixel the mean of the tiles that cover it under the
// weights sin²(π/2·(distance to the tile's edge)/overlap) along both axes, added in the order of the tiles: 4 bytes a
// pixel and 4 an element of the tiles. Bound by memory.
#include "math.cuh"
#include "rows.cuh"

struct TilesArguments {
    const float* source;
    float* target;
    int channels;
    int height;
    int width;
    int side;
    int step;
    int overlap;
    int tile_rows;
    int tile_columns;
};

namespace {

// The tiles along one axis of an image.
struct Axis {
    int size, side, step, count;

    // Where tile t begins: the last ends at the image's edge.
    DEVICE int begin(int t) const { return minimum(t * step, size - side); }

    // The tiles from first on, up to last, are all that may cover place i.
    DEVICE int first(int i) const { return i < side ? 0 : (i - side) / step + 1; }

    // The last tile may lie before its turn, and so cover what is before t·step.
    DEVICE int last(int i) const { return minimum(i / step + 1, count - 1); }

    DEVICE bool covers(int t, int i) const { return i >= begin(t) && i < begin(t) + side; }
};

// The weight of place i of a tile along one axis.
DEVICE float tile_weight(int i, int side, int overlap) {
    float edge = static_cast<float>(minimum(i, side - 1 - i)) + 0.5f;
    if (edge >= overlap) {
        return 1;
    }
    float sine = sine_cosine(0.25f * edge / overlap).sine;
    return sine * sine;
}

DEVICE Axis vertical(const TilesArguments& a) { return {a.height, a.side, a.step, a.tile_rows}; }

DEVICE Axis horizontal(const TilesArguments& a) { return {a.width, a.side, a.step, a.tile_columns}; }

struct GatherRow {
    const TilesArguments& a;

    DEVICE void operator()(RowPart part) const {
        int plane = static_cast<int>(part.row / static_cast<unsigned>(a.side));
        int i = static_cast<int>(part.row - static_cast<unsigned>(plane) * a.side);
        int tile = plane / a.channels;
        int channel = plane - tile * a.channels;
        int tile_row = tile / a.tile_columns;
        int top = vertical(a).begin(tile_row);
        int left = horizontal(a).begin(tile - tile_row * a.tile_columns);
        const float* from = a.source + (static_cast<long long>(channel) * a.height + top + i) * a.width + left;
        float* to = a.target + static_cast<long long>(part.row) * a.side;
        float v[PIXELS_PER_THREAD];
        UNROLL
        for (unsigned k = 0; k < PIXELS_PER_THREAD; k++) {
            unsigned j = part.first + k * part.step;
            v[k] = j < static_cast<unsigned>(a.side) ? from[j] : 0.0f;
        }
        UNROLL
        for (unsigned k = 0; k < PIXELS_PER_THREAD; k++) {
            unsigned j = part.first + k * part.step;
            if (j < static_cast<unsigned>(a.side)) {
                to[j] = v[k];
            }
        }
    }
};

struct BlendRow {
    const TilesArguments& a;

    DEVICE void operator()(RowPart part) const {
        int channel = static_cast<int>(part.row / static_cast<unsigned>(a.height));
        int i = static_cast<int>(part.row - static_cast<unsigned>(channel) * a.height);
        for (unsigned k = 0; k < PIXELS_PER_THREAD; k++) {
            unsigned j = part.first + k * part.step;
            if (j < static_cast<unsigned>(a.width)) {
                a.target[static_cast<long long>(part.row) * a.width + j] = blended(channel, i, static_cast<int>(j));
            }
        }
    }

    DEVICE float blended(int channel, int i, int j) const {
        Axis rows = vertical(a);
        Axis columns = horizontal(a);
        float sum = 0;
        float weights = 0;
        for (int r = rows.first(i); r <= rows.last(i); r++) {
            if (!rows.covers(r, i)) {
                continue;
            }
            int tile_i = i - rows.begin(r);
            float row_weight = tile_weight(tile_i, a.side, a.overlap);
            for (int c = columns.first(j); c <= columns.last(j); c++) {
                if (columns.covers(c, j)) {
                    int tile_j = j - columns.begin(c);
                    float weight = row_weight * tile_weight(tile_j, a.side, a.overlap);
                    long long plane = (static_cast<long long>(r) * a.tile_columns + c) * a.channels + channel;
                    sum = multiply_add(weight, a.source[(plane * a.side + tile_i) * a.side + tile_j], sum);
                    weights += weight;
                }
            }
        }
        return sum / weights;
    }
};

}  // namespace

KERNEL(gather_tiles, TilesArguments) {
    visit_rows(static_cast<unsigned>(a.tile_rows * a.tile_columns * a.channels) * a.side, a.side, GatherRow{a});
}

KERNEL(blend_tiles, TilesArguments) {
    visit_rows(static_cast<unsigned>(a.channels) * a.height, a.width, BlendRow{a});
}
