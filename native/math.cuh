// exp, log, sine and cosine to about 1e-7 of the result, from additions, products and bit operations only: the same on
// every GPU and on the CPU. Polynomials of Moshier's Cephes (expf, logf, sinf, cosf).
#pragma once

#include "common.cuh"

constexpr float LN2_HIGH = 0.693359375f;  // few digits, so that its product with a small integer is exact
constexpr float LN2_LOW = -2.12194440e-4f;

// Adding it to a number below 2²² in magnitude and subtracting it again rounds to the nearest integer.
constexpr float ROUNDER = 12582912.0f;

DEVICE unsigned bits_of(float x) { return __builtin_bit_cast(unsigned, x); }
DEVICE float float_of(unsigned bits) { return __builtin_bit_cast(float, bits); }

// exp(x) for −87 ≤ x ≤ 89, clamped to that range outside; infinite at 89. NaN stays NaN.
DEVICE float exponential(float x) {
    x = minimum(maximum(x, -87.0f), 89.0f);
    float n = multiply_add(x, 1.44269504f, ROUNDER) - ROUNDER;
    float r = multiply_add(n, -LN2_HIGH, x);
    r = multiply_add(n, -LN2_LOW, r);
    float p = 1.9875691500e-4f;
    p = multiply_add(p, r, 1.3981999507e-3f);
    p = multiply_add(p, r, 8.3334519073e-3f);
    p = multiply_add(p, r, 4.1665795894e-2f);
    p = multiply_add(p, r, 1.6666665459e-1f);
    p = multiply_add(p, r, 0.5f);
    p = multiply_add(r * r, p, r + 1);

    // The exponent does not matter for NaN: p is NaN then.
    int exponent = x == x ? static_cast<int>(n) : 0;
    return p * float_of(static_cast<unsigned>(exponent + 127) << 23);
}

// 1 / (1 + exp(−x)): exactly 0 or 1 for large |x|. NaN stays NaN.
DEVICE float logistic(float x) { return 1.0f / (1.0f + exponential(-x)); }

// The natural logarithm of a positive normal number.
DEVICE float logarithm(float x) {
    // x = m·2ⁿ with √½ ≤ m < √2.
    unsigned shifted = bits_of(x) - 0x3f3504f3u;
    int n = static_cast<int>(shifted) >> 23;
    float r = float_of((shifted & 0x007fffffu) + 0x3f3504f3u) - 1;
    float square = r * r;
    float p = 7.0376836292e-2f;
    p = multiply_add(p, r, -1.1514610310e-1f);
    p = multiply_add(p, r, 1.1676998740e-1f);
    p = multiply_add(p, r, -1.2420140846e-1f);
    p = multiply_add(p, r, 1.4249322787e-1f);
    p = multiply_add(p, r, -1.6668057665e-1f);
    p = multiply_add(p, r, 2.0000714765e-1f);
    p = multiply_add(p, r, -2.4999993993e-1f);
    p = multiply_add(p, r, 3.3333331174e-1f);
    float scale = static_cast<float>(n);
    float rest = multiply_add(scale, LN2_LOW, r * square * p);
    rest = multiply_add(square, -0.5f, rest);
    return multiply_add(scale, LN2_HIGH, r + rest);
}

struct SineCosine {
    float sine, cosine;
};

// sin 2πu and cos 2πu for |u| < 2²⁰: full turns are removed without rounding, so the error does not grow with u.
DEVICE SineCosine sine_cosine(float u) {
    float quarters = 4 * u;
    float nearest = (quarters + ROUNDER) - ROUNDER;
    int quadrant = static_cast<int>(nearest) & 3;
    float angle = (quarters - nearest) * 1.57079637f;
    float square = angle * angle;
    float s = -1.9515295891e-4f;
    s = multiply_add(s, square, 8.3321608736e-3f);
    s = multiply_add(s, square, -1.6666654611e-1f);
    s = multiply_add(s * square, angle, angle);
    float c = 2.443315711809948e-5f;
    c = multiply_add(c, square, -1.388731625493765e-3f);
    c = multiply_add(c, square, 4.166664568298827e-2f);
    c = multiply_add(c * square, square, multiply_add(square, -0.5f, 1.0f));
    bool swapped = (quadrant & 1) != 0;
    float sine = swapped ? c : s;
    float cosine = swapped ? s : c;
    return {quadrant >= 2 ? -sine : sine, quadrant == 1 || quadrant == 2 ? -cosine : cosine};
}
