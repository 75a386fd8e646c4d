// Shared by the parts of the stand-in for cuDNN: the objects behind its handles, and a convolution as it is run.
#pragma once

#include <cstddef>

#include "live.h"
#include "standin.h"

namespace standin::cudnn {

enum Status {
    kSuccess = 0,
    kNotInitialized = 1001,
    kBadParam = 2000,
    kMisalignedPointer = 2003,
    kSizeInsufficient = 2006,
    kNotSupported = 3000,
    kExecutionFailed = 5000,
};

enum DataType { kFloat = 0, kDouble = 1, kHalf = 2, kLastDataType = 19 };
enum Format { kNchw = 0, kNhwc = 1 };
enum ConvolutionMode { kConvolution = 0, kCrossCorrelation = 1 };
enum MathType { kDefaultMath = 0, kTensorOpMath = 1, kAllowConversion = 2, kFmaMath = 3 };
enum ActivationMode { kRelu = 1, kIdentity = 5, kLastActivation = 6 };

struct Handle {
    void* stream = nullptr;
};

// The n×c×h×w values of a tensor, or the k×c×r×s of a filter.
struct Extents {
    bool set = false;
    int type = kFloat;
    int format = kNchw;
    int n = 0, c = 0, h = 0, w = 0;

    std::size_t count() const { return static_cast<std::size_t>(n) * c * h * w; }
    std::size_t bytes() const { return count() * (type == kHalf ? 2 : 4); }
};

struct Tensor : Extents {};
struct Filter : Extents {};

struct Convolution {
    bool set = false;
    int pad_h = 0, pad_w = 0, stride_h = 1, stride_w = 1, dilation_h = 1, dilation_w = 1;
    int mode = kCrossCorrelation;
    int compute_type = kFloat;
    int math_type = kDefaultMath;
};

struct Activation {
    bool set = false;
    int mode = kRelu;
    int nan_propagation = 0;
};

extern Live<Handle>& handles;
extern Live<Tensor>& tensors;
extern Live<Filter>& filters;
extern Live<Convolution>& convolutions;
extern Live<Activation>& activations;

// The height or width of the result of a convolution; zero or less if the filter does not fit.
int output_size(int input, int pad, int filter, int stride, int dilation);

// A convolution with copies of the values of its descriptors, as it is enqueued. Which of the three pointers is the
// result depends on the direction.
struct Plan {
    Extents x, w, y;
    Convolution convolution;
    double alpha = 1, beta = 0;
    bool deterministic = true;
    bool is_slow = false;
};

// The operations after a convolution: result = act(alpha·conv + z_scale·z + bias).
struct Epilogue {
    double z_scale = 0;
    const void* z = nullptr;
    const void* bias = nullptr;
    bool relu = false;
};

// Each reads and writes device memory, and rounds operands according to the math type.
void run_forward(const Plan& plan, const void* x, const void* w, void* y, const Epilogue& epilogue);
void run_backward_data(const Plan& plan, const void* w, const void* dy, void* dx);
void run_backward_filter(const Plan& plan, const void* x, const void* dy, void* dw);

}  // namespace standin::cudnn
