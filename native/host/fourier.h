// The discrete Fourier transform of the stand-in for cuFFT.
#pragma once

#include <complex>
#include <vector>

namespace standin {

// A transform of one length and direction, unnormalised: result[k] = Σ_j x[j]·exp(sign·2πi·j·k/n), sign −1 or +1.
class Fourier {
public:
    using Complex = std::complex<double>;

    Fourier(int length, int sign);

    // In place; `line` has `length` values.
    void run(Complex* line);

private:
    void radix(const Complex* from, int stride, int length, Complex* to) const;
    void chirp(Complex* line);

    int length_;
    std::vector<Complex> roots_;  // exp(sign·2πi·j/n)
    std::vector<Complex> copy_;
    // For a large prime factor the transform is a convolution with a chirp, whose length is a power of two.
    std::vector<Complex> chirp_;
    std::vector<Complex> spectrum_;
    std::vector<Complex> padded_;
    std::vector<Fourier> helpers_;  // forward and inverse
};

}  // namespace standin
