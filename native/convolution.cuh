// The common part of convolution and its adjoint: both are a matrix product of weights (result channels × terms) and
// gathered source pixels (terms × result pixels), where a term is a pair (source channel, tap). A tap of a pixel reads
// source row `start + pixel·source_step + shift(tap)`. The adjoint is split into stride² lattices of result pixels, on
// each of which only the taps that reach a source pixel are terms. Indices beyond the source are resolved as follows:
//
//     ZERO   the term is zero
//     WRAP   the index wraps around; starts and shifts are reduced to [0, size) beforehand, so one subtraction suffices
//     FOLD   the adjoint of periodic padding whose outputs do not tile the input: one tap for each copy of the image in
//            which the pixel may have been read, kept where the stride divides; rare, and the only case with divisions
//            in the inner loop
//
// Arithmetic: 2 operations per term and result. A large tile reads 192 floats per term for 8192 multiply-adds, most of
// them from the L2 cache, since taps overlap: bound by arithmetic from about 8 source channels on. Memory traffic:
// 4 bytes per source pixel and 4 per result.
#pragma once

#include "activations.cuh"
#include "tile_product.cuh"

enum Reach { ZERO, WRAP, FOLD };

struct ConvolutionArguments {
    const float* source;
    const float* weights;
    const float* bias;
    float* result;
    int batch;
    int source_channels;
    int source_height;
    int source_width;
    int result_channels;
    int result_height;
    int result_width;
    int kernel_height;
    int kernel_width;
    int stride;
    int top;
    int left;
    int activation;
};

// The rows or columns of result pixels that a block computes, and the taps that reach them.
struct Axis {
    int source;       // size of the source
    int first;        // the result index of the first pixel
    int step;         // from one pixel to the next in the result
    int pixels;       // number of them
    int start;        // source index of the first pixel, without the shift of a tap
    int source_step;  // from one pixel to the next in the source
    int taps;         // number of them
    int tap_first;    // index in the kernel of the first tap
    int tap_step;     // from one tap to the next in the kernel
    int kernel;       // size of the kernel
    int sign;         // of the shift of a tap
    int copy;         // FOLD: size of the image, which is the distance of the copies
    int copy_first;   // FOLD: the first copy

    template <Reach REACH>
    DEVICE int start_of(int pixel) const {
        int index = start + pixel * source_step;
        return REACH == WRAP ? modulo(index, source) : index;
    }

    template <Reach REACH>
    DEVICE int shift(int tap) const {
        if (REACH == FOLD) {
            return (copy_first + tap / kernel) * copy - tap % kernel;
        }
        return REACH == WRAP ? modulo(sign * tap, source) : sign * tap;
    }

    template <Reach REACH>
    DEVICE int kernel_index(int tap) const {
        return REACH == FOLD ? tap % kernel : tap_first + tap_step * tap;
    }
};

// y[i] from x[i·stride − before + tap].
DEVICE Axis forward_axis(int source, int result, int kernel, int stride, int before) {
    return {source, 0, 1, result, -before, stride, kernel, 0, 1, kernel, 1, 0, 0};
}

// x[h] from y[(h + before − tap) / stride] where that is an integer, for h + before ≡ rest mod stride.
DEVICE Axis backward_axis(int source, int result, int kernel, int stride, int before, int rest) {
    int first = modulo(rest - before, stride);
    int pixels = first < result ? (result - 1 - first) / stride + 1 : 0;
    int taps = rest < kernel ? (kernel - 1 - rest) / stride + 1 : 0;
    return {source, first, stride, pixels, (first + before - rest) / stride, 1, taps, rest, stride, kernel, -1, 0, 0};
}

// x[h] from y[(h + before + m·result − tap) / stride] where that is an integer, for all copies m of the image.
DEVICE Axis folded_axis(int source, int result, int kernel, int stride, int before) {
    int copy_first = -((result - 1 + before) / result);
    int last = (source - 1) * stride + kernel - 1 - before;
    int copy_last = last < 0 ? -((result - 1 - last) / result) : last / result;
    int taps = copy_last < copy_first ? 0 : (copy_last - copy_first + 1) * kernel;
    return {source, 0, 1, result, before, 1, taps, 0, 1, kernel, -1, result, copy_first};
}

