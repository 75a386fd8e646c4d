// Σ x·y, Σ |x|, Σ (x − y)², Σ |x − y|: 8 bytes per element (4 for |x|); the seven sums for the stopping rule of ADMM,
// 16 bytes; the stopping rule on these; a gradient of Σ |x − y|, 12 bytes. Terms are added in float over at most 16
// elements, then in double, in a fixed order (reduce.cuh). Bound by memory.
#include "reduce.cuh"
#include "streams.cuh"

struct ReductionArguments {
    const float* x;
    const float* y;
    float* result;
    double* partial;
    unsigned* counter;
    int count;
};

struct IterateSumsArguments {
    const float* x;
    const float* z;
    const float* previous_z;
    const float* q;
    float* sums;
    double* partial;
    unsigned* counter;
    int count;
};

struct StoppingTestArguments {
    const float* sums;
    const float* rule;
    float* verdict;
};

struct AbsoluteDistanceBackwardArguments {
    const float* x;
    const float* y;
    float* gx;
    float scale;
    int count;
};

namespace {

// N sums: a short run in float, the rest in double.
template <int N>
struct Sums {
    float run[N] = {};
    double sums[N] = {};

    DEVICE void flush() {
        UNROLL
        for (int n = 0; n < N; n++) {
            sums[n] += run[n];
            run[n] = 0;
        }
    }
};

struct DotTerm : Sums<1> {
    DEVICE void operator()(const Array<float, 2>& v, Array<float, 0>&) { run[0] = multiply_add(v[0], v[1], run[0]); }
};

struct MagnitudeTerm : Sums<1> {
    DEVICE void operator()(const Array<float, 1>& v, Array<float, 0>&) { run[0] += magnitude(v[0]); }
};

struct SquaredDistanceTerm : Sums<1> {
    DEVICE void operator()(const Array<float, 2>& v, Array<float, 0>&) {
        float difference = v[0] - v[1];
        run[0] = multiply_add(difference, difference, run[0]);
    }
};

struct AbsoluteDistanceTerm : Sums<1> {
    DEVICE void operator()(const Array<float, 2>& v, Array<float, 0>&) { run[0] += magnitude(v[0] - v[1]); }
};

// x, z, the last z and q.
struct IterateTerms : Sums<7> {
    DEVICE void operator()(const Array<float, 4>& v, Array<float, 0>&) {
        float primal = v[0] - v[1];
        float change = v[1] - v[2];
        float dual = v[3] - v[1];
        run[0] = multiply_add(primal, primal, run[0]);
        run[1] = multiply_add(change, change, run[1]);
        run[2] = multiply_add(dual, dual, run[2]);
        run[3] = multiply_add(v[0], v[0], run[3]);
        run[4] = multiply_add(v[1], v[1], run[4]);
        run[5] += magnitude(v[0]);
        run[6] += magnitude(v[1]);
    }
};

// NaN stays NaN; the gradient at zero is zero.
struct SignTimes : Stateless {
    float scale;
    DEVICE explicit SignTimes(float scale) : scale(scale) {}
    DEVICE void operator()(const Array<float, 2>& v, Array<float, 1>& r) {
        float difference = v[0] - v[1];
        r[0] = difference > 0 ? scale : (difference < 0 ? -scale : 0 * difference);
    }
};

template <class Terms, int In>
DEVICE void reduce(const Inputs<In>& in, const ReductionArguments& a) {
    Terms terms;
    stream<In, 0>(in, Outputs<0>{}, a.count, terms);
    if (grid_sums(terms.sums, a.partial, a.counter)) {
        *a.result = static_cast<float>(terms.sums[0]);
    }
}

}  // namespace

KERNEL(dot, ReductionArguments) { reduce<DotTerm>(Inputs<2>{{a.x, a.y}}, a); }

KERNEL(sum_of_magnitudes, ReductionArguments) { reduce<MagnitudeTerm>(Inputs<1>{{a.x}}, a); }

KERNEL(squared_distance, ReductionArguments) { reduce<SquaredDistanceTerm>(Inputs<2>{{a.x, a.y}}, a); }

KERNEL(absolute_distance, ReductionArguments) { reduce<AbsoluteDistanceTerm>(Inputs<2>{{a.x, a.y}}, a); }

KERNEL_RESIDENT(iterate_sums, IterateSumsArguments, MAX_THREADS, 4) {
    IterateTerms terms;
    stream<4, 0>(Inputs<4>{{a.x, a.z, a.previous_z, a.q}}, Outputs<0>{}, a.count, terms);
    if (grid_sums(terms.sums, a.partial, a.counter)) {
        for (int n = 0; n < 7; n++) {
            a.sums[n] = static_cast<float>(terms.sums[n]);
        }
    }
}

KERNEL(stopping_test, StoppingTestArguments) {
    if (global_x() == 0) {
        double total = 0;
        for (int n = 0; n < 7; n++) {
            total += a.sums[n];
        }
        double weight = 2.0 * a.rule[0];
        double floor = a.rule[1];
        double tolerance = a.rule[2];
        double primal = square_root(static_cast<double>(a.sums[0]));
        double change = weight * square_root(static_cast<double>(a.sums[1]));
        double dual = weight * square_root(static_cast<double>(a.sums[2]));
        double larger = square_root(static_cast<double>(maximum(a.sums[3], a.sums[4])));
        bool stops = primal <= floor + tolerance * larger && change <= floor + tolerance * dual;
        *a.verdict = stops && total == total ? 1.0f : 0.0f;
    }
}

KERNEL(absolute_distance_backward, AbsoluteDistanceBackwardArguments) {
    stream_map(Inputs<2>{{a.x, a.y}}, Outputs<1>{{a.gx}}, a.count, SignTimes(a.scale));
}
