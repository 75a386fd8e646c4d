// Products of half spectra (columns 0 … ⌊W/2⌋ of the transform of a real image, interleaved). A frequency beyond
// the last column is the conjugate of its mirror: F(y, x) = conj F(−y, −x).
//
// scale_spectrum:      r(K) = gain(K) · f(K), the gain real. 16 bytes per frequency of each plane, and 4 bytes
//                      of the gain, cached.
// spectrum_residual:   ê(k) = ŷ(k) − (1/s²) Σ ĥ(K)·q̂(K) over the s² frequencies K ≡ k modulo the low-resolution grid;
//                      one thread per low-resolution frequency. Each frequency of q̂ is read once, or with its mirror
//                      at most twice: 8 bytes, and 8 of ĥ, cached after the first plane, and 16/s².
// spectrum_correction: ẑ(K) = q̂(K) + conj(ĥ(K))·ŵ(K modulo the low-resolution grid); one thread per frequency of
//                      the image. 16 bytes, and those of ĥ and ŵ, cached.
// All are bound by memory. Adjacent lanes access adjacent frequencies, in mirrored runs in descending order.
#include "complex.cuh"

struct ScaleSpectrumArguments {
    const float* spectrum;
    const float* gain;
    float* result;  // may be spectrum
    int frequencies;
    int planes;
};

KERNEL(scale_spectrum, ScaleSpectrumArguments) {
    long long count = static_cast<long long>(a.planes) * a.frequencies;
    for (long long i = global_x(); i < count; i += global_size_x()) {
        float gain = a.gain[static_cast<int>(i) % a.frequencies];
        store_complex(a.result, i, gain * load_complex(a.spectrum, i));
    }
}

struct AliasArguments {
    const float* q;
    const float* low;  // ŷ or ŵ
    const float* transfer;
    float* result;  // ê or ẑ; may be the operand of its size
    int height, width;
    int stride;
    int planes;
};

KERNEL(spectrum_residual, AliasArguments) {
    int low_height = a.height / a.stride;
    int low_width = a.width / a.stride;
    int columns = a.width / 2 + 1;
    int low_columns = low_width / 2 + 1;
    float scale = 1.0f / (static_cast<float>(a.stride) * static_cast<float>(a.stride));
    long long count = static_cast<long long>(a.planes) * low_height * low_columns;
    for (long long at = global_x(); at < count; at += global_size_x()) {
        int index = static_cast<int>(at);
        int kx = index % low_columns;
        int line = index / low_columns;
        int ky = line % low_height;
        long long plane = static_cast<long long>(line / low_height) * a.height * columns;
        Complex sum = {0, 0};
        for (int y = ky; y < a.height; y += low_height) {
            int row = y * columns;
            int mirrored_row = (y == 0 ? 0 : a.height - y) * columns;
            for (int x = kx; x < a.width; x += low_width) {
                if (x < columns) {
                    sum = multiply_add(load_complex(a.transfer, row + x), load_complex(a.q, plane + row + x), sum);
                } else {
                    int mirror = mirrored_row + a.width - x;
                    Complex transfer = conjugate(load_complex(a.transfer, mirror));
                    sum = multiply_add(transfer, conjugate(load_complex(a.q, plane + mirror)), sum);
                }
            }
        }

        Complex y = load_complex(a.low, at);
        store_complex(a.result, at, {multiply_add(-scale, sum.re, y.re), multiply_add(-scale, sum.im, y.im)});
    }
}

KERNEL(spectrum_correction, AliasArguments) {
    int low_height = a.height / a.stride;
    int low_width = a.width / a.stride;
    int columns = a.width / 2 + 1;
    int low_columns = low_width / 2 + 1;
    long long count = static_cast<long long>(a.planes) * a.height * columns;
    for (long long at = global_x(); at < count; at += global_size_x()) {
        int index = static_cast<int>(at);
        int x = index % columns;
        int line = index / columns;
        int y = line % a.height;
        int kx = x % low_width;
        int ky = y % low_height;
        long long low = static_cast<long long>(line / a.height) * low_height * low_columns;
        Complex w;
        if (kx < low_columns) {
            w = load_complex(a.low, low + ky * low_columns + kx);
        } else {
            int mirrored_row = ky == 0 ? 0 : low_height - ky;
            w = conjugate(load_complex(a.low, low + mirrored_row * low_columns + low_width - kx));
        }

        Complex transfer = conjugate(load_complex(a.transfer, y * columns + x));
        store_complex(a.result, at, multiply_add(transfer, w, load_complex(a.q, at)));
    }
}
