// The stand-in's devices and their contexts, names of errors, and the look-up of functions by name.
#include "driver.h"

#include <dlfcn.h>

#include <algorithm>
#include <cstdio>
#include <cstring>

namespace standin {

namespace {

bool is_initialized = false;
std::map<int, std::unique_ptr<Context>>& contexts = *new std::map<int, std::unique_ptr<Context>>;
thread_local Context* current_context = nullptr;
std::string& last_fault = *new std::string;

struct Error {
    int status;
    const char* name;
    const char* text;
};

constexpr Error kErrors[] = {
    {Success, "CUDA_SUCCESS", "no error"},
    {InvalidValue, "CUDA_ERROR_INVALID_VALUE", "invalid argument"},
    {OutOfMemory, "CUDA_ERROR_OUT_OF_MEMORY", "out of memory"},
    {NotInitialized, "CUDA_ERROR_NOT_INITIALIZED", "initialization error"},
    {NoDevice, "CUDA_ERROR_NO_DEVICE", "no CUDA-capable device is detected"},
    {InvalidDevice, "CUDA_ERROR_INVALID_DEVICE", "invalid device ordinal"},
    {InvalidImage, "CUDA_ERROR_INVALID_IMAGE", "device kernel image is invalid"},
    {InvalidContext, "CUDA_ERROR_INVALID_CONTEXT", "invalid device context"},
    {NoBinaryForGpu, "CUDA_ERROR_NO_BINARY_FOR_GPU", "no kernel image is available for execution on the device"},
    {InvalidPtx, "CUDA_ERROR_INVALID_PTX", "a PTX JIT compilation failed"},
    {UnsupportedPtxVersion, "CUDA_ERROR_UNSUPPORTED_PTX_VERSION",
     "the provided PTX was compiled with an unsupported toolchain."},
    {InvalidHandle, "CUDA_ERROR_INVALID_HANDLE", "invalid resource handle"},
    {IllegalState, "CUDA_ERROR_ILLEGAL_STATE",
     "the operation cannot be performed in the present state"},
    {NotFound, "CUDA_ERROR_NOT_FOUND", "named symbol not found"},
    {NotReady, "CUDA_ERROR_NOT_READY", "device not ready"},
    {IllegalAddress, "CUDA_ERROR_ILLEGAL_ADDRESS", "an illegal memory access was encountered"},
    {LaunchOutOfResources, "CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES", "too many resources requested for launch"},
    {LaunchTimeout, "CUDA_ERROR_LAUNCH_TIMEOUT", "the launch timed out and was terminated"},
    {MisalignedAddress, "CUDA_ERROR_MISALIGNED_ADDRESS", "misaligned address"},
    {LaunchFailed, "CUDA_ERROR_LAUNCH_FAILED", "unspecified launch failure"},
    {CooperativeLaunchTooLarge, "CUDA_ERROR_COOPERATIVE_LAUNCH_TOO_LARGE", "too many blocks in cooperative launch"},
    {NotSupported, "CUDA_ERROR_NOT_SUPPORTED", "operation not supported"},
    {CaptureUnsupported, "CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED", "operation not permitted when stream is capturing"},
    {CaptureInvalidated, "CUDA_ERROR_STREAM_CAPTURE_INVALIDATED",
     "operation failed due to a previous error during capture"},
    {CaptureIsolation, "CUDA_ERROR_STREAM_CAPTURE_ISOLATION",
     "dependency created on uncaptured work in another stream"},
    {CaptureImplicit, "CUDA_ERROR_STREAM_CAPTURE_IMPLICIT",
     "operation would make the legacy stream depend on a capturing blocking stream"},
    {CapturedEvent, "CUDA_ERROR_CAPTURED_EVENT",
     "operation not permitted on an event last recorded in a capturing stream"},
    {CaptureWrongThread, "CUDA_ERROR_STREAM_CAPTURE_WRONG_THREAD",
     "attempt to terminate a thread-local capture sequence from another thread"},
    {GraphExecUpdateFailure, "CUDA_ERROR_GRAPH_EXEC_UPDATE_FAILURE",
     "the graph update was not performed because it included changes which violated constraints specific to "
     "instantiated graph update"},
};

const Error* find_error(int status) {
    for (const Error& error : kErrors) {
        if (error.status == status) {
            return &error;
        }
    }
    return nullptr;
}

int device_count() { return static_cast<int>(setting("devices", 1)); }

bool is_device(int device) { return device >= 0 && device < device_count(); }

int attribute(int which) {
    int capability = static_cast<int>(setting("compute_capability", 80));
    switch (which) {
        case 1:  // threads per block
        case 2:
        case 3:
            return kMostThreads;
        case 4:
            return 64;
        case 5:  // blocks per grid
            return 0x7fffffff;
        case 6:
        case 7:
            return 65535;
        case 8:
            return kSharedBytes;
        case 9:  // constant memory
            return 65536;
        case 10:
            return 32;
        case 12:  // registers per block
        case 82:  // and per multiprocessor
            return 65536;
        case 13:  // kHz
            return 1'410'000;
        case 15:  // overlap, concurrent kernels, unified addresses, managed memory
        case 31:
        case 41:
        case 83:
            return 1;
        case 16:
            return multiprocessors();
        case 36:  // memory clock in kHz, bus width in bits, L2 cache size in bytes
            return 1'215'000;
        case 37:
            return 5120;
        case 38:
            return static_cast<int>(setting("l2_bytes", 4 << 20));
        case 39:
            return 2048;
        case 40:
            return 1;
        case 75:
            return capability / 10;
        case 76:
            return capability % 10;
        case 81:
            return kMostSharedBytes + 1024;
        case 95:
            return static_cast<int>(setting("cooperative_launch", 1));
        case 97:
            return kMostSharedBytes;
        case 106:
            return 32;
        case 111:
            return 1024;
        case 115:
            return static_cast<int>(setting("memory_pools", 1));
        default:
            return 0;
    }
}

}  // namespace

int multiprocessors() { return static_cast<int>(setting("multiprocessors", 4)); }

Context* current() {
    return current_context != nullptr && current_context->retained > 0 ? current_context : nullptr;
}

int ready() {
    if (!is_initialized) {
        return NotInitialized;
    }
    Context* context = current();
    return context == nullptr ? static_cast<int>(InvalidContext) : context->error;
}

void fault(int status, const char* message) {
    std::fprintf(stderr, "stand-in: %s\n", message);
    last_fault = message;
    Context* context = current();
    if (context != nullptr && context->error == 0) {
        context->error = status;
    }
}

long long live_handles() {
    std::size_t count = 0;
    for (const auto& [device, context] : contexts) {
        count += context->streams.size() + context->events.size() + context->modules.size() + context->graphs.size() +
                 context->executables.size();
    }
    return static_cast<long long>(count);
}

}  // namespace standin

