// The stand-in for cuFFT: batched transforms of up to three dimensions, single precision, unnormalised. Every
// run overwrites its work area, and an out-of-place transform to real values overwrites its input, as the library may.
#include <cstdint>
#include <map>

#include "cufft.h"
#include "live.h"

namespace standin::cufft {

namespace {

enum Result {
    kSuccess = 0,
    kInvalidPlan = 1,
    kAllocationFailed = 2,
    kInvalidType = 3,
    kInvalidValue = 4,
    kExecutionFailed = 6,
    kInvalidSize = 8,
    kUnalignedData = 9,
};

constexpr std::size_t kComplexBytes = 8;

// Never destroyed, because the order of destruction at exit is unknown.
std::map<int, Plan>& plans = *new std::map<int, Plan>;
int last_plan = 0;

Plan* find(int plan) {
    auto found = plans.find(plan);
    return found == plans.end() ? nullptr : &found->second;
}

// Rejects invalid plans and pointers; all pointers must be multiples of 8, those to real values too.
int check(const Plan* plan, int type, Range input, Range output) {
    if (plan == nullptr || !plan->made) {
        return kInvalidPlan;
    }
    if (plan->type != type) {
        return kInvalidType;
    }
    if (!plan->allocates && plan->work_area == nullptr) {
        return kExecutionFailed;
    }
    for (const Range& side : {input, output}) {
        if (side.p == nullptr) {
            return kInvalidValue;
        }
        if (reinterpret_cast<std::uintptr_t>(side.p) % kComplexBytes != 0) {
            return kUnalignedData;
        }
        if (!is_device_memory(side.p, side.bytes)) {
            return kInvalidValue;
        }
    }
    Range work{plan->work_area, plan->work_area == nullptr ? 0 : plan->work_bytes};
    bool mixes = input.p != output.p && overlap(input, output);
    return mixes || overlap(work, input) || overlap(work, output) ? kInvalidValue : kSuccess;
}

template <typename Work>
int submit(const Plan& plan, const char* what, Range input, Range output, Work work) {
    Range area{plan.work_area, plan.work_area == nullptr ? 0 : plan.work_bytes};
    auto spoil_and_work = [=] {
        spoil(area);
        work();
    };
    int status = enqueue_on(plan.stream, what, {input, output, area}, spoil_and_work);
    return status == 0 ? kSuccess : kExecutionFailed;
}

Layout read_layout(const int* embed, int rank, int stride, int distance) {
    Layout layout;
    if (embed == nullptr) {
        return layout;
    }
    layout.given = true;
    for (int i = 0; i < kMostDimensions; i++) {
        int from = i - (kMostDimensions - rank);
        layout.embed[i] = from < 0 ? 1 : embed[from];
    }
    layout.stride = stride;
    layout.distance = distance;
    return layout;
}

// The first of the given sizes is not used; the others are at least their dimension.
bool holds(const Layout& layout, const int* size, int last) {
    return !layout.given || (layout.embed[1] >= size[1] && layout.embed[2] >= last && layout.stride >= 1 &&
                             layout.distance >= 0);
}

}  // namespace

}  // namespace standin::cufft

using namespace standin::cufft;

STANDIN_EXPORT int cufftGetVersion(int* version) {
    ENTER();
    if (version == nullptr) {
        return kInvalidValue;
    }
    *version = static_cast<int>(standin::setting("cufft_version", 12000));
    return kSuccess;
}

STANDIN_EXPORT int cufftCreate(int* plan) {
    ENTER();
    if (plan == nullptr) {
        return kInvalidValue;
    }
    *plan = ++last_plan;
    plans[*plan];
    return kSuccess;
}

STANDIN_EXPORT int cufftDestroy(int plan) {
    ENTER();
    if (find(plan) != nullptr && standin::refuse_in_capture() != 0) {
        return kExecutionFailed;
    }
    return plans.erase(plan) == 1 ? kSuccess : kInvalidPlan;
}

STANDIN_EXPORT int cufftSetStream(int plan, void* stream) {
    ENTER();
    Plan* live = find(plan);
    if (live == nullptr) {
        return kInvalidPlan;
    }
    live->stream = stream;
    return kSuccess;
}

STANDIN_EXPORT int cufftSetAutoAllocation(int plan, int allocates) {
    ENTER();
    Plan* live = find(plan);
    if (live == nullptr || live->made) {
        return kInvalidPlan;
    }
    if (allocates != 0 && allocates != 1) {
        return kInvalidValue;
    }
    live->allocates = allocates == 1;
    return kSuccess;
}

