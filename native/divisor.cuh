// Division by a number that a launch does not change: a multiplication and a shift in place of some 20 instructions.
#pragma once

#include "common.cuh"

// value = 1 … 2³¹ − 1, shift = ⌈log₂ value⌉, multiplier = ⌈2^(31+shift)/value⌉. Then ⌊n/value⌋ = ⌊n · multiplier/2^(31+shift)⌋
// for all n below 2³¹ (Granlund and Montgomery, PLDI 1994, theorem 4.2).
struct Divisor {
    unsigned value;
    unsigned multiplier;
    unsigned shift;
};

DEVICE unsigned divided(unsigned n, const Divisor& by) {
    return static_cast<unsigned>(static_cast<unsigned long long>(2 * n) * by.multiplier >> 32) >> by.shift;
}

struct Quotient {
    unsigned quotient, rest;
};

DEVICE Quotient divide(unsigned n, const Divisor& by) {
    unsigned quotient = divided(n, by);
    return {quotient, n - quotient * by.value};
}
