// The Fourier transform used without cuFFT: passes of a mixed-radix Stockham transform (Van Loan 1992, §1.7) of any
// length over the rows and then the columns of real planes.
//
// A pass combines the sub-transforms of length `span` of every line to sub-transforms of length radix·span. With j = 0
// … n/r − 1 and k = j mod span, it reads x[j + t·n/r], t < r, multiplies them by exp(−2πi·t·k/(r·span)), applies a
// transform of length r, and writes y[(j div span)·r·span + k + u·span], u < r. The result is in natural order after
// the last pass; input and output are different arrays. Lines are rows (inner = 1), or the columns of a matrix (`inner`
// adjacent columns, so that adjacent lanes read adjacent numbers). The first pass over rows reads real numbers or
// completes a half spectrum; the last may write real parts.
//
// fft_pass: radices 2 to 5, one thread per butterfly, in registers. 16 bytes and about 5·log₂ r FLOPs per number and
// pass: bound by memory; 1024² takes five passes per axis where cuFFT takes one or two.
// fft_pass_any: any other radix, one thread per output, r multiply-adds and r roots from the cache: O(n·r), for primes.
// fft_roots: exp(−2πi·m/n) for the lengths of both axes, in double and rounded once, m reduced to an eighth of the
// circle exactly. It is one launch of H + W threads per transform, and saves the device from keeping tables.
#include "complex.cuh"

struct FftRootsArguments {
    float* roots;  // of `height`, then of `width`
    int height, width;
};

KERNEL(fft_roots, FftRootsArguments) {
    long long i = global_x();
    if (i >= static_cast<long long>(a.height) + a.width) {
        return;
    }

    int length = i < a.height ? a.height : a.width;
    long long eighths = 8 * (i < a.height ? i : i - a.height);
    int octant = static_cast<int>(eighths / length);
    long long rest = eighths % length;

    // The angle to the nearest multiple of a quarter turn, at most an eighth of a turn.
    rest = octant & 1 ? length - rest : rest;
    double angle = 0.78539816339744830962 * static_cast<double>(rest) / length;
    double square = angle * angle;
    double sine = angle;
    double cosine = 1;
    double sine_term = angle;
    double cosine_term = 1;
    for (int n = 1; n <= 7; n++) {
        cosine_term *= -square / ((2 * n - 1) * (2 * n));
        sine_term *= -square / ((2 * n) * (2 * n + 1));
        cosine += cosine_term;
        sine += sine_term;
    }

    sine = octant & 1 ? -sine : sine;
    for (int turn = 0; turn < (octant + 1) / 2; turn++) {
        double turned = -sine;
        sine = cosine;
        cosine = turned;
    }

    store_complex(a.roots, i, {static_cast<float>(cosine), static_cast<float>(-sine)});
}

constexpr int FORM_COMPLEX = 0;
constexpr int FORM_REAL = 1;
constexpr int FORM_HALF = 2;  // columns 0 … ⌊n/2⌋ of a Hermitian row

struct FftPassArguments {
    const float* input;
    const float* roots;  // exp(−2πi·m/n), m < n
    float* output;
    int length, radix, span;
    int inner, input_pitch, output_pitch;  // adjacent lines, and the distance of consecutive elements of a line
    int outer;
    int input_form, output_form;
    float direction;  // 1 forward, −1 inverse
    float scale;
};

DEVICE Complex load(const FftPassArguments& a, int outer, int k, int c) {
    long long line = static_cast<long long>(outer) * a.length;
    if (a.input_form == FORM_REAL) {
        return {a.input[line + k], 0};
    }

    if (a.input_form == FORM_HALF) {
        int columns = a.length / 2 + 1;
        long long row = static_cast<long long>(outer) * columns;
        return k < columns ? load_complex(a.input, row + k) : conjugate(load_complex(a.input, row + a.length - k));
    }

    return load_complex(a.input, (line + k) * a.input_pitch + c);
}

DEVICE void store(const FftPassArguments& a, int outer, int k, int c, Complex value) {
    long long at = static_cast<long long>(outer) * a.length + k;
    if (a.output_form == FORM_COMPLEX) {
        store_complex(a.output, at * a.output_pitch + c, a.scale * value);
    } else {
        a.output[at] = a.scale * value.re;
    }
}

DEVICE Complex root(const FftPassArguments& a, int m) {
    Complex w = load_complex(a.roots, m);
    return {w.re, a.direction * w.im};
}

// x·(−i), or x·i for the inverse.
DEVICE Complex turned(Complex x, float direction) { return {direction * x.im, -direction * x.re}; }

