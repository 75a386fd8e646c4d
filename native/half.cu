// float to half, rounding to the nearest and ties to even, and back, by integer arithmetic, the same on every device. 6
// bytes per element, bound by memory. Overflow gives an infinity, NaN stays NaN, subnormal halves are exact.
#include "math.cuh"
#include "streams.cuh"

struct alignas(8) Half4 {
    unsigned short x, y, z, w;
};

struct ToHalfArguments {
    const float* x;
    unsigned short* half;
    int count;
};

struct FromHalfArguments {
    const unsigned short* half;
    float* x;
    int count;
};

namespace {

DEVICE unsigned short half_of(float x) {
    unsigned bits = bits_of(x);
    unsigned sign = (bits >> 16) & 0x8000u;
    unsigned size = bits & 0x7fffffffu;
    if (size >= 0x47800000u) {
        // 65,536 and more, infinities, NaN.
        return static_cast<unsigned short>(sign | (size > 0x7f800000u ? 0x7e00u : 0x7c00u));
    }
    if (size < 0x38800000u) {
        // Below 2⁻¹⁴: adding ½ makes the unit of the sum that of subnormal halves, 2⁻²⁴, and rounds to it.
        return static_cast<unsigned short>(sign | (bits_of(float_of(size) + 0.5f) - 0x3f000000u));
    }
    unsigned odd = (size >> 13) & 1;
    return static_cast<unsigned short>(sign | ((size - 0x38000000u + 0xfffu + odd) >> 13));
}

DEVICE float float_of_half(unsigned half) {
    unsigned sign = (half & 0x8000u) << 16;
    unsigned size = half & 0x7fffu;
    if (size >= 0x7c00u) {
        return float_of(sign | 0x7f800000u | ((size & 0x3ffu) << 13));
    }
    if (size < 0x400u) {
        return float_of(sign | bits_of(static_cast<float>(size) * 0x1p-24f));
    }
    return float_of(sign | ((size << 13) + 0x38000000u));
}

DEVICE bool aligned_8(const void* p) { return (reinterpret_cast<unsigned long long>(p) & 7u) == 0; }

}  // namespace

KERNEL(to_half, ToHalfArguments) {
    unsigned end = static_cast<unsigned>(a.count);
    unsigned step = static_cast<unsigned>(global_size_x());
    unsigned groups = aligned_16(a.x) && aligned_8(a.half) ? end / 4 : 0;
    for (unsigned g = static_cast<unsigned>(global_x()); g < groups; g += step) {
        float v[4];
        read_4(a.x, g, v);
        reinterpret_cast<Half4*>(a.half)[g] = {half_of(v[0]), half_of(v[1]), half_of(v[2]), half_of(v[3])};
    }
    for (unsigned i = 4 * groups + static_cast<unsigned>(global_x()); i < end; i += step) {
        a.half[i] = half_of(a.x[i]);
    }
}

KERNEL(from_half, FromHalfArguments) {
    unsigned end = static_cast<unsigned>(a.count);
    unsigned step = static_cast<unsigned>(global_size_x());
    unsigned groups = aligned_16(a.x) && aligned_8(a.half) ? end / 4 : 0;
    for (unsigned g = static_cast<unsigned>(global_x()); g < groups; g += step) {
        Half4 h = reinterpret_cast<const Half4*>(a.half)[g];
        float v[4] = {float_of_half(h.x), float_of_half(h.y), float_of_half(h.z), float_of_half(h.w)};
        write_4(a.x, g, v);
    }
    for (unsigned i = 4 * groups + static_cast<unsigned>(global_x()); i < end; i += step) {
        a.x[i] = float_of_half(a.half[i]);
    }
}
