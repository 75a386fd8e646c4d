// Shared by all parts of the stand-in: one shared library with the functions of the NVIDIA driver, cuDNN, cuBLAS, cuFFT and
// NCCL, which computes on the CPU and rejects what the real libraries reject. Only for tests, in no package.
//
//     STANDIN_EXPORT int cublasCreate_v2(void** handle) {
//         ENTER();
//         ...
//     }
#pragma once

#include <cstddef>
#include <functional>
#include <mutex>
#include <string>

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

// Counts a call; `enter` also returns the status with which the call is to fail, 0 if none.
void count(const char* function);
int enter(const char* function);

// Appends work to a stream (null: the default stream): it runs when someone waits for it, or is recorded if the stream
// is capturing. Returns a driver status: 400 for a stream that is not live, or a sticky error. `what` names the work in
// messages and when graphs are compared. Work that waits for another process runs once `is_ready` returns true; it is called
// when all work before it has run.
int enqueue(void* stream, std::function<void()> work, const char* what = "library", std::function<bool()> is_ready = {});

// Lets other threads use the stand-in for a moment; in loops that wait for one of them, or for another process.
void wait_a_moment();

// A driver status without enqueueing: 0 if the stream is live (or null) and there is no sticky error.
int check_stream(void* stream);

// Whether the whole range is in one live allocation of device memory. For 0 bytes: whether p points into one.
bool is_device_memory(const void* p, std::size_t bytes);

// Whether a stream is capturing; whether any stream is whose capture this thread began.
bool is_capturing(void* stream);
bool is_capturing();

// For calls that are forbidden while this thread captures (allocations, synchronisation, plans): 0, or 900, and the
// capture becomes invalid.
int refuse_in_capture();

// Called by running work: sets a sticky error and writes a message to the standard error stream.
void fault(int status, const char* message);

// Copies as much as fits, with a terminating zero; returns the number of bytes for all of it.
int copy_text(const std::string& text, char* buffer, int bytes);

// A setting of INFADMM_STANDIN ("key=value,key=value") or standin_set, or `otherwise` if it is not set.
long long setting(const char* key, long long otherwise);

}  // namespace standin
