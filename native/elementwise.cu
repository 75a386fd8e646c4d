// copy, fill, scale and combine over arrays of any alignment. Bytes per element: copy and scale 8, fill 4, combine 12.
// Bound by memory. The result may be an operand.
#include "streams.cuh"

struct UnaryArguments {
    const float* x;
    float* result;
    float value;
    int count;
};

struct CombineArguments {
    const float* x;
    const float* y;
    float* result;
    float alpha;
    float beta;
    int count;
};

namespace {

struct Identity : Stateless {
    DEVICE void operator()(const Array<float, 1>& v, Array<float, 1>& r) { r[0] = v[0]; }
};

struct Constant : Stateless {
    float value;
    DEVICE explicit Constant(float value) : value(value) {}
    DEVICE void operator()(const Array<float, 0>&, Array<float, 1>& r) { r[0] = value; }
};

struct Scaling : Stateless {
    float factor;
    DEVICE explicit Scaling(float factor) : factor(factor) {}
    DEVICE void operator()(const Array<float, 1>& v, Array<float, 1>& r) { r[0] = factor * v[0]; }
};

struct LinearCombination : Stateless {
    float alpha, beta;
    DEVICE LinearCombination(float alpha, float beta) : alpha(alpha), beta(beta) {}
    DEVICE void operator()(const Array<float, 2>& v, Array<float, 1>& r) {
        r[0] = multiply_add(alpha, v[0], beta * v[1]);
    }
};

}  // namespace

KERNEL(copy, UnaryArguments) { stream_map(Inputs<1>{{a.x}}, Outputs<1>{{a.result}}, a.count, Identity()); }

KERNEL(fill, UnaryArguments) { stream_map(Inputs<0>{}, Outputs<1>{{a.result}}, a.count, Constant(a.value)); }

KERNEL(scale, UnaryArguments) { stream_map(Inputs<1>{{a.x}}, Outputs<1>{{a.result}}, a.count, Scaling(a.value)); }

KERNEL(combine, CombineArguments) {
    stream_map(Inputs<2>{{a.x, a.y}}, Outputs<1>{{a.result}}, a.count, LinearCombination(a.alpha, a.beta));
}
