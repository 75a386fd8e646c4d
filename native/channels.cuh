// Loops over the elements of (N, C, H, W) arrays for ops with parameters per channel. Two groups of four elements are
// read at once where the arrays are aligned to 16 bytes, whatever the size of a plane: a channel may end among them.
//
// An op has of(c), the parameters of channel c, and apply(parameters, v), the output for the inputs v of one element.
#pragma once

#include "channel_layout.cuh"
#include "streams.cuh"

// The position of an element within its plane, and the channel of the plane.
struct ChannelPlace {
    unsigned place, channel;

    DEVICE static ChannelPlace of(unsigned index, const ChannelLayout& layout) {
        Quotient plane = divide(index, layout.plane_size);
        return {plane.rest, divide(plane.quotient, layout.channels).rest};
    }
};

// One element.
template <int In, class Op>
DEVICE void apply_at(const Inputs<In>& in, float* out, const ChannelLayout& layout, unsigned i, const Op& op) {
    Array<float, In> v;
    UNROLL
    for (int n = 0; n < In; n++) {
        v[n] = in[n][i];
    }
    out[i] = op.apply(op.of(ChannelPlace::of(i, layout).channel), v);
}

// `Turns` groups of four elements at `group`, `group + step`, …: all loads first. The output may be an input.
template <int Turns, int In, class Op>
DEVICE void stream_channel_groups(
    const Inputs<In>& in, float* out, const ChannelLayout& layout, unsigned group, unsigned step, const Op& op) {
    float values[Turns][In][4];
    UNROLL
    for (int t = 0; t < Turns; t++) {
        UNROLL
        for (int n = 0; n < In; n++) {
            read_4(in[n], group + t * step, values[t][n]);
        }
    }
    UNROLL
    for (int t = 0; t < Turns; t++) {
        unsigned first = 4 * (group + t * step);
        ChannelPlace at = ChannelPlace::of(first, layout);
        if (at.place + 4 > layout.plane_size.value) {
            _Pragma("unroll 1")
            for (unsigned k = 0; k < 4; k++) {
                apply_at(in, out, layout, first + k, op);
            }
            continue;
        }
        auto numbers = op.of(at.channel);
        float results[4];
        UNROLL
        for (int k = 0; k < 4; k++) {
            Array<float, In> v;
            UNROLL
            for (int n = 0; n < In; n++) {
                v[n] = values[t][n][k];
            }
            results[k] = op.apply(numbers, v);
        }
        write_4(out, group + t * step, results);
    }
}

template <int In, class Op>
DEVICE void stream_channels(const Inputs<In>& in, float* out, const ChannelLayout& layout, const Op& op) {
    unsigned end = layout.count();
    unsigned step = static_cast<unsigned>(global_size_x());
    unsigned groups = all_aligned<In>(in) && aligned_16(out) ? end / 4 : 0;
    unsigned g = static_cast<unsigned>(global_x());
    _Pragma("unroll 1")
    for (; g + step < groups; g += 2 * step) {
        stream_channel_groups<2, In>(in, out, layout, g, step, op);
    }
    if (g < groups) {
        stream_channel_groups<1, In>(in, out, layout, g, step, op);
    }
    for (unsigned i = 4 * groups + static_cast<unsigned>(global_x()); i < end; i += step) {
        apply_at(in, out, layout, i, op);
    }
}
