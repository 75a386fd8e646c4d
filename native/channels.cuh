// Loops over the elements of (N, C, H, W) arrays for ops with parameters per channel. Four elements are read at once
// where the arrays are aligned to 16 bytes, whatever the size of a plane: a channel may end among them.
//
// An op has of(c), the parameters of channel c, and apply(parameters, v), the output for the inputs v of one element.
#pragma once

#include "streams.cuh"

// The position of an element within its plane, and the channel of the plane.
struct ChannelPlace {
    unsigned place, channel;

    DEVICE static ChannelPlace of(unsigned index, unsigned plane_size, unsigned channels) {
        unsigned plane = index / plane_size;
        return {index - plane * plane_size, plane % channels};
    }
};

template <int In, class Op>
DEVICE void stream_channels(
    const Inputs<In>& in, float* out, int count, int plane_size, int channel_count, const Op& op) {
    unsigned end = static_cast<unsigned>(count);
    unsigned plane = static_cast<unsigned>(plane_size);
    unsigned channels = static_cast<unsigned>(channel_count);
    unsigned step = static_cast<unsigned>(global_size_x());
    unsigned groups = all_aligned<In>(in) && aligned_16(out) ? end / 4 : 0;
    for (unsigned g = static_cast<unsigned>(global_x()); g < groups; g += step) {
        float values[In][4];
        UNROLL
        for (int n = 0; n < In; n++) {
            read_4(in[n], g, values[n]);
        }
        ChannelPlace at = ChannelPlace::of(4 * g, plane, channels);
        auto numbers = op.of(at.channel);
        float results[4];
        UNROLL
        for (int k = 0; k < 4; k++) {
            if (at.place == plane) {
                at.place = 0;
                at.channel = at.channel + 1 == channels ? 0 : at.channel + 1;
                numbers = op.of(at.channel);
            }
            Array<float, In> v;
            UNROLL
            for (int n = 0; n < In; n++) {
                v[n] = values[n][k];
            }
            results[k] = op.apply(numbers, v);
            at.place++;
        }
        write_4(out, g, results);
    }
    for (unsigned i = 4 * groups + static_cast<unsigned>(global_x()); i < end; i += step) {
        Array<float, In> v;
        UNROLL
        for (int n = 0; n < In; n++) {
            v[n] = in[n][i];
        }
        out[i] = op.apply(op.of(ChannelPlace::of(i, plane, channels).channel), v);
    }
}
