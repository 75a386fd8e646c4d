// gw[o,c,k,l] = Σ over n, i, j of gy[n,o,i,j]·x̄[n,c,i·s+k−top,j·s+l−left]: the gradient of a convolution with respect
// to its weights, as an implicit matrix product of gy (output channels × pixels) and gathered x (pixels × (channel,
// tap)). x̄ is x extended by zeros or periodically, which is done in the index computation.
//
// The sum over pixels is long and the result is small, so the sum is split into parts, one per block along z of the
// grid, with (c, k, l) in tiles along x and o in tiles along y. A part adds up to 4096 products in float, then adds the
// sums to doubles in global memory that belong to its block; convolution_weights_sum adds the parts in order. The
// number of parts depends on the shapes only, so the result is the same on every GPU.
//
// 2 operations per product; a slice of a large tile reads 192 floats per pixel for 8192 multiply-adds: bound by
// arithmetic. The parts move 16 bytes per weight and part, once every 4096 pixels, which is negligible.
#include "tile_product.cuh"

struct ConvolutionWeightsArguments {
    const float* x;
    const float* gy;
    double* parts;
    int batch;
    int channels;
    int height;
    int width;
    int output_channels;
    int output_height;
    int output_width;
    int kernel_height;
    int kernel_width;
    int stride;
    int top;
    int left;
    int periodic;
    int part;  // pixels per part, a multiple of 16
};

// A pixel of gy: the offsets of channel 0 of its image in gy and in x, and the position of the kernel.
struct alignas(16) Pixel {
    int gy;
    int x;
    int row;
    int column;
};

// A column of the matrix: a channel and a tap.
struct alignas(16) Tap {
    int channel;  // offset in x; negative beyond the last
    int row;
    int column;
    int unused;
};

constexpr int MOST_FLOAT_TERMS = 4096;

template <typename T>
struct GradientLoader {
    const ConvolutionWeightsArguments& a;
    const Tap* taps;  // COLUMNS in shared memory
    Pixel* pixels;    // 2·DEPTH in shared memory
    int first_output;
    int end;                               // of the pixels
    int pixel, image, row, column;         // of the next pixel that this thread prepares
    int images_on, rows_on, columns_on;    // DEPTH as a mixed-radix number of these

    DEVICE void begin(int first_pixel, int end_pixel) {
        end = end_pixel;
        pixel = first_pixel + thread_x();
        split(pixel, image, row, column);
        split(T::DEPTH, images_on, rows_on, columns_on);
    }

    // Writes the pixels of slice s, the one after that of the last call.
    DEVICE void prepare(int s) {
        if (thread_x() >= T::DEPTH) {
            return;
        }
        int plane = a.output_height * a.output_width;
        int y = row * a.stride - a.top;
        int x = column * a.stride - a.left;
        if (a.periodic) {
            y = modulo(y, a.height);
            x = modulo(x, a.width);
        }
        pixels[(s & 1) * T::DEPTH + thread_x()] = {
            pixel < end ? image * a.output_channels * plane + row * a.output_width + column : -1,
            image * a.channels * a.height * a.width, y, x};
        pixel += T::DEPTH;
        column += columns_on;
        int carry = column >= a.output_width;
        column -= carry * a.output_width;
        row += rows_on + carry;
        carry = row >= a.output_height;
        row -= carry * a.output_height;
        image += images_on + carry;
    }

    DEVICE void load(int s, Slice<T>& fetched) {
        const Pixel* slice = pixels + (s & 1) * T::DEPTH;
        int plane = a.output_height * a.output_width;
        UNROLL
        for (int e = 0; e < T::LEFT; e++) {
            int from = slice[T::left_depth(e)].gy;
            int output = first_output + T::left_row(e);
            fetched.load_left(e, a.gy, from + output * plane, (from >= 0) & (output < a.output_channels));
        }
        UNROLL
        for (int e = 0; e < T::RIGHT; e++) {
            Pixel at = slice[T::right_depth(e)];
            Tap tap = taps[T::right_column(e)];
            int y = at.row + tap.row;
            int x = at.column + tap.column;
            if (a.periodic) {
                y -= y >= a.height ? a.height : 0;
                x -= x >= a.width ? a.width : 0;
            }
            bool inside = (at.gy >= 0) & (tap.channel >= 0) &
                          (static_cast<unsigned>(y) < static_cast<unsigned>(a.height)) &
                          (static_cast<unsigned>(x) < static_cast<unsigned>(a.width));
            fetched.load_right(e, a.x, at.x + tap.channel + y * a.width + x, inside);
        }
    }

