// Mixed radix by recursion on the smallest prime factor; Bluestein's chirp where the largest exceeds kLargestFactor.
#include "fourier.h"

#include <cmath>

namespace standin {

namespace {

constexpr int kLargestFactor = 64;
constexpr double kPi = 3.14159265358979323846;

int smallest_factor(int n) {
    for (int p = 2; p * p <= n; p++) {
        if (n % p == 0) {
            return p;
        }
    }
    return n;
}

int largest_factor(int n) {
    int largest = 1;
    while (n > 1) {
        int p = smallest_factor(n);
        largest = p > largest ? p : largest;
        n /= p;
    }
    return largest;
}

// Plain multiplication: that of std::complex checks for NaN, which costs more than the product.
Fourier::Complex times(const Fourier::Complex& a, const Fourier::Complex& b) {
    return {a.real() * b.real() - a.imag() * b.imag(), a.real() * b.imag() + a.imag() * b.real()};
}

Fourier::Complex unit(double sign, long long numerator, long long denominator) {
    double angle = sign * 2 * kPi * static_cast<double>(numerator % denominator) / static_cast<double>(denominator);
    return {std::cos(angle), std::sin(angle)};
}

}  // namespace

Fourier::Fourier(int length, int sign) : length_(length), roots_(length), copy_(length) {
    for (int j = 0; j < length; j++) {
        roots_[j] = unit(sign, j, length);
    }
    if (largest_factor(length) <= kLargestFactor) {
        return;
    }
    // j·k = (j² + k² − (k − j)²)/2, so the transform is chirp·(x·chirp ∗ conj(chirp)).
    int size = 1;
    while (size < 2 * length - 1) {
        size *= 2;
    }
    helpers_.emplace_back(size, -1);
    helpers_.emplace_back(size, 1);
    chirp_.resize(length);
    spectrum_.assign(size, 0.0);
    padded_.resize(size);
    for (long long j = 0; j < length; j++) {
        chirp_[j] = unit(sign, j * j, 2LL * length);
        spectrum_[j] = std::conj(chirp_[j]);
        spectrum_[(size - j) % size] = std::conj(chirp_[j]);
    }
    helpers_[0].run(spectrum_.data());
}

void Fourier::run(Complex* line) {
    if (!helpers_.empty()) {
        chirp(line);
        return;
    }
    copy_.assign(line, line + length_);
    radix(copy_.data(), 1, length_, line);
}

// The transform of `length` values at a distance of `stride`; length·stride is the whole length, so the roots for this
// length are every stride-th of those for the whole.
void Fourier::radix(const Complex* from, int stride, int length, Complex* to) const {
    if (length == 1) {
        to[0] = from[0];
        return;
    }
    int p = smallest_factor(length);
    int part = length / p;
    for (int j = 0; j < p; j++) {
        radix(from + static_cast<std::size_t>(j) * stride, stride * p, part, to + static_cast<std::size_t>(j) * part);
    }
    if (p == 2) {
        for (int k = 0; k < part; k++) {
            Complex even = to[k];
            Complex odd = times(to[k + part], roots_[static_cast<std::size_t>(k) * stride]);
            to[k] = even + odd;
            to[k + part] = even - odd;
        }
        return;
    }
    Complex values[kLargestFactor];
    for (int k = 0; k < part; k++) {
        for (int j = 0; j < p; j++) {
            std::size_t root = static_cast<std::size_t>(j) * k * stride;
            values[j] = times(to[k + static_cast<std::size_t>(j) * part], roots_[root]);
        }
        for (int q = 0; q < p; q++) {
            Complex sum = values[0];
            int step = length_ / p * q;
            int root = 0;
            for (int j = 1; j < p; j++) {
                root += step;
                root -= root >= length_ ? length_ : 0;
                sum += times(values[j], roots_[root]);
            }
            to[k + static_cast<std::size_t>(q) * part] = sum;
        }
    }
}

void Fourier::chirp(Complex* line) {
    padded_.assign(padded_.size(), 0.0);
    for (int j = 0; j < length_; j++) {
        padded_[j] = times(line[j], chirp_[j]);
    }
    helpers_[0].run(padded_.data());
    for (std::size_t j = 0; j < padded_.size(); j++) {
        padded_[j] = times(padded_[j], spectrum_[j]);
    }
    helpers_[1].run(padded_.data());
    for (int k = 0; k < length_; k++) {
        line[k] = times(padded_[k], chirp_[k]) / static_cast<double>(padded_.size());
    }
}

}  // namespace standin
