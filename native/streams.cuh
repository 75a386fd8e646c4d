// Loops over arrays that are read and written element by element, for elementwise ops and reductions. All are bound by
// memory, so each thread has several loads of 16 bytes in flight before it computes, or of 4 bytes if an array is not
// aligned to 16 bytes.
//
// An op is a struct: operator()(v, r) sets the outputs r from the inputs v of one element; flush() is called after at
// most 16 elements (there, reductions add their short float sums to doubles).
#pragma once

#include "common.cuh"

// N values; N may be 0.
template <class T, int N>
struct Array {
    T at[N > 0 ? N : 1];
    DEVICE T& operator[](int i) { return at[i]; }
    DEVICE const T& operator[](int i) const { return at[i]; }
};

template <int N>
using Inputs = Array<const float*, N>;
template <int N>
using Outputs = Array<float*, N>;

// The base of ops without sums.
struct Stateless {
    DEVICE void flush() {}
};

DEVICE void read_4(const float* from, unsigned group, float (&v)[4]) {
    Float4 q = reinterpret_cast<const Float4*>(from)[group];
    v[0] = q.x;
    v[1] = q.y;
    v[2] = q.z;
    v[3] = q.w;
}

DEVICE void write_4(float* to, unsigned group, const float (&v)[4]) {
    reinterpret_cast<Float4*>(to)[group] = {v[0], v[1], v[2], v[3]};
}

template <int N, class T>
DEVICE bool all_aligned(const Array<T*, N>& arrays) {
    bool aligned = true;
    UNROLL
    for (int n = 0; n < N; n++) {
        aligned = aligned && aligned_16(arrays[n]);
    }
    return aligned;
}

// `Turns` groups of four elements at `group`, `group + step`, …: all loads first.
template <int Turns, int In, int Out, class Op>
DEVICE void stream_groups(const Inputs<In>& in, const Outputs<Out>& out, unsigned group, unsigned step, Op& op) {
    float values[Turns][In > 0 ? In : 1][4];
    UNROLL
    for (int t = 0; t < Turns; t++) {
        UNROLL
        for (int n = 0; n < In; n++) {
            read_4(in[n], group + t * step, values[t][n]);
        }
    }
    UNROLL
    for (int t = 0; t < Turns; t++) {
        float results[Out > 0 ? Out : 1][4];
        UNROLL
        for (int k = 0; k < 4; k++) {
            Array<float, In> v;
            Array<float, Out> r;
            UNROLL
            for (int n = 0; n < In; n++) {
                v[n] = values[t][n][k];
            }
            op(v, r);
            UNROLL
            for (int n = 0; n < Out; n++) {
                results[n][k] = r[n];
            }
        }
        UNROLL
        for (int n = 0; n < Out; n++) {
            write_4(out[n], group + t * step, results[n]);
        }
    }
    op.flush();
}

// `Turns` single elements at `index`, `index + step`, ….
template <int Turns, int In, int Out, class Op>
DEVICE void stream_singles(const Inputs<In>& in, const Outputs<Out>& out, unsigned index, unsigned step, Op& op) {
    Array<float, In> v[Turns];
    UNROLL
    for (int t = 0; t < Turns; t++) {
        UNROLL
        for (int n = 0; n < In; n++) {
            v[t][n] = in[n][index + t * step];
        }
    }
    UNROLL
    for (int t = 0; t < Turns; t++) {
        Array<float, Out> r;
        op(v[t], r);
        UNROLL
        for (int n = 0; n < Out; n++) {
            out[n][index + t * step] = r[n];
        }
    }
    op.flush();
}

// Applies the op to elements 0 … count − 1, divided among `threads` threads, of which this is number `thread`. An
// output may be an input: the same array, not one that overlaps it.
template <int In, int Out, class Op>
DEVICE void stream(
    const Inputs<In>& in, const Outputs<Out>& out, int count, unsigned thread, unsigned threads, Op& op) {
    constexpr int turns = In > 1 ? 2 : 4;
    unsigned end = static_cast<unsigned>(count);
    unsigned groups = all_aligned<In>(in) && all_aligned<Out>(out) ? end / 4 : 0;
    unsigned g = thread;
    for (; g + (turns - 1) * threads < groups; g += turns * threads) {
        stream_groups<turns, In, Out>(in, out, g, threads, op);
    }
    for (; g < groups; g += threads) {
        stream_groups<1, In, Out>(in, out, g, threads, op);
    }
    unsigned i = 4 * groups + thread;
    for (; i + (turns - 1) * threads < end; i += turns * threads) {
        stream_singles<turns, In, Out>(in, out, i, threads, op);
    }
    for (; i < end; i += threads) {
        stream_singles<1, In, Out>(in, out, i, threads, op);
    }
}

// Applies the op to all elements with all threads along x of the grid.
template <int In, int Out, class Op>
DEVICE void stream(const Inputs<In>& in, const Outputs<Out>& out, int count, Op& op) {
    stream<In, Out>(in, out, count, static_cast<unsigned>(global_x()), static_cast<unsigned>(global_size_x()), op);
}

template <int In, int Out, class Op>
DEVICE void stream_map(const Inputs<In>& in, const Outputs<Out>& out, int count, Op op) {
    stream<In, Out>(in, out, count, op);
}
