// The sizes of an array (N, C, H, W) for ops on its channels.
#pragma once

#include "divisor.cuh"

struct ChannelLayout {
    int images;
    Divisor channels;
    Divisor plane_size;

    DEVICE int channel_count() const { return static_cast<int>(channels.value); }
    DEVICE int plane_length() const { return static_cast<int>(plane_size.value); }
    DEVICE unsigned count() const { return static_cast<unsigned>(images) * channels.value * plane_size.value; }
};
