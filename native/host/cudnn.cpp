// The stand-in for cuDNN 9: selection and execution of convolutions. It rejects what the library rejects, and where the
// library leaves a choice it does what exposes mistakes of the caller: algorithms need different workspaces and
// overwrite them, the fastest backward algorithms are not deterministic, and every math type except FMA rounds its
// operands.
#include "cudnn.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <thread>

namespace standin::cudnn {

namespace {

// cudnnConvolution…AlgoPerf_t, the same for the three directions.
struct Performance {
    int algorithm;
    int status;
    float time;
    std::size_t memory;
    int determinism;
    int math_type;
    int reserved[3];
};
static_assert(sizeof(Performance) == 48);

enum class Direction { Forward, BackwardData, BackwardFilter };

constexpr int kImplicitPrecomputedGemm = 1;

constexpr int kAlgorithms[] = {8, 6, 7};

int algorithm_count(Direction direction) { return kAlgorithms[static_cast<int>(direction)]; }

// Algorithms 0 and 1 exist here. 0 needs no workspace, and is not deterministic in the backward directions.
bool is_supported(int algorithm) { return algorithm == 0 || algorithm == 1; }

bool is_deterministic(Direction direction, int algorithm) {
    return direction == Direction::Forward || (algorithm == 1 && setting("deterministic_gradients", 1) != 0);
}

std::size_t workspace_bytes(const Plan& plan, Direction direction, int algorithm) {
    if (algorithm == 0) {
        return 0;
    }
    std::size_t window = static_cast<std::size_t>(plan.w.h) * plan.w.w * 4;
    std::size_t bytes = 4096 + window * (direction == Direction::Forward ? plan.w.c : plan.w.n);
    if (direction == Direction::BackwardFilter) {
        bytes += plan.w.bytes();
    }
    return (bytes + 255) / 256 * 256 + static_cast<std::size_t>(setting("more_workspace", 0));
}

// Copies the values of the descriptors if together they describe a supported convolution.
int make_plan(void* handle, void* x, void* w, void* convolution, void* y, Plan* plan) {
    const Tensor* input = tensors.find(x);
    const Tensor* output = tensors.find(y);
    const Filter* filter = filters.find(w);
    const Convolution* setting = convolutions.find(convolution);
    if (handles.find(handle) == nullptr || input == nullptr || output == nullptr || filter == nullptr ||
        setting == nullptr || !input->set || !output->set || !filter->set || !setting->set) {
        return kBadParam;
    }
    int height = output_size(input->h, setting->pad_h, filter->h, setting->stride_h, setting->dilation_h);
    int width = output_size(input->w, setting->pad_w, filter->w, setting->stride_w, setting->dilation_w);
    if (input->c != filter->c || output->n != input->n || output->c != filter->n || height <= 0 || width <= 0 ||
        output->h != height || output->w != width) {
        return kBadParam;
    }
    bool one_type = input->type == filter->type && input->type == output->type;
    bool one_format = input->format == filter->format && input->format == output->format;
    if (!one_type || !one_format || (input->type != kFloat && input->type != kHalf) ||
        setting->compute_type != kFloat) {
        return kNotSupported;
    }
    plan->x = *input;
    plan->w = *filter;
    plan->y = *output;
    plan->convolution = *setting;
    return kSuccess;
}

int check_memory(const void* p, const Extents& extents, std::size_t bytes) {
    if (p == nullptr) {
        return kBadParam;
    }
    if (reinterpret_cast<std::uintptr_t>(p) % (extents.type == kHalf ? 2 : 4) != 0) {
        return kMisalignedPointer;
    }
    return is_device_memory(p, bytes) ? kSuccess : kBadParam;
}

int check_memory(const void* p, const Extents& extents) { return check_memory(p, extents, extents.bytes()); }

// The list as the heuristic of the real library returns it: the fastest first, unsupported ones last.
int list_algorithms(Direction direction, int status, const Plan& plan, int requested, int* returned,
                    Performance* results) {
    if (status != kSuccess) {
        return status;
    }
    if (requested < 1 || returned == nullptr || results == nullptr) {
        return kBadParam;
    }
    *returned = std::min(requested, algorithm_count(direction));
    for (int i = 0; i < *returned; i++) {
        int algorithm = i;
        if (direction == Direction::Forward && i < 2) {
            algorithm = 1 - i;
        }
        bool supported = is_supported(algorithm);
        results[i] = {algorithm, supported ? kSuccess : kNotSupported, -1.0f,
                      supported ? workspace_bytes(plan, direction, algorithm) : 0,
                      is_deterministic(direction, algorithm), plan.convolution.math_type, {}};
    }
    return kSuccess;
}

int workspace_size(Direction direction, int status, const Plan& plan, int algorithm, std::size_t* bytes) {
    if (status != kSuccess) {
        return status;
    }
    if (bytes == nullptr || algorithm < 0 || algorithm >= algorithm_count(direction)) {
        return kBadParam;
    }
    if (!is_supported(algorithm)) {
        return kNotSupported;
    }
    *bytes = workspace_bytes(plan, direction, algorithm);
    return kSuccess;
}

struct Operand {
    const void* p;
    const Extents& extents;