    DEVICE void split(int number, int& images, int& in_rows, int& in_columns) const {
        int plane = a.output_height * a.output_width;
        images = number / plane;
        int rest = number - images * plane;
        in_rows = rest / a.output_width;
        in_columns = rest - in_rows * a.output_width;
    }
};

template <typename T>
DEVICE void write_taps(const ConvolutionWeightsArguments& a, int first, int count, Tap* taps) {
    int kernel = a.kernel_height * a.kernel_width;
    for (int t = thread_x(); t < T::COLUMNS; t += T::THREADS) {
        int channel = (first + t) / kernel;
        int rest = first + t - channel * kernel;
        int row = rest / a.kernel_width;
        int column = rest - row * a.kernel_width;
        taps[t] = {first + t < count ? channel * a.height * a.width : -1, a.periodic ? row % a.height : row,
                   a.periodic ? column % a.width : column, 0};
    }
}

template <typename T>
DEVICE void convolution_weights(const ConvolutionWeightsArguments& a) {
    SHARED(Float4, left, T::LEFT_FLOATS / 4);
    SHARED(Float4, right, T::RIGHT_FLOATS / 4);
    SHARED(Pixel, pixels, 2 * T::DEPTH);
    SHARED(Tap, taps, T::COLUMNS);
    int columns = a.channels * a.kernel_height * a.kernel_width;
    int first_column = block_x() * T::COLUMNS;
    write_taps<T>(a, first_column, columns, taps);
    barrier();

    GradientLoader<T> loader{a, taps, pixels, block_y() * T::ROWS};
    int count = a.batch * a.output_height * a.output_width;
    int part_first = block_z() * a.part;
    int part_size = minimum(a.part, count - part_first);
    double* part = a.parts + static_cast<long long>(block_z()) * a.output_channels * columns;
    for (int done = 0; done < part_size; done += MOST_FLOAT_TERMS) {
        int terms = minimum(MOST_FLOAT_TERMS, part_size - done);
        loader.begin(part_first + done, part_first + done + terms);
        float sums[T::UP][T::ACROSS];
        tile_product<T>(loader, (terms + T::DEPTH - 1) / T::DEPTH, &left->x, &right->x, sums);
        UNROLL
        for (int u = 0; u < T::UP; u++) {
            UNROLL
            for (int v = 0; v < T::ACROSS; v++) {
                int output = loader.first_output + T::row_of(u);
                int column = first_column + T::column_of(v);
                if (output < a.output_channels && column < columns) {
                    double* to = part + output * columns + column;
                    *to = sums[u][v] + (done == 0 ? 0 : *to);
                }
            }
        }
    }
}

KERNEL_OF(convolution_weights_large, ConvolutionWeightsArguments, 128) { convolution_weights<LargeTile<true>>(a); }

KERNEL_OF(convolution_weights_small, ConvolutionWeightsArguments, 128) { convolution_weights<SmallTile<true>>(a); }

struct ConvolutionWeightsSumArguments {
    const double* parts;
    float* gw;
    int count;
    int parts_count;
};

KERNEL(convolution_weights_sum, ConvolutionWeightsSumArguments) {
    int i = static_cast<int>(global_x());
    if (i < a.count) {
        double sum = 0;
        for (int p = 0; p < a.parts_count; p++) {
            sum += a.parts[static_cast<long long>(p) * a.count + i];
        }
        a.gw[i] = static_cast<float>(sum);
    }
}
