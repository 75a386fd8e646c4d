// One iteration of conjugate gradients (Hestenes and Stiefel 1952) in three launches that pass scalars to each other in
// device memory: cg_curvature takes pᵀGp and from it α = ‖r‖² / pᵀGp; cg_advance sets s += α p and r −= α Gp and takes
// the new ‖r‖² and β; cg_direction sets p = r + β p. 8, 24 and 12 bytes per element, 44 in total, bound by memory; the
// dependencies allow no fewer. A pᵀGp of zero leaves all unchanged.
#include "reduce.cuh"
#include "streams.cuh"

struct ConjugateGradientArguments {
    float* direction;
    const float* image;
    float* solution;
    float* residual;
    float* state;    // ‖r‖²
    float* scalars;  // α, β, and 1 if pᵀGp is not zero
    double* partial;
    unsigned* counter;
    int count;
};

namespace {

struct Curvature {
    float run = 0;
    double sums[1] = {};

    DEVICE void operator()(const Array<float, 2>& v, Array<float, 0>&) { run = multiply_add(v[0], v[1], run); }

    DEVICE void flush() {
        sums[0] += run;
        run = 0;
    }
};

// p, Gp, s and r; then s and r, and Σ r².
struct Advance {
    float alpha;
    float run = 0;
    double sums[1] = {};

    DEVICE explicit Advance(float alpha) : alpha(alpha) {}

    DEVICE void operator()(const Array<float, 4>& v, Array<float, 2>& r) {
        r[0] = multiply_add(alpha, v[0], v[2]);
        r[1] = multiply_add(-alpha, v[1], v[3]);
        run = multiply_add(r[1], r[1], run);
    }

    DEVICE void flush() {
        sums[0] += run;
        run = 0;
    }
};

struct NextDirection : Stateless {
    float beta;
    DEVICE explicit NextDirection(float beta) : beta(beta) {}
    DEVICE void operator()(const Array<float, 2>& v, Array<float, 1>& r) { r[0] = multiply_add(beta, v[1], v[0]); }
};

}  // namespace

KERNEL(cg_curvature, ConjugateGradientArguments) {
    Curvature curvature;
    stream<2, 0>(Inputs<2>{{a.direction, a.image}}, Outputs<0>{}, a.count, curvature);
    if (grid_sums(curvature.sums, a.partial, a.counter)) {
        bool moves = curvature.sums[0] != 0;
        a.scalars[0] = moves ? static_cast<float>(*a.state / curvature.sums[0]) : 0.0f;
        a.scalars[2] = moves ? 1.0f : 0.0f;
    }
}

KERNEL(cg_advance, ConjugateGradientArguments) {
    if (a.scalars[2] == 0) {
        return;
    }
    Advance advance(a.scalars[0]);
    stream<4, 2>(
        Inputs<4>{{a.direction, a.image, a.solution, a.residual}}, Outputs<2>{{a.solution, a.residual}}, a.count,
        advance);
    if (grid_sums(advance.sums, a.partial, a.counter)) {
        a.scalars[1] = static_cast<float>(advance.sums[0] / *a.state);
        *a.state = static_cast<float>(advance.sums[0]);
    }
}

KERNEL(cg_direction, ConjugateGradientArguments) {
    if (a.scalars[2] == 0) {
        return;
    }
    stream_map(Inputs<2>{{a.residual, a.direction}}, Outputs<1>{{a.direction}}, a.count, NextDirection(a.scalars[1]));
}
