// The stand-in for cuDNN 9: handles and descriptors. They need no GPU; during capture only creating handles is
// forbidden.
#include <climits>

#include "cudnn.h"

namespace standin::cudnn {

// Never destroyed, because the order of destruction at exit is unknown.
Live<Handle>& handles = *new Live<Handle>;
Live<Tensor>& tensors = *new Live<Tensor>;
Live<Filter>& filters = *new Live<Filter>;
Live<Convolution>& convolutions = *new Live<Convolution>;
Live<Activation>& activations = *new Live<Activation>;

int output_size(int input, int pad, int filter, int stride, int dilation) {
    int span = (filter - 1) * dilation + 1;
    int room = input + 2 * pad - span;
    return room < 0 ? 0 : room / stride + 1;
}

namespace {

template <typename T>
int create(Live<T>& live, void** result) {
    if (result == nullptr) {
        return kBadParam;
    }
    *result = live.add();
    return kSuccess;
}

template <typename T>
int destroy(Live<T>& live, void* descriptor) {
    return live.remove(descriptor) ? kSuccess : kBadParam;
}

int set(Extents* extents, int type, int format, int n, int c, int h, int w) {
    if (extents == nullptr || type < 0 || type > kLastDataType || n <= 0 || c <= 0 || h <= 0 || w <= 0) {
        return kBadParam;
    }
    if (format != kNchw && format != kNhwc) {
        return format == 2 ? kNotSupported : kBadParam;
    }
    if (static_cast<double>(n) * c * h * w > INT_MAX) {
        return kNotSupported;
    }
    extents->set = true;
    extents->type = type;
    extents->format = format;
    extents->n = n;
    extents->c = c;
    extents->h = h;
    extents->w = w;
    return kSuccess;
}

}  // namespace

}  // namespace standin::cudnn

using namespace standin::cudnn;

STANDIN_EXPORT std::size_t cudnnGetVersion() {
    COUNT();
    return static_cast<std::size_t>(standin::setting("cudnn_version", 90100));
}

STANDIN_EXPORT const char* cudnnGetErrorString(int status) {
    COUNT();
    switch (status) {
        case kSuccess: return "CUDNN_STATUS_SUCCESS";
        case kNotInitialized: return "CUDNN_STATUS_NOT_INITIALIZED";
        case kBadParam: return "CUDNN_STATUS_BAD_PARAM";
        case kMisalignedPointer: return "CUDNN_STATUS_BAD_PARAM_MISALIGNED_POINTER";
        case kSizeInsufficient: return "CUDNN_STATUS_BAD_PARAM_SIZE_INSUFFICIENT";
        case kNotSupported: return "CUDNN_STATUS_NOT_SUPPORTED";
        case kExecutionFailed: return "CUDNN_STATUS_EXECUTION_FAILED";
        default: return "CUDNN_UNKNOWN_STATUS";
    }
}

STANDIN_EXPORT int cudnnCreate(void** handle) {
    ENTER();
    if (standin::refuse_in_capture() != 0) {
        return kExecutionFailed;
    }
    return create(handles, handle);
}

STANDIN_EXPORT int cudnnDestroy(void* handle) {
    ENTER();
    if (standin::refuse_in_capture() != 0) {
        return kExecutionFailed;
    }
    return destroy(handles, handle);
}

STANDIN_EXPORT int cudnnSetStream(void* handle, void* stream) {
    ENTER();
    Handle* live = handles.find(handle);
    if (live == nullptr) {
        return kBadParam;
    }
    live->stream = stream;
    return kSuccess;
}

STANDIN_EXPORT int cudnnCreateTensorDescriptor(void** descriptor) {
    ENTER();
    return create(tensors, descriptor);
}

STANDIN_EXPORT int cudnnSetTensor4dDescriptor(void* descriptor, int format, int type, int n, int c, int h, int w) {
    ENTER();
    return set(tensors.find(descriptor), type, format, n, c, h, w);
}

STANDIN_EXPORT int cudnnDestroyTensorDescriptor(void* descriptor) {
    ENTER();
    return destroy(tensors, descriptor);
}