DEVICE void transform(Complex (&v)[2], float) {
    Complex x = v[0];
    v[0] = x + v[1];
    v[1] = x - v[1];
}

DEVICE void transform(Complex (&v)[3], float direction) {
    Complex sum = v[1] + v[2];
    Complex across = turned(0.866025403784f * (v[1] - v[2]), direction);
    Complex along = v[0] - 0.5f * sum;
    v[0] = v[0] + sum;
    v[1] = along + across;
    v[2] = along - across;
}

DEVICE void transform(Complex (&v)[4], float direction) {
    Complex even = v[0] + v[2];
    Complex even_difference = v[0] - v[2];
    Complex odd = v[1] + v[3];
    Complex odd_difference = turned(v[1] - v[3], direction);
    v[0] = even + odd;
    v[1] = even_difference + odd_difference;
    v[2] = even - odd;
    v[3] = even_difference - odd_difference;
}

DEVICE void transform(Complex (&v)[5], float direction) {
    constexpr float cosine_1 = 0.309016994375f;
    constexpr float cosine_2 = -0.809016994375f;
    constexpr float sine_1 = 0.951056516295f;
    constexpr float sine_2 = 0.587785252292f;
    Complex outer = v[1] + v[4];
    Complex inner = v[2] + v[3];
    Complex outer_difference = v[1] - v[4];
    Complex inner_difference = v[2] - v[3];
    Complex along_1 = v[0] + (cosine_1 * outer + cosine_2 * inner);
    Complex along_2 = v[0] + (cosine_2 * outer + cosine_1 * inner);
    Complex across_1 = turned(sine_1 * outer_difference + sine_2 * inner_difference, direction);
    Complex across_2 = turned(sine_2 * outer_difference - sine_1 * inner_difference, direction);
    v[0] = v[0] + (outer + inner);
    v[1] = along_1 + across_1;
    v[2] = along_2 + across_2;
    v[3] = along_2 - across_2;
    v[4] = along_1 - across_1;
}

template <int RADIX>
DEVICE void butterfly(const FftPassArguments& a, int outer, int j, int c) {
    int butterflies = a.length / RADIX;
    int k = j % a.span;
    int step = k * (butterflies / a.span);
    Complex v[RADIX];
    v[0] = load(a, outer, j, c);
#pragma unroll
    for (int t = 1; t < RADIX; t++) {
        v[t] = root(a, t * step) * load(a, outer, j + t * butterflies, c);
    }

    transform(v, a.direction);
    int first = (j - k) * RADIX + k;
#pragma unroll
    for (int u = 0; u < RADIX; u++) {
        store(a, outer, first + u * a.span, c, v[u]);
    }
}

KERNEL(fft_pass, FftPassArguments) {
    int butterflies = a.length / a.radix;
    long long count = static_cast<long long>(a.outer) * butterflies * a.inner;
    for (long long at = global_x(); at < count; at += global_size_x()) {
        int index = static_cast<int>(at);
        int c = index % a.inner;
        int j = index / a.inner % butterflies;
        int outer = index / a.inner / butterflies;
        if (a.radix == 4) {
            butterfly<4>(a, outer, j, c);
        } else if (a.radix == 2) {
            butterfly<2>(a, outer, j, c);
        } else if (a.radix == 3) {
            butterfly<3>(a, outer, j, c);
        } else {
            butterfly<5>(a, outer, j, c);
        }
    }
}

// Output u of a butterfly is Σ x[j + t·n/r]·exp(−2πi·t·(k + u·span)/(r·span)), whose roots are equidistant in the
// table. Radix 1 copies, for axes of length 1.
KERNEL(fft_pass_any, FftPassArguments) {
    int butterflies = a.length / a.radix;
    long long count = static_cast<long long>(a.outer) * a.length * a.inner;
    for (long long at = global_x(); at < count; at += global_size_x()) {
        int index = static_cast<int>(at);
        int c = index % a.inner;
        int place = index / a.inner % a.length;
        int outer = index / a.inner / a.length;
        int j = place % butterflies;
        int u = place / butterflies;
        int k = j % a.span;
        int step = (k + u * a.span) * (butterflies / a.span);
        int turn = 0;
        Complex sum = {0, 0};
        for (int t = 0; t < a.radix; t++) {
            sum = multiply_add(root(a, turn), load(a, outer, j + t * butterflies, c), sum);
            turn += step;
            turn = turn >= a.length ? turn - a.length : turn;
        }

        store(a, outer, (j - k) * a.radix + k + u * a.span, c, sum);
    }
}