using namespace standin;

STANDIN_EXPORT int cuInit(unsigned flags) {
    ENTER();
    if (flags != 0) {
        return InvalidValue;
    }
    if (device_count() == 0) {
        return NoDevice;
    }
    is_initialized = true;
    return Success;
}

STANDIN_EXPORT int cuDriverGetVersion(int* version) {
    ENTER();
    if (version == nullptr) {
        return InvalidValue;
    }
    *version = static_cast<int>(setting("driver_version", 12040));
    return Success;
}

STANDIN_EXPORT int cuGetErrorName(int status, const char** text) {
    ENTER();
    const Error* error = find_error(status);
    if (text == nullptr) {
        return InvalidValue;
    }
    *text = error != nullptr ? error->name : nullptr;
    return error != nullptr ? Success : InvalidValue;
}

STANDIN_EXPORT int cuGetErrorString(int status, const char** text) {
    ENTER();
    const Error* error = find_error(status);
    if (text == nullptr) {
        return InvalidValue;
    }
    *text = error != nullptr ? error->text : nullptr;
    return error != nullptr ? Success : InvalidValue;
}

STANDIN_EXPORT int cuDeviceGetCount(int* count) {
    ENTER();
    if (!is_initialized) {
        return NotInitialized;
    }
    if (count == nullptr) {
        return InvalidValue;
    }
    *count = device_count();
    return Success;
}

STANDIN_EXPORT int cuDeviceGet(int* device, int ordinal) {
    ENTER();
    if (!is_initialized) {
        return NotInitialized;
    }
    if (device == nullptr) {
        return InvalidValue;
    }
    if (!is_device(ordinal)) {
        return InvalidDevice;
    }
    *device = ordinal;
    return Success;
}