STANDIN_EXPORT int cudnnCreateFilterDescriptor(void** descriptor) {
    ENTER();
    return create(filters, descriptor);
}

STANDIN_EXPORT int cudnnSetFilter4dDescriptor(void* descriptor, int type, int format, int k, int c, int h, int w) {
    ENTER();
    return set(filters.find(descriptor), type, format, k, c, h, w);
}

STANDIN_EXPORT int cudnnDestroyFilterDescriptor(void* descriptor) {
    ENTER();
    return destroy(filters, descriptor);
}

STANDIN_EXPORT int cudnnCreateConvolutionDescriptor(void** descriptor) {
    ENTER();
    return create(convolutions, descriptor);
}

// Also resets the math type to the default: a caller who wants another must set it afterwards.
STANDIN_EXPORT int cudnnSetConvolution2dDescriptor(void* descriptor, int pad_h, int pad_w, int stride_h, int stride_w,
                                                   int dilation_h, int dilation_w, int mode, int compute_type) {
    ENTER();
    Convolution* convolution = convolutions.find(descriptor);
    if (convolution == nullptr || pad_h < 0 || pad_w < 0 || stride_h <= 0 || stride_w <= 0 || dilation_h <= 0 ||
        dilation_w <= 0 || (mode != kConvolution && mode != kCrossCorrelation)) {
        return kBadParam;
    }
    if (compute_type != kFloat && compute_type != kDouble && compute_type != kHalf) {
        return compute_type < 0 || compute_type > kLastDataType ? kBadParam : kNotSupported;
    }
    *convolution = {true, pad_h, pad_w, stride_h, stride_w, dilation_h, dilation_w, mode, compute_type, kDefaultMath};
    return kSuccess;
}

STANDIN_EXPORT int cudnnSetConvolutionMathType(void* descriptor, int math_type) {
    ENTER();
    Convolution* convolution = convolutions.find(descriptor);
    if (convolution == nullptr || math_type < kDefaultMath || math_type > kFmaMath) {
        return kBadParam;
    }
    convolution->math_type = math_type;
    return kSuccess;
}

STANDIN_EXPORT int cudnnDestroyConvolutionDescriptor(void* descriptor) {
    ENTER();
    return destroy(convolutions, descriptor);
}

STANDIN_EXPORT int cudnnGetConvolution2dForwardOutputDim(void* convolution_descriptor, void* input_descriptor,
                                                         void* filter_descriptor, int* n, int* c, int* h, int* w) {
    ENTER();
    const Convolution* convolution = convolutions.find(convolution_descriptor);
    const Tensor* input = tensors.find(input_descriptor);
    const Filter* filter = filters.find(filter_descriptor);
    if (convolution == nullptr || input == nullptr || filter == nullptr || n == nullptr || c == nullptr ||
        h == nullptr || w == nullptr || !convolution->set || !input->set || !filter->set || input->c != filter->c) {
        return kBadParam;
    }
    int height = output_size(input->h, convolution->pad_h, filter->h, convolution->stride_h, convolution->dilation_h);
    int width = output_size(input->w, convolution->pad_w, filter->w, convolution->stride_w, convolution->dilation_w);
    if (height <= 0 || width <= 0) {
        return kBadParam;
    }
    *n = input->n;
    *c = filter->n;
    *h = height;
    *w = width;
    return kSuccess;
}

STANDIN_EXPORT int cudnnCreateActivationDescriptor(void** descriptor) {
    ENTER();
    return create(activations, descriptor);
}

STANDIN_EXPORT int cudnnSetActivationDescriptor(void* descriptor, int mode, int nan_propagation, double) {
    ENTER();
    Activation* activation = activations.find(descriptor);
    if (activation == nullptr || mode < 0 || mode > kLastActivation || nan_propagation < 0 || nan_propagation > 1) {
        return kBadParam;
    }
    *activation = {true, mode, nan_propagation};
    return kSuccess;
}

STANDIN_EXPORT int cudnnDestroyActivationDescriptor(void* descriptor) {
    ENTER();
    return destroy(activations, descriptor);
}