    Range range() const { return {p, extents.bytes()}; }
};

// The checks common to the three directions; returns the bytes of workspace that the run overwrites.
int check_run(Direction direction, Plan* plan, int algorithm, const void* workspace, std::size_t given,
              const void* alpha, const void* beta, const Operand (&operands)[2], const Operand& result,
              std::size_t* spoiled) {
    int status = workspace_size(direction, kSuccess, *plan, algorithm, spoiled);
    if (status != kSuccess) {
        return status;
    }
    if (alpha == nullptr || beta == nullptr) {
        return kBadParam;
    }
    status = check_memory(result.p, result.extents);
    for (const Operand& operand : operands) {
        status = status == kSuccess ? check_memory(operand.p, operand.extents) : status;
    }
    if (status != kSuccess) {
        return status;
    }
    if (given < *spoiled) {
        return kSizeInsufficient;
    }
    if (*spoiled > 0 && (workspace == nullptr || !is_device_memory(workspace, given))) {
        return kBadParam;
    }
    Range scratch{workspace, *spoiled};
    for (const Operand& operand : operands) {
        if (overlap(operand.range(), result.range()) || overlap(operand.range(), scratch)) {
            return kBadParam;
        }
    }
    if (overlap(result.range(), scratch)) {
        return kBadParam;
    }
    plan->alpha = *static_cast<const float*>(alpha);
    plan->beta = *static_cast<const float*>(beta);
    plan->deterministic = is_deterministic(direction, algorithm);
    plan->is_slow = algorithm == setting("slow_algorithm", -1);
    return kSuccess;
}

// Enqueues a convolution; its workspace contains NaN before and after it runs.
template <typename Work>
int submit(void* handle, const char* what, const Plan& plan, Range workspace, const void* x, const void* w,
           const void* y, Work work) {
    auto spoil_and_work = [=] {
        if (plan.is_slow) {
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
        }
        spoil(workspace);
        work();
    };
    int status = enqueue_on(handles.find(handle)->stream, what,
                            {{x, plan.x.bytes()}, {w, plan.w.bytes()}, {y, plan.y.bytes()}, workspace},
                            spoil_and_work);
    return status == 0 ? kSuccess : kExecutionFailed;
}

int check_epilogue(const Plan& plan, int algorithm, const float* z_scale, const Tensor* z_tensor, const void* z,
                   const Tensor* bias_tensor, const void* bias, const Activation* activation) {
    if (z_scale == nullptr || z_tensor == nullptr || bias_tensor == nullptr || activation == nullptr ||
        !z_tensor->set || !bias_tensor->set || !activation->set) {
        return kBadParam;
    }
    const Extents& y = plan.y;
    if (z_tensor->n != y.n || z_tensor->c != y.c || z_tensor->h != y.h || z_tensor->w != y.w ||
        z_tensor->type != y.type || z_tensor->format != y.format || bias_tensor->n != 1 || bias_tensor->c != y.c ||
        bias_tensor->h != 1 || bias_tensor->w != 1) {
        return kBadParam;
    }
    if (setting("fuses", 1) == 0 || bias_tensor->type != y.type || (activation->mode != kRelu && activation->mode != kIdentity) ||
        activation->nan_propagation != 0 ||
        (activation->mode == kIdentity && algorithm != kImplicitPrecomputedGemm)) {
        return kNotSupported;
    }
    int status = check_memory(bias, *bias_tensor);
    return status == kSuccess ? check_memory(z, *z_tensor) : status;
}

}  // namespace

}  // namespace standin::cudnn

