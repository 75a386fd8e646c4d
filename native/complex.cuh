// Complex float32 numbers, interleaved in memory as in a half spectrum.
#pragma once

#include "common.cuh"

struct alignas(8) Complex {
    float re, im;
};

DEVICE Complex operator+(Complex x, Complex y) { return {x.re + y.re, x.im + y.im}; }
DEVICE Complex operator-(Complex x, Complex y) { return {x.re - y.re, x.im - y.im}; }
DEVICE Complex operator*(float s, Complex x) { return {s * x.re, s * x.im}; }
DEVICE Complex conjugate(Complex x) { return {x.re, -x.im}; }

// x + y·z
DEVICE Complex multiply_add(Complex y, Complex z, Complex x) {
    return {multiply_add(-y.im, z.im, multiply_add(y.re, z.re, x.re)),
            multiply_add(y.im, z.re, multiply_add(y.re, z.im, x.im))};
}

DEVICE Complex operator*(Complex y, Complex z) {
    return {multiply_add(-y.im, z.im, y.re * z.re), multiply_add(y.im, z.re, y.re * z.im)};
}

// Element `at` of an array that is only known to be aligned to 4 bytes: two loads from one sector.
DEVICE Complex load_complex(const float* p, long long at) { return {p[2 * at], p[2 * at + 1]}; }

DEVICE void store_complex(float* p, long long at, Complex value) {
    p[2 * at] = value.re;
    p[2 * at + 1] = value.im;
}
