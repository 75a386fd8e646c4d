// gb[c] = Σ over images and pixels of gy (N, C, H, W): 4 bytes per element, bound by memory. Each row of blocks is a
// channel.
#include "channel_sums.cuh"

struct BiasGradientArguments {
    const float* gy;
    float* gb;
    double* partial;
    unsigned* counter;
    ChannelLayout layout;
};

namespace {

struct PlainSum {
    float run = 0;
    double sums[1] = {};

    DEVICE void operator()(const Array<float, 1>& v, Array<float, 0>&) { run += v[0]; }

    DEVICE void flush() {
        sums[0] += run;
        run = 0;
    }
};

struct WriteBias {
    float* gb;
    DEVICE void operator()(int channel, const double (&sums)[1]) const { gb[channel] = static_cast<float>(sums[0]); }
};

}  // namespace

KERNEL(bias_gradient, BiasGradientArguments) {
    for (int c = block_y(); c < a.layout.channel_count(); c += grid_size_y()) {
        PlainSum sum;
        stream_channel<1>(Inputs<1>{{a.gy}}, a.layout, c, sum);
        write_channel_sums(sum.sums, c, a.partial);
    }
    finish_channels<1>(a.layout.channel_count(), a.partial, a.counter, WriteBias{a.gb});
}
