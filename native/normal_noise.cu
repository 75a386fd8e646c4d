// Standard normal noise: Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC'11) followed
// by Box–Muller. Counter (i/4, stream) and key (seed) give four words, which give two pairs of normals: element i
// depends only on (seed, stream, i). Writes 4 bytes per element; bound by arithmetic, about 40 instructions per
// element.
#include "math.cuh"
#include "streams.cuh"

struct NormalNoiseArguments {
    float* y;
    unsigned seed_low;
    unsigned seed_high;
    unsigned stream_low;
    unsigned stream_high;
    int count;
};

namespace {

struct PhiloxWords {
    unsigned at[4];
};

DEVICE PhiloxWords philox(unsigned counter, const NormalNoiseArguments& a) {
    unsigned c0 = counter;
    unsigned c1 = 0;
    unsigned c2 = a.stream_low;
    unsigned c3 = a.stream_high;
    unsigned k0 = a.seed_low;
    unsigned k1 = a.seed_high;
    UNROLL
    for (int round = 0; round < 10; round++) {
        unsigned long long product0 = 0xD2511F53ull * c0;
        unsigned long long product1 = 0xCD9E8D57ull * c2;
        c0 = static_cast<unsigned>(product1 >> 32) ^ c1 ^ k0;
        c1 = static_cast<unsigned>(product1);
        c2 = static_cast<unsigned>(product0 >> 32) ^ c3 ^ k1;
        c3 = static_cast<unsigned>(product0);
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    return {{c0, c1, c2, c3}};
}

// (w + ½)/2²³ with w the top 23 bits: exact, never 0 or 1.
DEVICE float uniform(unsigned word) { return (static_cast<float>(word >> 9) + 0.5f) * 0x1p-23f; }

DEVICE void box_muller(unsigned first, unsigned second, float& cosine, float& sine) {
    float radius = square_root(-2.0f * logarithm(uniform(first)));
    SineCosine angle = sine_cosine(uniform(second));
    cosine = radius * angle.cosine;
    sine = radius * angle.sine;
}

// Elements 4·group to 4·group + 3.
DEVICE void four_normals(unsigned group, const NormalNoiseArguments& a, float (&normals)[4]) {
    PhiloxWords words = philox(group, a);
    box_muller(words.at[0], words.at[1], normals[0], normals[1]);
    box_muller(words.at[2], words.at[3], normals[2], normals[3]);
}

}  // namespace

KERNEL(normal_noise, NormalNoiseArguments) {
    unsigned end = static_cast<unsigned>(a.count);
    unsigned step = static_cast<unsigned>(global_size_x());
    unsigned groups = aligned_16(a.y) ? end / 4 : 0;
    float normals[4];
    for (unsigned g = static_cast<unsigned>(global_x()); g < groups; g += step) {
        four_normals(g, a, normals);
        write_4(a.y, g, normals);
    }
    for (unsigned g = groups + static_cast<unsigned>(global_x()); g < (end + 3) / 4; g += step) {
        four_normals(g, a, normals);
        UNROLL
        for (unsigned k = 0; k < 4; k++) {
            if (4 * g + k < end) {
                a.y[4 * g + k] = normals[k];
            }
        }
    }
}
