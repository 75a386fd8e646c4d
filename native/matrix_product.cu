// c = a·b for row-major matrices a (m × k), b (k × n): used without cuBLAS.
//
// 2·m·n·k operations; a tile of 64 × 128 results reads 192·k floats for 8192·k multiply-adds, 85 operations per float:
// bound by arithmetic, and by shared memory at half of its rate. Products with few results (m·n below a few hundred
// thousand) use tiles of 32 × 64, which give four times as many blocks. Elements of a are read in runs of 32 bytes,
// those of b in runs of 256 and more. Sums are float in the order of k, the same for both tiles. Grid: tiles along x,
// in row-major order.
#include "tile_product.cuh"

struct MatrixProductArguments {
    const float* a;
    const float* b;
    float* c;
    int m;
    int k;
    int n;
};

template <typename T>
struct MatrixLoader {
    const MatrixProductArguments& a;
    int first_row;
    int first_column;

    DEVICE void prepare(int) {}

    DEVICE void load(int s, Slice<T>& fetched) {
        int first = s * T::DEPTH;
        UNROLL
        for (int e = 0; e < T::LEFT; e++) {
            int depth = first + T::left_depth(e);
            int row = first_row + T::left_row(e);
            fetched.load_left(e, a.a, row * a.k + depth, (depth < a.k) & (row < a.m));
        }
        int column = first_column + T::right_column(0);
        UNROLL
        for (int e = 0; e < T::RIGHT; e++) {
            int depth = first + T::right_depth(e);
            fetched.load_right(e, a.b, depth * a.n + column, (depth < a.k) & (column < a.n));
        }
    }
};

template <typename T>
DEVICE void matrix_product(const MatrixProductArguments& a, float* left, float* right) {
    int across = (a.n + T::COLUMNS - 1) / T::COLUMNS;
    int tile_row = block_x() / across;
    MatrixLoader<T> loader{a, tile_row * T::ROWS, (block_x() - tile_row * across) * T::COLUMNS};
    float sums[T::UP][T::ACROSS];
    tile_product<T>(loader, (a.k + T::DEPTH - 1) / T::DEPTH, left, right, sums);
    UNROLL
    for (int u = 0; u < T::UP; u++) {
        int row = loader.first_row + T::row_of(u);
        UNROLL
        for (int v = 0; v < T::ACROSS; v += 4) {
            int column = loader.first_column + T::column_of(v);
            float* to = a.c + (static_cast<long long>(row) * a.n + column);
            if (row < a.m && column + 4 <= a.n && aligned_16(to)) {
                store_wide(to, sums[u][v], sums[u][v + 1], sums[u][v + 2], sums[u][v + 3]);
            } else {
                UNROLL
                for (int i = 0; i < 4; i++) {
                    if (row < a.m && column + i < a.n) {
                        to[i] = sums[u][v + i];
                    }
                }
            }
        }
    }
}

KERNEL_OF(matrix_product_large, MatrixProductArguments, 128) {
    using T = LargeTile<false>;
    SHARED(Float4, left, T::LEFT_FLOATS / 4);
    SHARED(Float4, right, T::RIGHT_FLOATS / 4);
    matrix_product<T>(a, &left->x, &right->x);
}

KERNEL_OF(matrix_product_small, MatrixProductArguments, 128) {
    using T = SmallTile<false>;
    SHARED(Float4, left, T::LEFT_FLOATS / 4);
    SHARED(Float4, right, T::RIGHT_FLOATS / 4);
    matrix_product<T>(a, &left->x, &right->x);
}
