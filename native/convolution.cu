// y[n,o,i,j] = f(bias[o] + Σ over c, k, l of w[o,c,k,l]·x̄[n,c,i·s+k−top,j·s+l−left]) as an implicit matrix product: x̄
// is x extended by zeros or periodically, which is done in the index computation. x, y NCHW, weights OIHW. Used without
// cuDNN; see convolution.cuh for what bounds it. Grid: pixels of all images in tiles along x, output channels in tiles
// along y.
#include "convolution.cuh"

template <typename T, Reach REACH>
DEVICE void forward(const ConvolutionArguments& a) {
    Axis rows = forward_axis(a.source_height, a.result_height, a.kernel_height, a.stride, a.top);
    Axis columns = forward_axis(a.source_width, a.result_width, a.kernel_width, a.stride, a.left);
    int taps = a.kernel_height * a.kernel_width;
    convolve<T, REACH>(a, rows, columns, taps, a.source_channels * taps);
}

KERNEL_OF(convolution_zero_large, ConvolutionArguments, 128) { forward<LargeTile<false>, ZERO>(a); }

KERNEL_OF(convolution_zero_small, ConvolutionArguments, 128) { forward<SmallTile<false>, ZERO>(a); }

KERNEL_OF(convolution_periodic_large, ConvolutionArguments, 128) { forward<LargeTile<false>, WRAP>(a); }

KERNEL_OF(convolution_periodic_small, ConvolutionArguments, 128) { forward<SmallTile<false>, WRAP>(a); }
