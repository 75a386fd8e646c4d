// One Adam step (Kingma and Ba 2015, Algorithm 1) on all parameters: m ← β₁m + (1 − β₁)g, v ← β₂v + (1 − β₂)g², p ← p −
// rate·m / (√(scale·v) + ε), where rate and scale include the bias corrections. 28 bytes per parameter, bound by
// memory.
#include "streams.cuh"

struct AdamArguments {
    float* parameters;
    const float* gradient;
    float* first_moment;
    float* second_moment;
    float beta1;
    float beta2;
    float rest1;  // 1 − β₁
    float rest2;
    float epsilon;
    float rate;
    float second_scale;
    int count;
};

namespace {

// p, g, m and v; then p, m and v.
struct AdamStep : Stateless {
    const AdamArguments& a;
    DEVICE explicit AdamStep(const AdamArguments& a) : a(a) {}

    DEVICE void operator()(const Array<float, 4>& v, Array<float, 3>& r) {
        float g = v[1];
        r[1] = multiply_add(a.beta1, v[2], a.rest1 * g);
        r[2] = multiply_add(a.beta2, v[3], a.rest2 * g * g);
        r[0] = v[0] - a.rate * r[1] / (square_root(a.second_scale * r[2]) + a.epsilon);
    }
};

}  // namespace

KERNEL(adam_step, AdamArguments) {
    stream_map(
        Inputs<4>{{a.parameters, a.gradient, a.first_moment, a.second_moment}},
        Outputs<3>{{a.parameters, a.first_moment, a.second_moment}}, a.count, AdamStep(a));
}
