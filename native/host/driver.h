// Shared by the parts of the driver stand-in: handles, streams that queue their work, memory, and captures.
#pragma once

#include "fibers.h"
#include "ptx.h"
#include "standin.h"

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

// First in each function that needs a context.
#define BEGIN()                                        \
    ENTER();                                           \
    if (const int standin_status = standin::ready()) { \
        return standin_status;                         \
    }

namespace standin {

enum Status {
    Success = 0,
    InvalidValue = 1,
    OutOfMemory = 2,
    NotInitialized = 3,
    NoDevice = 100,
    InvalidDevice = 101,
    InvalidImage = 200,
    InvalidContext = 201,
    NoBinaryForGpu = 209,
    InvalidPtx = 218,
    UnsupportedPtxVersion = 222,
    InvalidHandle = 400,
    IllegalState = 401,
    NotFound = 500,
    NotReady = 600,
    IllegalAddress = 700,
    LaunchOutOfResources = 701,
    LaunchTimeout = 702,
    MisalignedAddress = 716,
    LaunchFailed = 719,
    CooperativeLaunchTooLarge = 720,
    NotSupported = 801,
    CaptureUnsupported = 900,
    CaptureInvalidated = 901,
    CaptureIsolation = 905,
    CaptureImplicit = 906,
    CapturedEvent = 907,
    CaptureWrongThread = 908,
    GraphExecUpdateFailure = 910,
};

// Objects behind handles. A handle is a number that is never reused, so destroyed ones are recognised.
template <typename T>
class Handles {
  public:
    void* add(std::shared_ptr<T> object) {
        void* handle = reinterpret_cast<void*>(next());
        objects_[handle] = std::move(object);
        return handle;
    }

    T* find(void* handle) const {
        auto found = objects_.find(handle);
        return found == objects_.end() ? nullptr : found->second.get();
    }

    std::shared_ptr<T> share(void* handle) const {
        auto found = objects_.find(handle);
        return found == objects_.end() ? nullptr : found->second;
    }

    bool remove(void* handle) { return objects_.erase(handle) > 0; }
    void clear() { objects_.clear(); }
    std::size_t size() const { return objects_.size(); }
    auto begin() const { return objects_.begin(); }
    auto end() const { return objects_.end(); }

  private:
    static std::uintptr_t next() {
        static std::uintptr_t last = 0x7a00'0000'0000;
        return last += 0x10;
    }

    std::unordered_map<void*, std::shared_ptr<T>> objects_;
};

// One piece of work, in a stream or in a graph.
struct Work {
    std::string what;
    std::function<void()> run;
    std::function<bool()> is_ready;  // null: at once
};

struct Capture {
    int mode = 0;
    std::thread::id thread;
    bool invalid = false;
    std::vector<Work> work;
};

struct Entry {
    std::uint64_t order = 0;
    Work work;
};

// Work is queued here until someone waits for it. Streams that are not `independent` are ordered with the default
// stream.
struct Stream {
    bool independent = false;
    std::deque<Entry> entries;
    std::shared_ptr<Capture> capture;
};

// One recording of an event; done when the stream has reached it.
struct Record {
    std::shared_ptr<Stream> stream;
    bool done = false;
    std::chrono::steady_clock::time_point time;
};

struct Event {
    bool timing = true;
    bool captured = false;
    std::shared_ptr<Capture> capture;
    std::shared_ptr<Record> record;
};

struct Graph {
    std::vector<Work> work;
};

struct GraphExec {
    std::shared_ptr<const std::vector<Work>> work;
};

// A kernel runs as a function of the host build, or by the interpreter if the module was loaded with the setting `ptx`.
struct Function {
    std::string name;
    std::size_t argument_bytes = 0;
    int most_threads = 0;
    host::Kernel* kernel = nullptr;
    std::shared_ptr<const ptx::Entry> entry;
    int static_bytes = 0;   // of shared memory
    int dynamic_limit = 0;  // 0: the rest of 48 KB
    bool is_loaded = false;  // its code is on the device
    void* handle = nullptr;
};

struct Module {
    std::string text;
    std::shared_ptr<const ptx::Entries> entries;  // null: the host build runs
    std::map<std::string, std::shared_ptr<Function>> functions;
};

// The primary context of a device, live while it is retained.
struct Context {
    int device = 0;
    int retained = 0;
    int error = 0;
    std::shared_ptr<Stream> default_stream = std::make_shared<Stream>();
    Handles<Stream> streams;
    Handles<Event> events;
    Handles<Module> modules;
    Handles<Function> functions;
    Handles<Graph> graphs;
    Handles<GraphExec> executables;
    std::size_t used = 0;
    std::size_t kept = 0;  // freed to the pool, until it is trimmed
};

// Device properties that several parts refer to.
constexpr int kMostThreads = 1024;
constexpr int kSharedBytes = 48 * 1024;
constexpr int kMostSharedBytes = 227 * 1024;
int multiprocessors();

Context* current();

// The status at the start of a call: not initialised, no context, or a sticky error; 0 if it may continue.
int ready();

// A null handle is the default stream; a handle that is not live gives a null pointer.
std::shared_ptr<Stream> find_stream(void* handle);

// Adds to a stream or to its capture.
int add(const std::shared_ptr<Stream>& stream, Work work);

// Runs the work queued in a stream, in all streams of the context, or in a stream until a recording is done. Returns
// the sticky error, if there is one afterwards.
int drain(const std::shared_ptr<Stream>& stream);
int drain_all();
int drain_until(const Record& record);

// Whether work is running now.
bool executing();

// Like refuse_in_capture(), and also rejects every capturing stream.
int refuse_in_capture(const std::shared_ptr<Stream>& stream);

// Before a copy or a fill runs: whether the range is live then; otherwise a fault.
bool alive(std::uint64_t address, std::size_t bytes, const char* what);

// Whether a range of host memory is entirely pinned.
bool is_pinned(const void* p, std::size_t bytes);

// What is wrong with a word passed to a kernel if it is an address; empty if nothing is.
std::string wrong_address(std::uint64_t word);

// Whether the guard bytes of the allocation that a word points into, or of any, are unchanged; otherwise a fault.
void check_bounds(std::uint64_t word, const std::string& after);
void check_bounds();

// The live allocations of the device, ascending.
std::vector<ptx::Range> live_memory();

// Frees all memory of a context; what was still live counts as leaked permanently.
void release_memory(Context& context, bool count_leaks);

// The number of live handles of all kinds.
long long live_handles();

}  // namespace standin
