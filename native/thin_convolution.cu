// Convolution for layers with few input or output channels, y[n,o,i,j] = act(bias[o] + Σ
// w[o,c,k,l]·x̄[n,c,i·s+k−top,j·s+l−left]), stride s 1 or 2: a matrix product would have too few rows or terms to fill
// its tiles.
//
// A block computes 32 × 32 pixels of up to four channels of y: each of the 256 threads four adjacent pixels of these
// channels. Patches of as many channels of x as fit are in shared memory, in rows with an odd pitch (no bank
// conflicts), extended beyond the edge by zeros or periodically. The weights are in shared memory, too, those of the
// four channels of y adjacent for one wide load. A run of four taps reads 4 + 3·s pixels and 4 weights for 64
// multiply-adds.
//
// Bytes moved: 4 per pixel of y, 4·⌈Cout / 4⌉ per pixel of x, of which all but the first 4 come from the L2 cache, and
// the overlap of the patches. Operations: 2·Cin·Kh·Kw per pixel of y; for 4 × 4 taps and one channel of x 8 operations
// per byte, bound by memory.
//
// Grid: tiles of columns along x, tiles of rows along y, images times groups of four channels along z (at least one).
#include "activations.cuh"
#include "patch.cuh"

struct ThinConvolutionArguments {
    const float* x;
    const float* weights;
    const float* bias;  // or null for zero
    float* y;
    int x_channels;
    int x_height;
    int x_width;
    int y_channels;
    int y_height;
    int y_width;
    int kernel_height;
    int kernel_width;
    int top;
    int left;
    int periodic;
    int activation;
    int stage;  // channels of x in shared memory at a time
    int pitch;  // of a row in shared memory: odd, at least 31·stride + kernel_width
    int batch;
};

constexpr int SIDE = 32;

// The sums of four pixels and OUTPUTS channels.
template <int OUTPUTS>
struct Sums {
    float value[4][OUTPUTS];
};

// index reduced modulo size to [0, size); it is rarely far outside.
DEVICE int wrapped_far(int index, int size) {
    while (index < 0) {
        index += size;
    }
    while (index >= size) {
        index -= size;
    }
    return index;
}

// Adds the products of TAPS consecutive taps in a row of the kernel.
template <int OUTPUTS, int STRIDE, int TAPS>
DEVICE void add_run(const float* line, const float* weights, Sums<OUTPUTS>& sums) {
    float pixel[3 * STRIDE + TAPS];
    UNROLL
    for (int i = 0; i < 3 * STRIDE + TAPS; i++) {
        pixel[i] = line[i];
    }
    UNROLL
    for (int t = 0; t < TAPS; t++) {
        float weight[OUTPUTS];
        if constexpr (OUTPUTS == 4) {
            Float4 four = reinterpret_cast<const Float4*>(weights)[t];
            weight[0] = four.x;
            weight[1] = four.y;
            weight[2] = four.z;
            weight[3] = four.w;
        } else {
            weight[0] = weights[t];
        }
        UNROLL
        for (int q = 0; q < 4; q++) {
            UNROLL
            for (int o = 0; o < OUTPUTS; o++) {
                sums.value[q][o] = multiply_add(pixel[q * STRIDE + t], weight[o], sums.value[q][o]);
            }
        }
    }
}

// Adds the products of the channels in shared memory. `patch` is the index of the first pixel of the thread.
template <int OUTPUTS, int STRIDE>
DEVICE void add_channels(const ThinConvolutionArguments& a, int channels, const float* patch, const float* weights,
                         Sums<OUTPUTS>& sums) {
    int plane = ((SIDE - 1) * STRIDE + a.kernel_height) * a.pitch;
    // An index instead of a moving pointer: the compiler would lose track that the pointer is to shared memory.
    int at = 0;
    for (int c = 0; c < channels; c++) {
        for (int k = 0; k < a.kernel_height; k++) {
            const float* line = patch + c * plane + k * a.pitch;
            int l = 0;
            for (; l + 4 <= a.kernel_width; l += 4) {
                add_run<OUTPUTS, STRIDE, 4>(line + l, weights + at, sums);
                at += 4 * OUTPUTS;
            }
            int rest = a.kernel_width - l;
            if (rest == 1) {
                add_run<OUTPUTS, STRIDE, 1>(line + l, weights + at, sums);
            } else if (rest == 2) {
                add_run<OUTPUTS, STRIDE, 2>(line + l, weights + at, sums);
            } else if (rest == 3) {
                add_run<OUTPUTS, STRIDE, 3>(line + l, weights + at, sums);
            }
            at += rest * OUTPUTS;
        }
    }
}

// A channel of x as the source of a patch, see patch.cuh.
struct ThinSource {
    const float* image;
    int height, width;
    int periodic;
    int top, left;

    DEVICE int index(int i, int size) const {
        i = periodic ? wrapped_far(i, size) : i;
        return i >= 0 && i < size ? i : -1;
    }

    DEVICE int row_at(int r) const { return index(top + r, height); }
    DEVICE int column_at(int c) const { return index(left + c, width); }
};

