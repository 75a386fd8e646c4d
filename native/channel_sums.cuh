// Sums over the channels of (N, C, H, W) in one deterministic launch: each row of blocks (y) is a channel, and its
// blocks along x share the planes of the channel. Each block writes doubles to `partial`, and the last block of the
// grid finishes all channels. partial holds Count·grid_size_x·channels doubles.
#pragma once

#include "channel_layout.cuh"
#include "reduce.cuh"
#include "streams.cuh"

// The number of elements of a plane that a block processes at once.
constexpr unsigned CHANNEL_CHUNK = 4096;

// Applies an op of streams.cuh to Turns elements of a channel, beginning at `index`, `step` apart. The index counts the
// elements of the channel over all images.
template <int Turns, int In, class Op>
DEVICE void stream_scattered(
    const Inputs<In>& planes, long long image_stride, const Divisor& plane, unsigned index, unsigned step, Op& op) {
    Array<float, In> v[Turns];
    UNROLL
    for (int t = 0; t < Turns; t++) {
        Quotient place = divide(index + t * step, plane);
        long long offset = place.quotient * image_stride + place.rest;
        UNROLL
        for (int k = 0; k < In; k++) {
            v[t][k] = planes[k][offset];
        }
    }
    UNROLL
    for (int t = 0; t < Turns; t++) {
        Array<float, 0> none;
        op(v[t], none);
    }
    op.flush();
}

// Applies an op of streams.cuh to the elements of a channel that belong to this block: chunks of its planes, or, where
// planes are small, elements counted over all images.
template <int In, class Op>
DEVICE void stream_channel(const Inputs<In>& in, const ChannelLayout& layout, int channel, Op& op) {
    unsigned plane = layout.plane_size.value;
    unsigned images = static_cast<unsigned>(layout.images);
    long long image_stride = static_cast<long long>(layout.channels.value) * plane;
    Inputs<In> planes;
    UNROLL
    for (int k = 0; k < In; k++) {
        planes[k] = in[k] + static_cast<long long>(channel) * plane;
    }
    if (plane < CHANNEL_CHUNK / 4) {
        constexpr int turns = 4;
        unsigned end = images * plane;
        unsigned step = static_cast<unsigned>(global_size_x());
        unsigned i = static_cast<unsigned>(global_x());
        for (; i + (turns - 1) * step < end; i += turns * step) {
            stream_scattered<turns, In>(planes, image_stride, layout.plane_size, i, step, op);
        }
        for (; i < end; i += step) {
            stream_scattered<1, In>(planes, image_stride, layout.plane_size, i, step, op);
        }
        return;
    }
    unsigned chunks = (plane + CHANNEL_CHUNK - 1) / CHANNEL_CHUNK;
    for (unsigned i = block_x(); i < images * chunks; i += grid_size_x()) {
        unsigned n = i / chunks;
        unsigned first = (i - n * chunks) * CHANNEL_CHUNK;
        Inputs<In> chunk;
        UNROLL
        for (int k = 0; k < In; k++) {
            chunk[k] = planes[k] + (n * image_stride + first);
        }
        int count = static_cast<int>(plane - first < CHANNEL_CHUNK ? plane - first : CHANNEL_CHUNK);
        stream<In, 0>(chunk, Outputs<0>{}, count, thread_x(), block_size_x(), op);
    }
}

// Writes the sums of this block for a channel.
template <int Count>
DEVICE void write_channel_sums(double (&sums)[Count], int channel, double* partial) {
    block_sums(sums);
    if (thread_x() == 0) {
        UNROLL
        for (int n = 0; n < Count; n++) {
            partial[(static_cast<long long>(channel) * grid_size_x() + block_x()) * Count + n] = sums[n];
        }
    }
}

// Calls finish(channel, sums) for every channel in the last block of the grid. As many lanes as a channel has blocks,
// at most a warp, add its sums.
template <int Count, class Finish>
DEVICE void finish_channels(int channels, const double* partial, unsigned* counter, const Finish& finish) {
    if (!last_block(counter, static_cast<unsigned>(grid_size_x() * grid_size_y()))) {
        return;
    }
    int blocks = grid_size_x();
    int lanes = 1;
    while (lanes < blocks && lanes < WARP) {
        lanes *= 2;
    }
    int member = thread_x() % lanes;
    for (int base = 0; base < channels; base += block_size_x() / lanes) {
        int channel = base + thread_x() / lanes;
        double sums[Count] = {};
        for (int b = member; channel < channels && b < blocks; b += lanes) {
            UNROLL
            for (int n = 0; n < Count; n++) {
                sums[n] += static_cast<const volatile double*>(
                    partial)[(static_cast<long long>(channel) * blocks + b) * Count + n];
            }
        }
        for (int offset = lanes / 2; offset > 0; offset /= 2) {
            UNROLL
            for (int n = 0; n < Count; n++) {
                sums[n] += shuffle_xor(sums[n], offset);
            }
        }
        if (channel < channels && member == 0) {
            finish(channel, sums);
        }
    }
}