// The offsets of a term, for all threads of a block.
struct alignas(16) Term {
    int source;  // offset of its channel
    int row;     // shift
    int column;  // shift
    int weight;  // offset of its weight for result channel 0; negative beyond the last term
};

template <typename T, Reach REACH>
struct ConvolutionLoader {
    const ConvolutionArguments& a;
    const Axis& rows;
    const Axis& columns;
    Term* terms;        // 2·DEPTH in shared memory
    int source_weight;  // from one source channel to the next in the weights
    int result_weight;  // from one result channel to the next
    int first_channel;
    int base, row, column;          // of the pixel of this thread
    bool valid;                     // whether this thread has a pixel
    int channel, row_tap, column_tap;  // of the next term that this thread prepares
    int channels_on, rows_on, columns_on;  // DEPTH as a mixed-radix number of these

    DEVICE void begin(int first_pixel) {
        int pixels = rows.pixels * columns.pixels;
        long long pixel = static_cast<long long>(first_pixel) + T::right_column(0);
        valid = pixel < static_cast<long long>(pixels) * a.batch;
        int p = valid ? static_cast<int>(pixel) : 0;
        int image = pixels > 0 ? p / pixels : 0;
        p -= image * pixels;
        int i = columns.pixels > 0 ? p / columns.pixels : 0;
        row = rows.template start_of<REACH>(i);
        column = columns.template start_of<REACH>(p - i * columns.pixels);
        base = image * a.source_channels * a.source_height * a.source_width;

        int taps = rows.taps * columns.taps;
        if (taps > 0) {
            split(thread_x(), taps, channel, row_tap, column_tap);
            split(T::DEPTH, taps, channels_on, rows_on, columns_on);
        }
    }

    // Writes the terms of slice s, the one after that of the last call.
    DEVICE void prepare(int s) {
        if (thread_x() >= T::DEPTH) {
            return;
        }
        int weight = channel * source_weight + rows.template kernel_index<REACH>(row_tap) * a.kernel_width +
                     columns.template kernel_index<REACH>(column_tap);
        terms[(s & 1) * T::DEPTH + thread_x()] = {channel * a.source_height * a.source_width,
                                                  rows.template shift<REACH>(row_tap),
                                                  columns.template shift<REACH>(column_tap),
                                                  channel < a.source_channels ? weight : -1};
        column_tap += columns_on;
        int carry = column_tap >= columns.taps;
        column_tap -= carry * columns.taps;
        row_tap += rows_on + carry;
        carry = row_tap >= rows.taps;
        row_tap -= carry * rows.taps;
        channel += channels_on + carry;
    }

    DEVICE void load(int s, Slice<T>& fetched) {
        const Term* slice = terms + (s & 1) * T::DEPTH;
        UNROLL
        for (int e = 0; e < T::LEFT; e++) {
            int weight = slice[T::left_depth(e)].weight;
            int to = first_channel + T::left_row(e);
            fetched.load_left(e, a.weights, to * result_weight + weight, (weight >= 0) & (to < a.result_channels));
        }
        UNROLL
        for (int e = 0; e < T::RIGHT; e++) {
            Term term = slice[T::right_depth(e)];
            int y = row + term.row;
            int x = column + term.column;
            bool inside = valid & (term.weight >= 0);
            if (REACH == WRAP) {
                y -= y >= rows.source ? rows.source : 0;
                x -= x >= columns.source ? columns.source : 0;
            } else if (REACH == FOLD) {
                inside = inside & (y >= 0) & (x >= 0);
                int i = y / a.stride;
                int j = x / a.stride;
                inside = inside & (i * a.stride == y) & (j * a.stride == x);
                y = i;
                x = j;
            }
            if (REACH != WRAP) {
                inside = inside & (static_cast<unsigned>(y) < static_cast<unsigned>(rows.source)) &
                         (static_cast<unsigned>(x) < static_cast<unsigned>(columns.source));
            }
            fetched.load_right(e, a.source, base + term.source + y * a.source_width + x, inside);
        }
    }