// Loads the patches of `channels` channels from `source`; top and left are those of the tile.
template <int STRIDE>
DEVICE void load_patches(const ThinConvolutionArguments& a, const float* source, int channels, int top, int left,
                         int rows, int columns, float* patches) {
    // As many as kernels of up to 9 taps need, which the compiler cannot know.
    constexpr int SLOTS = STRIDE + 1;
    columns = minimum(columns, SLOTS * WARP);
    int plane = ((SIDE - 1) * STRIDE + a.kernel_height) * a.pitch;
    for (int c = 0; c < channels; c++) {
        ThinSource channel = {source + c * a.x_height * a.x_width, a.x_height, a.x_width, a.periodic, top, left};
        copy_patch<SLOTS, 3 - STRIDE>(channel, rows, columns, PlainPlaces{}, patches + c * plane, a.pitch,
                                      thread_x() / WARP, MAX_THREADS / WARP, thread_x() % WARP);
    }
}

template <int OUTPUTS>
DEVICE void load_weights(const ThinConvolutionArguments& a, int first_source, int channels, int first_result,
                         float* weights) {
    int taps = a.kernel_height * a.kernel_width;
    for (int i = thread_x(); i < channels * taps * OUTPUTS; i += MAX_THREADS) {
        // The taps of all channels of x are contiguous.
        int o = first_result + i % OUTPUTS;
        int at = (o * a.x_channels + first_source) * taps + i / OUTPUTS;
        weights[i] = o < a.y_channels ? a.weights[at] : 0;
    }
}

// Adds the bias, applies the activation and stores. The loop over channels is not unrolled, so that the code of the
// activation exists for one of them: the sums move down by one channel in each turn, which keeps them in registers.
template <int OUTPUTS>
DEVICE void store_pixels(const ThinConvolutionArguments& a, int image, int first_result, int row, int column,
                         Sums<OUTPUTS>& sums) {
    if (row >= a.y_height || column >= a.y_width) {
        return;
    }

    int line = (image * a.y_channels + first_result) * a.y_height + row;
    float* to = a.y + (static_cast<long long>(line) * a.y_width + column);
    int channels = minimum(OUTPUTS, a.y_channels - first_result);
    _Pragma("unroll 1")
    for (int o = 0; o < channels; o++) {
        float bias = a.bias == nullptr ? 0 : a.bias[first_result + o];
        float value[4];
        UNROLL
        for (int q = 0; q < 4; q++) {
            value[q] = activated(sums.value[q][0] + bias, a.activation);
            UNROLL
            for (int next = 1; next < OUTPUTS; next++) {
                sums.value[q][next - 1] = sums.value[q][next];
            }
        }
        if (column + 4 <= a.y_width && aligned_16(to)) {
            store_wide(to, value[0], value[1], value[2], value[3]);
        } else {
            UNROLL
            for (int q = 0; q < 4; q++) {
                if (column + q < a.y_width) {
                    to[q] = value[q];
                }
            }
        }
        to += static_cast<long long>(a.y_height) * a.y_width;
    }
}

template <int OUTPUTS, int STRIDE>
DEVICE void thin_convolution(const ThinConvolutionArguments& a) {
    DYNAMIC_SHARED(float, weights);
    int most_weights = a.stage * a.kernel_height * a.kernel_width * OUTPUTS;
    float* patches = weights + (most_weights + 3) / 4 * 4;

    int first_row = block_y() * SIDE;
    int first_column = block_x() * SIDE;
    int rows = (minimum(SIDE, a.y_height - first_row) - 1) * STRIDE + a.kernel_height;
    int columns = (minimum(SIDE, a.y_width - first_column) - 1) * STRIDE + a.kernel_width;
    int row = thread_x() / 8;
    int column = thread_x() % 8 * 4;
    int source_plane = a.x_height * a.x_width;
    int groups = (a.y_channels + OUTPUTS - 1) / OUTPUTS;

    for (int z = block_z(); z < a.batch * groups; z += grid_size_z()) {
        int image = z / groups;
        int first_result = (z - image * groups) * OUTPUTS;
        Sums<OUTPUTS> sums = {};
        for (int c = 0; c < a.x_channels; c += a.stage) {
            int channels = minimum(a.stage, a.x_channels - c);
            const float* source = a.x + static_cast<long long>(image * a.x_channels + c) * source_plane;
            load_patches<STRIDE>(a, source, channels, first_row * STRIDE - a.top, first_column * STRIDE - a.left, rows,
                                 columns, patches);
            load_weights<OUTPUTS>(a, c, channels, first_result, weights);
            barrier();
            const float* patch = patches + row * STRIDE * a.pitch + column * STRIDE;
            add_channels<OUTPUTS, STRIDE>(a, channels, patch, weights, sums);
            barrier();
        }
        store_pixels<OUTPUTS>(a, image, first_result, first_row + row, first_column + column, sums);
    }
}

KERNEL_RESIDENT(thin_convolution_one_1, ThinConvolutionArguments, MAX_THREADS, 4) { thin_convolution<1, 1>(a); }

KERNEL_RESIDENT(thin_convolution_one_2, ThinConvolutionArguments, MAX_THREADS, 4) { thin_convolution<1, 2>(a); }

KERNEL_RESIDENT(thin_convolution_four_1, ThinConvolutionArguments, MAX_THREADS, 3) { thin_convolution<4, 1>(a); }

KERNEL_RESIDENT(thin_convolution_four_2, ThinConvolutionArguments, MAX_THREADS, 3) { thin_convolution<4, 2>(a); }
