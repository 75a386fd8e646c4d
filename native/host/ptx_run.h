// Shared by the parts of the interpreter that execute: warps, blocks, and the state of a thread of the host.
#pragma once

#include "ptx.h"

// A loop over the lanes of a warp; none depends on another.
#define EACH_LANE _Pragma("GCC ivdep") for (int i = 0; i < kLanes; i++)

namespace ptx {

// Lanes that execute together until `join`.
struct Path {
    int at = 0;
    int join = 0;
    unsigned lanes = 0;
};

struct Worker;
struct Block;

struct Warp {
    unsigned char* frame = nullptr;
    unsigned* predicates = nullptr;
    unsigned mask = 0;  // of the running instruction
    Block* block = nullptr;
    Worker* worker = nullptr;
    int index = 0;
    unsigned live = 0;     // lanes that have not ended
    unsigned threads = 0;  // lanes that exist
    bool waits = false;    // at a barrier
    std::vector<Path> paths;
    long long executed = 0;
};

// Who accessed a word of shared memory last, and after which barrier.
struct Trace {
    std::uint32_t write_phase = 0, read_phase = 0;
    std::uint16_t writer = 0, reader = 0;
};
constexpr std::uint16_t kSeveral = 0xffff;

struct Block {
    host::Index index;
    std::vector<Warp> warps;
    std::unique_ptr<unsigned char[]> frames;
    std::vector<unsigned> predicates;
    std::vector<unsigned char> shared;
    std::vector<Trace> traces;
    std::uint32_t phase = 0;
};

// One of the host's threads, with what it knows about a launch.
struct Worker {
    const Launch* launch = nullptr;
    std::vector<Range> global, shared, parameters;
    std::vector<Range> sites;  // the allocation that each access met last
    std::vector<std::vector<std::uint64_t>> loaded, stored;  // a bit per sector of each allocation
    Counts counts;
    bool yields = false;     // other blocks have to run for this one to go on
    bool progresses = false;  // something changed that another warp may wait for

    [[noreturn]] void fail(const Warp& warp, const Instruction& at, int status, const std::string& what) const;
};

// The range that an address lies in; null if there is none.
const Range* find(const std::vector<Range>& ranges, std::uint64_t address);

void count_global(const Warp& w, const std::uint64_t (&at)[kLanes], std::uint64_t bytes, bool is_store);
void count_shared(const Warp& w, const std::uint64_t (&at)[kLanes], std::uint64_t bytes, bool is_store);

template <typename T>
inline T* lanes_at(const Warp& w, std::uint32_t offset) {
    return reinterpret_cast<T*>(w.frame + offset);
}

}  // namespace ptx
