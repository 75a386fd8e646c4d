// What the parts of the stand-in share. The stand-in is one shared library with the names of NVIDIA's driver, cuDNN,
// cuBLAS and cuFFT: it computes on the CPU and refuses what the real libraries refuse. For tests only, in no package.
//
//     STANDIN_EXPORT int cublasCreate_v2(void** handle) {
//         ENTER();
//         ...
//     }
#pragma once

#include <cstddef>
#include <functional>
#include <mutex>

#define STANDIN_EXPORT extern "C" __attribute__((visibility("default")))

// First in each exported function that returns a status: locks the stand-in, counts the call, and returns the status
// that `fail_<function>` asks for, once. A function that returns another type begins with COUNT().
#define ENTER()                                                              \
    const std::lock_guard<std::recursive_mutex> standin_lock(standin::mutex()); \
    if (const int standin_planned = standin::enter(__func__)) {              \
        return standin_planned;                                              \
    }
#define COUNT()                                                              \
    const std::lock_guard<std::recursive_mutex> standin_lock(standin::mutex()); \
    standin::count(__func__)

namespace standin {

std::recursive_mutex& mutex();

// Counts a call; `enter` also gives the status that the call is to fail with, 0 if none.
void count(const char* function);
int enter(const char* function);

// Puts work at the end of a stream (null: the default stream): it runs when someone waits for it, or is recorded if the
// stream captures. Gives a driver status: 400 for a stream that does not live, a sticky error. `what` names the work in
// messages and when graphs are compared.
int enqueue(void* stream, std::function<void()> work, const char* what = "library");

// A driver status without enqueueing: 0 if the stream lives (or is null) and no error sticks.
int check_stream(void* stream);

// Whether the whole range lies in one live allocation of device memory. No bytes: whether p points into one.
bool is_device_memory(const void* p, std::size_t bytes);

// Whether a stream captures; whether any stream does whose capture this thread began.
bool is_capturing(void* stream);
bool is_capturing();

// For calls that may not happen while this thread captures (allocations, synchronisation, plans): 0, or 900 and the
// capture is invalid from then on.
int refuse_in_capture();

// From work that runs: a sticky error, with a message on the standard error stream.
void fault(int status, const char* message);

// A setting of INFADMM_STANDIN ("key=value,key=value") or standin_set, or else `otherwise`.
long long setting(const char* key, long long otherwise);

}  // namespace standin