STANDIN_EXPORT int cufftMakePlanMany(int plan, int rank, const int* n, const int* input_embed, int input_stride,
                                     int input_distance, const int* output_embed, int output_stride,
                                     int output_distance, int type, int batch, std::size_t* work_bytes) {
    ENTER();
    Plan* live = find(plan);
    if (live == nullptr || live->made) {
        return kInvalidPlan;
    }
    if (type != kComplexToComplex && type != kRealToComplex && type != kComplexToReal) {
        return kInvalidType;
    }
    if (rank < 1 || rank > kMostDimensions || n == nullptr || work_bytes == nullptr) {
        return kInvalidValue;
    }
    if (standin::refuse_in_capture() != 0) {
        return kAllocationFailed;
    }
    Plan made = *live;
    for (int i = 0; i < rank; i++) {
        made.size[kMostDimensions - rank + i] = n[i];
    }
    if (batch < 1 || made.size[0] < 1 || made.size[1] < 1 || made.size[2] < 1) {
        return kInvalidSize;
    }
    made.type = type;
    made.batch = batch;
    made.input = read_layout(input_embed, rank, input_stride, input_distance);
    made.output = read_layout(output_embed, rank, output_stride, output_distance);
    int last_in = type == kComplexToReal ? made.half() : made.size[2];
    int last_out = type == kRealToComplex ? made.half() : made.size[2];
    if (!holds(made.input, made.size, last_in) || !holds(made.output, made.size, last_out)) {
        return kInvalidValue;
    }
    std::size_t values = static_cast<std::size_t>(batch) * made.size[0] * made.size[1] * made.half();
    made.work_bytes = (values * kComplexBytes + 511) / 512 * 512;
    made.made = true;
    *live = made;
    *work_bytes = made.work_bytes;
    return kSuccess;
}

STANDIN_EXPORT int cufftSetWorkArea(int plan, void* area) {
    ENTER();
    Plan* live = find(plan);
    if (live == nullptr || !live->made) {
        return kInvalidPlan;
    }
    if (area == nullptr || !standin::is_device_memory(area, live->work_bytes)) {
        return kInvalidValue;
    }
    if (reinterpret_cast<std::uintptr_t>(area) % kComplexBytes != 0) {
        return kUnalignedData;
    }
    live->work_area = area;
    return kSuccess;
}

STANDIN_EXPORT int cufftExecR2C(int plan, float* input, void* output) {
    ENTER();
    const Plan* live = find(plan);
    Sides both = live == nullptr || !live->made ? Sides{} : sides(*live, input == output);
    standin::Range from{input, both.input_count * sizeof(float)};
    standin::Range to{output, both.output_count * kComplexBytes};
    int result = check(live, kRealToComplex, from, to);
    if (result != kSuccess) {
        return result;
    }
    auto complex = static_cast<Single*>(output);
    return submit(*live, __func__, from, to,
                  [=, made = *live] { run_real_to_complex(made, both, input, complex); });
}

STANDIN_EXPORT int cufftExecC2R(int plan, void* input, float* output) {
    ENTER();
    const Plan* live = find(plan);
    Sides both = live == nullptr || !live->made ? Sides{} : sides(*live, input == output);
    standin::Range from{input, both.input_count * kComplexBytes};
    standin::Range to{output, both.output_count * sizeof(float)};
    int result = check(live, kComplexToReal, from, to);
    if (result != kSuccess) {
        return result;
    }
    auto complex = static_cast<Single*>(input);
    return submit(*live, __func__, from, to, [=, made = *live] {
        run_complex_to_real(made, both, complex, output);
        if (static_cast<const void*>(complex) != output) {
            spoil(from);
        }
    });
}

STANDIN_EXPORT int cufftExecC2C(int plan, void* input, void* output, int direction) {
    ENTER();
    const Plan* live = find(plan);
    Sides both = live == nullptr || !live->made ? Sides{} : sides(*live, input == output);
    standin::Range from{input, both.input_count * kComplexBytes};
    standin::Range to{output, both.output_count * kComplexBytes};
    int result = check(live, kComplexToComplex, from, to);
    if (result == kSuccess && direction != -1 && direction != 1) {
        result = kInvalidValue;
    }
    if (result != kSuccess) {
        return result;
    }
    auto left = static_cast<const Single*>(input);
    auto right = static_cast<Single*>(output);
    return submit(*live, __func__, from, to,
                  [=, made = *live] { run_complex(made, both, left, right, direction); });
}