STANDIN_EXPORT int cuDeviceGetName(char* name, int length, int device) {
    ENTER();
    if (!is_initialized) {
        return NotInitialized;
    }
    if (name == nullptr || length < 1) {
        return InvalidValue;
    }
    if (!is_device(device)) {
        return InvalidDevice;
    }
    std::snprintf(name, static_cast<std::size_t>(length), "stand-in on the CPU");
    return Success;
}

STANDIN_EXPORT int cuDeviceGetAttribute(int* value, int which, int device) {
    ENTER();
    if (!is_initialized) {
        return NotInitialized;
    }
    if (value == nullptr || which < 1 || which >= 148) {
        return InvalidValue;
    }
    if (!is_device(device)) {
        return InvalidDevice;
    }
    *value = attribute(which);
    return Success;
}

STANDIN_EXPORT int cuDeviceTotalMem_v2(std::size_t* bytes, int device) {
    ENTER();
    if (!is_initialized) {
        return NotInitialized;
    }
    if (bytes == nullptr) {
        return InvalidValue;
    }
    if (!is_device(device)) {
        return InvalidDevice;
    }
    *bytes = static_cast<std::size_t>(setting("total_memory", 2LL << 30));
    return Success;
}

STANDIN_EXPORT int cuDevicePrimaryCtxRetain(void** context, int device) {
    ENTER();
    if (!is_initialized) {
        return NotInitialized;
    }
    if (context == nullptr) {
        return InvalidValue;
    }
    if (!is_device(device)) {
        return InvalidDevice;
    }
    std::unique_ptr<Context>& own = contexts[device];
    if (!own) {
        own = std::make_unique<Context>();
        own->device = device;
    }
    own->retained++;
    *context = own.get();
    return Success;
}

// The last release destroys the context with all that it owns, and clears a sticky error.
STANDIN_EXPORT int cuDevicePrimaryCtxRelease_v2(int device) {
    ENTER();
    if (!is_initialized) {
        return NotInitialized;
    }
    if (!is_device(device)) {
        return InvalidDevice;
    }
    auto found = contexts.find(device);
    if (found == contexts.end() || found->second->retained == 0) {
        return InvalidContext;
    }
    Context& context = *found->second;
    if (context.retained == 1) {
        Context* before = current_context;
        current_context = &context;
        drain_all();
        release_memory(context, context.error == 0);
        current_context = before;
        context.streams.clear();
        context.events.clear();
        context.modules.clear();
        context.functions.clear();
        context.graphs.clear();
        context.executables.clear();
        context.error = 0;
    }
    context.retained--;
    return Success;
}

STANDIN_EXPORT int cuCtxSetCurrent(void* context) {
    ENTER();
    if (!is_initialized) {
        return NotInitialized;
    }
    bool known = context == nullptr || std::any_of(contexts.begin(), contexts.end(), [&](const auto& each) {
                     return each.second.get() == context && each.second->retained > 0;
                 });
    if (!known) {
        return InvalidContext;
    }
    current_context = static_cast<Context*>(context);
    return Success;
}

STANDIN_EXPORT int cuCtxSynchronize() {
    BEGIN();
    if (int status = refuse_in_capture()) {
        return status;
    }
    return drain_all();
}

STANDIN_EXPORT int cuGetProcAddress_v2(const char* symbol, void** function, int version, unsigned long long,
                                       int* result) {
    ENTER();
    if (symbol == nullptr || function == nullptr) {
        return InvalidValue;
    }
    Dl_info info;
    dladdr(reinterpret_cast<void*>(&standin::find_error), &info);
    void* library = dlopen(info.dli_fname, RTLD_NOW | RTLD_NOLOAD);
    *function = nullptr;
    for (const char* suffix : {"_v2", ""}) {
        std::string name = std::string(symbol) + suffix;
        bool known = name != "cuEventElapsedTime_v2" || (setting("driver_version", 12040) >= 12080 && version >= 12080);
        if (*function == nullptr && known) {
            *function = dlsym(library, name.c_str());
        }
    }
    dlclose(library);
    if (result != nullptr) {
        *result = *function == nullptr ? 1 : 0;
    }
    return *function == nullptr ? NotFound : Success;
}

// The message of the last error of running work, so far as it fits.
STANDIN_EXPORT int standin_last_fault(char* buffer, int bytes) {
    const std::lock_guard<std::recursive_mutex> lock(mutex());
    return copy_text(last_fault, buffer, bytes);
}

STANDIN_EXPORT long long standin_live_handles() {
    const std::lock_guard<std::recursive_mutex> lock(mutex());
    return live_handles();
}