    // number in the digits channel, row of taps, column of taps.
    DEVICE void split(int number, int taps, int& channels, int& in_rows, int& in_columns) const {
        channels = number / taps;
        int rest = number - channels * taps;
        in_rows = rest / columns.taps;
        in_columns = rest - in_rows * columns.taps;
    }
};

// Adds the bias, applies the activation and stores the sums of a block, four pixels at once where they are contiguous.
// The loops are not unrolled, so that the code of the activation exists for four results, not for all of a thread: the
// sums move down by one row in each turn, and by one group of four columns in each turn of the outer loop, which keeps
// them in registers.
template <typename T>
DEVICE void store_results(const ConvolutionArguments& a, const Axis& rows, const Axis& columns, int first_channel,
                          int first_pixel, float (&sums)[T::UP][T::ACROSS]) {
    int lattice = rows.pixels * columns.pixels;
    int plane = a.result_height * a.result_width;
    bool wide = lattice == plane && plane % 4 == 0 && aligned_16(a.result);
    _Pragma("unroll 1")
    for (int v = 0; v < T::ACROSS; v += 4) {
        int offset[4];
        bool valid[4];
        UNROLL
        for (int i = 0; i < 4; i++) {
            long long pixel = static_cast<long long>(first_pixel) + T::column_of(v + i);
            valid[i] = pixel < static_cast<long long>(lattice) * a.batch;
            int p = valid[i] ? static_cast<int>(pixel) : 0;
            int image = lattice > 0 ? p / lattice : 0;
            p -= image * lattice;
            int row = columns.pixels > 0 ? p / columns.pixels : 0;
            int column = p - row * columns.pixels;
            offset[i] = image * a.result_channels * plane + (rows.first + row * rows.step) * a.result_width +
                        columns.first + column * columns.step;
        }
        float group[T::UP][4];
        UNROLL
        for (int u = 0; u < T::UP; u++) {
            UNROLL
            for (int i = 0; i < 4; i++) {
                group[u][i] = sums[u][i];
            }
            UNROLL
            for (int i = 4; i < T::ACROSS; i++) {
                sums[u][i - 4] = sums[u][i];
            }
        }
        _Pragma("unroll 1")
        for (int u = 0; u < T::UP; u++) {
            int channel = first_channel + T::row_of(u);
            bool stored = channel < a.result_channels;
            float bias = a.bias == nullptr || !stored ? 0 : a.bias[channel];
            float value[4];
            UNROLL
            for (int i = 0; i < 4; i++) {
                value[i] = activated(group[0][i] + bias, a.activation);
                UNROLL
                for (int next = 1; next < T::UP; next++) {
                    group[next - 1][i] = group[next][i];
                }
            }
            float* to = a.result + static_cast<long long>(channel) * plane;
            if (stored && wide && valid[0]) {
                store_wide(to + offset[0], value[0], value[1], value[2], value[3]);
            } else if (stored) {
                UNROLL
                for (int i = 0; i < 4; i++) {
                    if (valid[i]) {
                        to[offset[i]] = value[i];
                    }
                }
            }
        }
    }
}

// The tile of a block: result channels along y of the grid, pixels along x.
template <typename T, Reach REACH>
DEVICE void convolve(const ConvolutionArguments& a, const Axis& rows, const Axis& columns, int source_weight,
                     int result_weight) {
    SHARED(Float4, left, T::LEFT_FLOATS / 4);
    SHARED(Float4, right, T::RIGHT_FLOATS / 4);
    SHARED(Term, terms, 2 * T::DEPTH);
    ConvolutionLoader<T, REACH> loader{a, rows, columns, terms, source_weight, result_weight, block_y() * T::ROWS};
    int first_pixel = block_x() * T::COLUMNS;
    loader.begin(first_pixel);
    int count = a.source_channels * rows.taps * columns.taps;
    float sums[T::UP][T::ACROSS];
    tile_product<T>(loader, (count + T::DEPTH - 1) / T::DEPTH, &left->x, &right->x, sums);
    store_results<T>(a, rows, columns, loader.first_channel, first_pixel, sums);
}
