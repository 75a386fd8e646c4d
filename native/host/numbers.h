// Conversions to and from half, bfloat16 and TF32, for the stand-ins.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>

namespace standin {

inline std::uint32_t bits_of(float v) {
    std::uint32_t bits;
    std::memcpy(&bits, &v, sizeof(bits));
    return bits;
}

inline float float_of(std::uint32_t bits) {
    float v;
    std::memcpy(&v, &bits, sizeof(v));
    return v;
}

// v rounded to nearest, ties to even, without its last `dropped` mantissa bits.
inline float rounded(float v, int dropped) {
    if (!std::isfinite(v)) {
        return v;
    }
    std::uint32_t bits = bits_of(v);
    bits += (1u << (dropped - 1)) - 1 + (bits >> dropped & 1);
    return float_of(bits >> dropped << dropped);
}

inline float to_tf32(float v) { return rounded(v, 13); }
inline float to_bfloat16(float v) { return rounded(v, 16); }

inline float from_half(std::uint16_t half) {
    std::uint32_t sign = static_cast<std::uint32_t>(half & 0x8000) << 16;
    std::uint32_t exponent = half >> 10 & 31;
    std::uint32_t mantissa = half & 1023;
    if (exponent == 0) {
        return std::copysign(std::ldexp(static_cast<float>(mantissa), -24), float_of(sign | 0x3f800000));
    }
    std::uint32_t wide = exponent == 31 ? 255 : exponent + 112;
    return float_of(sign | wide << 23 | mantissa << 13);
}

// The nearest half, ties to even; beyond 65520 infinity, below 2⁻¹⁴ a subnormal.
inline std::uint16_t to_half(float v) {
    std::uint16_t sign = static_cast<std::uint16_t>(bits_of(v) >> 16 & 0x8000);
    float size = std::fabs(v);
    if (std::isnan(v)) {
        return sign | 0x7e00;
    }
    if (size >= 65520.0f) {
        return sign | 0x7c00;
    }
    if (size < 6.103515625e-05f) {
        return static_cast<std::uint16_t>(sign | static_cast<int>(std::nearbyint(std::ldexp(size, 24))));
    }
    std::uint32_t bits = bits_of(rounded(size, 13));
    return static_cast<std::uint16_t>(sign | ((bits >> 13) - (112 << 10)));
}

}  // namespace standin
