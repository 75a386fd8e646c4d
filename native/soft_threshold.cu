// y = sign(x)·max(|x| − τ, 0), 8 bytes per element; and w = q − z, x = shrink(z − w), q = x + w in one pass, 16 bytes
// per element: reads z and q, writes x and q. τ is read from device memory. Bound by memory.
#include "streams.cuh"

struct SoftThresholdArguments {
    const float* x;
    const float* tau;
    float* y;
    int count;
};

struct SoftThresholdReflectedArguments {
    const float* z;
    const float* tau;
    float* q;
    float* x;
    int count;
};

namespace {

// x − clip(x, −τ, τ): exactly 0 inside, and NaN stays NaN.
DEVICE float shrunk(float x, float tau) { return x - minimum(maximum(x, -tau), tau); }

struct Shrinkage : Stateless {
    float tau;
    DEVICE explicit Shrinkage(float tau) : tau(tau) {}
    DEVICE void operator()(const Array<float, 1>& v, Array<float, 1>& r) { r[0] = shrunk(v[0], tau); }
};

// z and q; then x and the next q.
struct ReflectedShrinkage : Stateless {
    float tau;
    DEVICE explicit ReflectedShrinkage(float tau) : tau(tau) {}
    DEVICE void operator()(const Array<float, 2>& v, Array<float, 2>& r) {
        float dual = v[1] - v[0];
        r[0] = shrunk(v[0] - dual, tau);
        r[1] = r[0] + dual;
    }
};

}  // namespace

KERNEL(soft_threshold, SoftThresholdArguments) {
    stream_map(Inputs<1>{{a.x}}, Outputs<1>{{a.y}}, a.count, Shrinkage(*a.tau));
}

KERNEL(soft_threshold_reflected, SoftThresholdReflectedArguments) {
    stream_map(Inputs<2>{{a.z, a.q}}, Outputs<2>{{a.x, a.q}}, a.count, ReflectedShrinkage(*a.tau));
}