using namespace standin::cudnn;

STANDIN_EXPORT int cudnnGetConvolutionForwardAlgorithm_v7(void* handle, void* x, void* w, void* convolution, void* y,
                                                          int requested, int* returned, Performance* results) {
    ENTER();
    Plan plan;
    int status = make_plan(handle, x, w, convolution, y, &plan);
    return list_algorithms(Direction::Forward, status, plan, requested, returned, results);
}

STANDIN_EXPORT int cudnnGetConvolutionForwardWorkspaceSize(void* handle, void* x, void* w, void* convolution, void* y,
                                                           int algorithm, std::size_t* bytes) {
    ENTER();
    Plan plan;
    int status = make_plan(handle, x, w, convolution, y, &plan);
    return workspace_size(Direction::Forward, status, plan, algorithm, bytes);
}

STANDIN_EXPORT int cudnnConvolutionForward(void* handle, const void* alpha, void* x_descriptor, const void* x,
                                           void* w_descriptor, const void* w, void* convolution, int algorithm,
                                           void* workspace, std::size_t workspace_bytes, const void* beta,
                                           void* y_descriptor, void* y) {
    ENTER();
    Plan plan;
    std::size_t spoiled = 0;
    int status = make_plan(handle, x_descriptor, w_descriptor, convolution, y_descriptor, &plan);
    if (status == kSuccess) {
        status = check_run(Direction::Forward, &plan, algorithm, workspace, workspace_bytes, alpha, beta,
                           {{x, plan.x}, {w, plan.w}}, {y, plan.y}, &spoiled);
    }
    if (status != kSuccess) {
        return status;
    }
    return submit(handle, __func__, plan, {workspace, spoiled}, x, w, y,
                  [=] { run_forward(plan, x, w, y, Epilogue{}); });
}

STANDIN_EXPORT int cudnnConvolutionBiasActivationForward(
    void* handle, const void* alpha, void* x_descriptor, const void* x, void* w_descriptor, const void* w,
    void* convolution, int algorithm, void* workspace, std::size_t workspace_bytes, const void* z_alpha,
    void* z_descriptor, const void* z, void* bias_descriptor, const void* bias, void* activation_descriptor,
    void* y_descriptor, void* y) {
    ENTER();
    static const float zero = 0;
    Plan plan;
    std::size_t spoiled = 0;
    auto z_scale = static_cast<const float*>(z_alpha);
    const Activation* activation = activations.find(activation_descriptor);
    int status = make_plan(handle, x_descriptor, w_descriptor, convolution, y_descriptor, &plan);
    if (status == kSuccess) {
        status = check_epilogue(plan, algorithm, z_scale, tensors.find(z_descriptor), z,
                                tensors.find(bias_descriptor), bias, activation);
    }
    if (status == kSuccess) {
        status = check_run(Direction::Forward, &plan, algorithm, workspace, workspace_bytes, alpha, &zero,
                           {{x, plan.x}, {w, plan.w}}, {y, plan.y}, &spoiled);
    }
    if (status != kSuccess) {
        return status;
    }
    Epilogue epilogue{*z_scale, z, bias, activation->mode == kRelu};
    return submit(handle, __func__, plan, {workspace, spoiled}, x, w, y,
                  [=] { run_forward(plan, x, w, y, epilogue); });
}

