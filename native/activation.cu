// ReLU, leaky ReLU and the logistic function, 8 bytes per element; their gradients from the output y and the gradient
// gy, 12 bytes; and y = act(x + bias[channel]) in place over (N, C, H, W), 8 bytes. Bound by memory.
#include "activations.cuh"
#include "channels.cuh"

struct ActivationArguments {
    const float* x;
    float* y;
    float slope;
    int count;
};

struct ActivationBackwardArguments {
    const float* y;
    const float* gy;
    float* gx;
    float slope;
    int count;
};

struct BiasActivationArguments {
    float* x;
    const float* bias;  // or null for zero
    ChannelLayout layout;
    int activation;
};

namespace {

struct Relu : Stateless {
    DEVICE void operator()(const Array<float, 1>& v, Array<float, 1>& r) { r[0] = relu(v[0]); }
};

struct LeakyRelu : Stateless {
    float slope;
    DEVICE explicit LeakyRelu(float slope) : slope(slope) {}
    DEVICE void operator()(const Array<float, 1>& v, Array<float, 1>& r) { r[0] = v[0] > 0 ? v[0] : slope * v[0]; }
};

struct Logistic : Stateless {
    DEVICE void operator()(const Array<float, 1>& v, Array<float, 1>& r) { r[0] = logistic(v[0]); }
};

struct Gate : Stateless {
    DEVICE void operator()(const Array<float, 2>& v, Array<float, 1>& r) { r[0] = v[0] > 0 ? v[1] : 0.0f; }
};

struct LeakyGate : Stateless {
    float slope;
    DEVICE explicit LeakyGate(float slope) : slope(slope) {}
    DEVICE void operator()(const Array<float, 2>& v, Array<float, 1>& r) {
        r[0] = v[0] > 0 ? v[1] : slope * v[1];
    }
};

struct LogisticSlope : Stateless {
    DEVICE void operator()(const Array<float, 2>& v, Array<float, 1>& r) { r[0] = v[1] * v[0] * (1.0f - v[0]); }
};

template <int Activation>
struct BiasActivation {
    const float* bias;

    DEVICE float of(unsigned channel) const { return bias == nullptr ? 0.0f : bias[channel]; }

    DEVICE float apply(float offset, const Array<float, 1>& v) const {
        return activated(v[0] + offset, Activation);
    }
};

template <int Activation>
DEVICE void add_bias(const BiasActivationArguments& a) {
    stream_channels<1>(
        Inputs<1>{{a.x}}, a.x, a.layout, BiasActivation<Activation>{a.bias});
}

}  // namespace

KERNEL(relu_forward, ActivationArguments) { stream_map(Inputs<1>{{a.x}}, Outputs<1>{{a.y}}, a.count, Relu()); }

KERNEL(leaky_relu_forward, ActivationArguments) {
    stream_map(Inputs<1>{{a.x}}, Outputs<1>{{a.y}}, a.count, LeakyRelu(a.slope));
}

KERNEL(sigmoid_forward, ActivationArguments) { stream_map(Inputs<1>{{a.x}}, Outputs<1>{{a.y}}, a.count, Logistic()); }

KERNEL(relu_backward, ActivationBackwardArguments) {
    stream_map(Inputs<2>{{a.y, a.gy}}, Outputs<1>{{a.gx}}, a.count, Gate());
}

KERNEL(leaky_relu_backward, ActivationBackwardArguments) {
    stream_map(Inputs<2>{{a.y, a.gy}}, Outputs<1>{{a.gx}}, a.count, LeakyGate(a.slope));
}

KERNEL(sigmoid_backward, ActivationBackwardArguments) {
    stream_map(Inputs<2>{{a.y, a.gy}}, Outputs<1>{{a.gx}}, a.count, LogisticSlope());
}

KERNEL(bias_activation, BiasActivationArguments) {
    switch (a.activation) {
        case ACTIVATION_RELU:
            add_bias<ACTIVATION_RELU>(a);
            break;
        case ACTIVATION_SIGMOID:
            add_bias<ACTIVATION_SIGMOID>(a);
            break;
        default:
            add_bias<ACTIVATION_NONE>(a);
            break;
    }
}
