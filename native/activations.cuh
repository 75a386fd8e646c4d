// The activations that are fused into what writes a layer's output; the numbers are those of Engine.Activation.
#pragma once

#include "math.cuh"

constexpr int ACTIVATION_NONE = 0;
constexpr int ACTIVATION_RELU = 1;
constexpr int ACTIVATION_SIGMOID = 2;

// Ours alone: slope·x for negative x.
constexpr int ACTIVATION_LEAKY_RELU = 3;

// A NaN stays NaN in all of them.
DEVICE float relu(float x) { return maximum(x, 0.0f); }

DEVICE float leaky_relu(float x, float slope) { return x > 0 ? x : slope * x; }

DEVICE float activated(float x, int activation, float slope) {
    if (activation == ACTIVATION_RELU) {
        return relu(x);
    }
    if (activation == ACTIVATION_SIGMOID) {
        return logistic(x);
    }
    return activation == ACTIVATION_LEAKY_RELU ? leaky_relu(x, slope) : x;
}
