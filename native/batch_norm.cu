// Batch normalization (Ioffe and Szegedy 2015, Algorithm 1) of (N, C, H, W): batch_norm_moments takes Σ x and Σ x² of
// each channel in double, so that E[x²] − E[x]² keeps enough digits, and from them mean, 1/√(variance
// + ε) and the running statistics (4 bytes per element); batch_norm_apply sets y = act(γ·r·(x − mean) + β) (8 bytes).
// batch_norm_fixed prepares r for given statistics.
//
// The gradients: batch_norm_gradient_sums takes Σ g and Σ g·(x − mean), where g is gy after the gradient of the
// activation (8 bytes, 12 with a gate); batch_norm_gradient_apply sets gx = γ·r·(g − (gbeta + x̂·ggamma)/M) (12 or 16
// bytes). All are bound by memory.
#include "activations.cuh"
#include "channel_sums.cuh"
#include "channels.cuh"

struct BatchNormArguments {
    const float* x;
    const float* gamma;
    const float* beta;
    float* mean;
    float* inverse_deviation;
    float* running_mean;      // batch_norm_moments
    float* running_variance;  // the given variance for batch_norm_fixed
    float* y;
    double* partial;
    unsigned* counter;
    ChannelLayout layout;
    float epsilon;
    float momentum;
    int rectified;  // 1 for ReLU
};

struct BatchNormGradientArguments {
    const float* x;
    const float* y;
    const float* gy;
    const float* gamma;
    const float* mean;
    const float* inverse_deviation;
    float* gx;
    float* ggamma;
    float* gbeta;
    double* partial;
    unsigned* counter;
    ChannelLayout layout;
    int rectified;
    float inverse_count;  // 1/M; 0 for given statistics
};

namespace {

struct Moments {
    double sums[2] = {};

    DEVICE void operator()(const Array<float, 1>& v, Array<float, 0>&) {
        double value = v[0];
        sums[0] += value;
        sums[1] = multiply_add(value, value, sums[1]);
    }

    DEVICE void flush() {}
};

DEVICE float inverse_root(double x) { return static_cast<float>(1 / square_root(x)); }

struct FinishMoments {
    const BatchNormArguments& a;

    DEVICE void operator()(int channel, const double (&sums)[2]) const {
        double count = static_cast<double>(a.layout.images) * a.layout.plane_length();
        double mean = sums[0] / count;
        double deviations = sums[1] - mean * sums[0];
        deviations = deviations < 0 ? 0 : deviations;
        double momentum = a.momentum;
        a.mean[channel] = static_cast<float>(mean);
        a.inverse_deviation[channel] = inverse_root(deviations / count + a.epsilon);
        a.running_mean[channel] = static_cast<float>((1 - momentum) * a.running_mean[channel] + momentum * mean);
        a.running_variance[channel] =
            static_cast<float>((1 - momentum) * a.running_variance[channel] + momentum * (deviations / (count - 1)));
    }
};

struct NormalNumbers {
    float mean, scale, shift;
};

struct Normalization {
    const BatchNormArguments& a;

    DEVICE NormalNumbers of(unsigned channel) const {
        return {a.mean[channel], a.gamma[channel] * a.inverse_deviation[channel], a.beta[channel]};
    }

    DEVICE float apply(const NormalNumbers& of, const Array<float, 1>& v) const {
        float value = multiply_add(v[0] - of.mean, of.scale, of.shift);
        return a.rectified != 0 ? relu(value) : value;
    }
};

// x, gy and, if gated, y.
template <int In>
struct GradientSums {
    float mean;
    float run[2] = {};
    double sums[2] = {};

    DEVICE explicit GradientSums(float mean) : mean(mean) {}

    DEVICE void operator()(const Array<float, In>& v, Array<float, 0>&) {
        float g = In < 3 || v[In - 1] > 0 ? v[1] : 0.0f;
        run[0] += g;
        run[1] = multiply_add(g, v[0] - mean, run[1]);
    }

    DEVICE void flush() {
        sums[0] += run[0];
        sums[1] += run[1];
        run[0] = 0;
        run[1] = 0;
    }
};

struct FinishGradient {
    const BatchNormGradientArguments& a;

    DEVICE void operator()(int channel, const double (&sums)[2]) const {
        a.gbeta[channel] = static_cast<float>(sums[0]);
        a.ggamma[channel] = static_cast<float>(sums[1] * a.inverse_deviation[channel]);
    }
};

struct GradientNumbers {
    float mean, scale, slope, shift;
};

template <int In>
struct InputGradient {
    const BatchNormGradientArguments& a;

    DEVICE GradientNumbers of(unsigned channel) const {
        float inverse = a.inverse_deviation[channel];
        float scale = a.gamma[channel] * inverse;
        float share = scale * a.inverse_count;
        return {a.mean[channel], scale, -share * inverse * a.ggamma[channel], -share * a.gbeta[channel]};
    }

    DEVICE float apply(const GradientNumbers& of, const Array<float, In>& v) const {
        float g = In < 3 || v[In - 1] > 0 ? v[1] : 0.0f;
        return multiply_add(g, of.scale, multiply_add(v[0] - of.mean, of.slope, of.shift));
    }
};

template <int In>
DEVICE Inputs<In> gradient_inputs(const BatchNormGradientArguments& a) {
    Inputs<In> in;
    in[0] = a.x;
    in[1] = a.gy;
    if (In == 3) {
        in[In - 1] = a.y;
    }
    return in;
}

template <int In>
DEVICE void gradient_sums(const BatchNormGradientArguments& a) {
    for (int c = block_y(); c < a.layout.channel_count(); c += grid_size_y()) {
        GradientSums<In> sums(a.mean[c]);
        stream_channel<In>(gradient_inputs<In>(a), a.layout, c, sums);
        write_channel_sums(sums.sums, c, a.partial);
    }
    finish_channels<2>(a.layout.channel_count(), a.partial, a.counter, FinishGradient{a});
}

}  // namespace

KERNEL(batch_norm_moments, BatchNormArguments) {
    for (int c = block_y(); c < a.layout.channel_count(); c += grid_size_y()) {
        Moments moments;
        stream_channel<1>(Inputs<1>{{a.x}}, a.layout, c, moments);
        write_channel_sums(moments.sums, c, a.partial);
    }
    finish_channels<2>(a.layout.channel_count(), a.partial, a.counter, FinishMoments{a});
}

KERNEL(batch_norm_fixed, BatchNormArguments) {
    for (long long c = global_x(); c < a.layout.channel_count(); c += global_size_x()) {
        a.inverse_deviation[c] = inverse_root(static_cast<double>(a.running_variance[c]) + a.epsilon);
    }
}

KERNEL(batch_norm_apply, BatchNormArguments) {
    stream_channels<1>(Inputs<1>{{a.x}}, a.y, a.layout, Normalization{a});
}

KERNEL_RESIDENT(batch_norm_gradient_sums, BatchNormGradientArguments, MAX_THREADS, 4) {
    if (a.rectified != 0) {
        gradient_sums<3>(a);
    } else {
        gradient_sums<2>(a);
    }
}

KERNEL(batch_norm_gradient_apply, BatchNormGradientArguments) {
    if (a.rectified != 0) {
        stream_channels<3>(gradient_inputs<3>(a), a.gx, a.layout, InputGradient<3>{a});
    } else {
        stream_channels<2>(gradient_inputs<2>(a), a.gx, a.layout, InputGradient<2>{a});
    }
}
