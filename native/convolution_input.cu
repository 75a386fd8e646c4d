// x[n,c,h,w] = f(bias[c] + Σ over o, k, l of w[o,c,k,l]·y[n,o,i,j], all i, j with i·s+k−top = h and j·s+l−left = w), or
// ≡ modulo the size of x for a periodic boundary: the adjoint of convolution with respect to its input, which is the
// gradient of x given that of y, and the transposed convolution. It gathers by an implicit matrix product over (o,
// tap), so every x is written once; see convolution.cuh. For strides s above 1 the pixels with equal (h + top) mod s
// and (w + left) mod s form a lattice that about one tap in s² reaches: no product with zero is computed.
//
// Grid: pixels of all images of a lattice in tiles along x, channels of x in tiles along y, lattices along z (one if
// FOLD).
#include "convolution.cuh"

template <typename T, Reach REACH>
DEVICE void backward(const ConvolutionArguments& a) {
    int taps = a.kernel_height * a.kernel_width;
    if (REACH == FOLD) {
        Axis rows = folded_axis(a.source_height, a.result_height, a.kernel_height, a.stride, a.top);
        Axis columns = folded_axis(a.source_width, a.result_width, a.kernel_width, a.stride, a.left);
        convolve<T, REACH>(a, rows, columns, a.result_channels * taps, taps);
    } else {
        int row_rest = block_z() / a.stride;
        int column_rest = block_z() - row_rest * a.stride;
        Axis rows = backward_axis(a.source_height, a.result_height, a.kernel_height, a.stride, a.top, row_rest);
        Axis columns = backward_axis(a.source_width, a.result_width, a.kernel_width, a.stride, a.left, column_rest);
        convolve<T, REACH>(a, rows, columns, a.result_channels * taps, taps);
    }
}

KERNEL_OF(convolution_input_zero_large, ConvolutionArguments, 128) { backward<LargeTile<false>, ZERO>(a); }

KERNEL_RESIDENT(convolution_input_zero_small, ConvolutionArguments, 128, 4) { backward<SmallTile<false>, ZERO>(a); }

KERNEL_OF(convolution_input_periodic_large, ConvolutionArguments, 128) { backward<LargeTile<false>, WRAP>(a); }

KERNEL_OF(convolution_input_periodic_small, ConvolutionArguments, 128) { backward<SmallTile<false>, WRAP>(a); }

KERNEL_OF(convolution_input_fold, ConvolutionArguments, 128) { backward<SmallTile<false>, FOLD>(a); }
