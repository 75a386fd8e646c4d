// The activations that are fused into what writes a layer's output; the numbers are those of Engine.Activation.
#pragma once

#include "math.cuh"

constexpr int ACTIVATION_NONE = 0;
constexpr int ACTIVATION_RELU = 1;
constexpr int ACTIVATION_SIGMOID = 2;

// A NaN stays NaN in all of them.
DEVICE float relu(float x) { return maximum(x, 0.0f); }

DEVICE float activated(float x, int activation) {
    if (activation == ACTIVATION_RELU) {
        return relu(x);
    }
    return activation == ACTIVATION_SIGMOID ? logistic(x) : x;
}