STANDIN_EXPORT int cudnnGetConvolutionBackwardDataAlgorithm_v7(void* handle, void* w, void* dy, void* convolution,
                                                               void* dx, int requested, int* returned,
                                                               Performance* results) {
    ENTER();
    Plan plan;
    int status = make_plan(handle, dx, w, convolution, dy, &plan);
    return list_algorithms(Direction::BackwardData, status, plan, requested, returned, results);
}

STANDIN_EXPORT int cudnnGetConvolutionBackwardDataWorkspaceSize(void* handle, void* w, void* dy, void* convolution,
                                                                void* dx, int algorithm, std::size_t* bytes) {
    ENTER();
    Plan plan;
    int status = make_plan(handle, dx, w, convolution, dy, &plan);
    return workspace_size(Direction::BackwardData, status, plan, algorithm, bytes);
}

STANDIN_EXPORT int cudnnConvolutionBackwardData(void* handle, const void* alpha, void* w_descriptor, const void* w,
                                                void* dy_descriptor, const void* dy, void* convolution, int algorithm,
                                                void* workspace, std::size_t workspace_bytes, const void* beta,
                                                void* dx_descriptor, void* dx) {
    ENTER();
    Plan plan;
    std::size_t spoiled = 0;
    int status = make_plan(handle, dx_descriptor, w_descriptor, convolution, dy_descriptor, &plan);
    if (status == kSuccess) {
        status = check_run(Direction::BackwardData, &plan, algorithm, workspace, workspace_bytes, alpha, beta,
                           {{w, plan.w}, {dy, plan.y}}, {dx, plan.x}, &spoiled);
    }
    if (status != kSuccess) {
        return status;
    }
    return submit(handle, __func__, plan, {workspace, spoiled}, dx, w, dy,
                  [=] { run_backward_data(plan, w, dy, dx); });
}

STANDIN_EXPORT int cudnnGetConvolutionBackwardFilterAlgorithm_v7(void* handle, void* x, void* dy, void* convolution,
                                                                 void* dw, int requested, int* returned,
                                                                 Performance* results) {
    ENTER();
    Plan plan;
    int status = make_plan(handle, x, dw, convolution, dy, &plan);
    return list_algorithms(Direction::BackwardFilter, status, plan, requested, returned, results);
}

STANDIN_EXPORT int cudnnGetConvolutionBackwardFilterWorkspaceSize(void* handle, void* x, void* dy, void* convolution,
                                                                  void* dw, int algorithm, std::size_t* bytes) {
    ENTER();
    Plan plan;
    int status = make_plan(handle, x, dw, convolution, dy, &plan);
    return workspace_size(Direction::BackwardFilter, status, plan, algorithm, bytes);
}

STANDIN_EXPORT int cudnnConvolutionBackwardFilter(void* handle, const void* alpha, void* x_descriptor, const void* x,
                                                  void* dy_descriptor, const void* dy, void* convolution,
                                                  int algorithm, void* workspace, std::size_t workspace_bytes,
                                                  const void* beta, void* dw_descriptor, void* dw) {
    ENTER();
    Plan plan;
    std::size_t spoiled = 0;
    int status = make_plan(handle, x_descriptor, dw_descriptor, convolution, dy_descriptor, &plan);
    if (status == kSuccess) {
        status = check_run(Direction::BackwardFilter, &plan, algorithm, workspace, workspace_bytes, alpha, beta,
                           {{x, plan.x}, {dy, plan.y}}, {dw, plan.w}, &spoiled);
    }
    if (status != kSuccess) {
        return status;
    }
    return submit(handle, __func__, plan, {workspace, spoiled}, x, dw, dy,
                  [=] { run_backward_filter(plan, x, dy, dw); });
}
