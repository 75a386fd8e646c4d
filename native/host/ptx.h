// An interpreter of PTX, so that the code which a driver gets is executed by something: parse() turns a module into
// decoded instructions, run() executes a launch warp by warp. What a driver would reject or a GPU leave undefined ends
// with an error that names the line: an unknown instruction, an address outside of all allocations, a misaligned one, a
// barrier in divergent code, a shuffle from a lane that does not take part, a race in shared memory.
//
// Lanes that part at a branch join at its immediate post-dominator. Between two barriers each warp runs as far as it
// can, in ascending or descending order.
#pragma once

#include "fibers.h"

#include <cstdint>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace ptx {

constexpr int kLanes = 32;
constexpr unsigned kAll = 0xffffffffu;

// Where the addresses of shared memory and of parameters begin in their own spaces, and of shared memory in the generic
// one: nowhere near an address of the host.
constexpr std::uint64_t kSharedBegin = 0x400;
constexpr std::uint64_t kSharedWindow = 0x5ead'0000'0000'0000;
constexpr std::uint64_t kParameterBegin = 0x160;

// What is wrong with the text of a module: "line 12: ...".
struct Unreadable : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// What ends a launch, and the status of the driver for it.
struct Fault : host::Failure {
    Fault(int code, const std::string& text) : host::Failure(text), status(code) {}
    int status;
};

struct Range {
    std::uint64_t begin = 0, end = 0;
};

struct Warp;
struct Instruction;
using Handler = void (*)(Warp&, const Instruction&);

enum class Kind : unsigned char { Plain, Branch, Barrier, Exit };

// Operands are offsets into the frame of a warp, where a register or a constant has one value per lane, or numbers of
// predicates, which have one bit per lane.
struct Instruction {
    Handler run = nullptr;
    Kind kind = Kind::Plain;
    bool negated = false;
    bool is_volatile = false;
    int guard = -1;
    std::uint32_t to = 0, a = 0, b = 0, c = 0;
    std::uint32_t more[3] = {};  // the other registers of a vector
    std::int64_t offset = 0;     // of an address
    int site = 0;                // the number of the memory access
    int target = 0, join = 0;    // of a branch
    int line = 0;
};

enum class Special : unsigned char {
    ThreadX, ThreadY, ThreadZ, SizeX, SizeY, SizeZ, BlockX, BlockY, BlockZ, GridX, GridY, GridZ
};

struct SharedArray {
    std::string name;
    std::uint64_t bytes = 0;
    std::uint64_t alignment = 1;
    bool is_dynamic = false;
    std::uint64_t begin = 0;  // the address in the space
};

struct Entry {
    std::string name;
    std::string parameter;
    std::size_t argument_bytes = 0;
    int most_threads = 1024;
    int static_bytes = 0;
    std::vector<Instruction> code;
    std::vector<SharedArray> shared;
    std::uint64_t shared_end = kSharedBegin;  // of the arrays, with the gaps between them; dynamic memory begins here
    std::vector<unsigned char> constants;     // the first part of the frame
    std::vector<std::pair<Special, std::uint32_t>> specials;
    std::size_t frame_bytes = 0;
    int predicates = 0;
    int sites = 0;
    std::shared_ptr<const std::vector<std::string>> lines;
};

using Entries = std::map<std::string, std::shared_ptr<const Entry>>;
Entries parse(const std::string& text);

// The decoder's view of an instruction without control flow or memory: its handler, and the types of its operands, the
// result first: p predicate, h 16 bits, w 32 bits, d 64 bits, f float32, g float64.
struct Operation {
    Handler run = nullptr;
    const char* types = "";
};
const Operation* find_operation(const std::string& opcode);

enum class Space : unsigned char { Global, Shared, Parameter, Generic };

// A load or store of `count` elements of memory type "u32" and so on; `bytes` is the size of each register.
struct AccessForm {
    bool is_store = false;
    Space space = Space::Global;
    std::string type;
    int count = 1;
    int register_bytes = 4;
};
Handler find_access(const AccessForm& form);
extern const Handler atomic_add;
extern const Handler shuffle_xor;
extern const Handler shuffle_index;
extern const Handler fence;
extern const Handler unpack;
extern const Handler pack;

struct Traffic {
    long long requests = 0;  // of a warp
    long long bytes = 0;
    long long sectors = 0;   // of 32 bytes; for shared memory, cycles of a warp's request
    long long least = 0;     // the same if its addresses were dense, or without bank conflicts
    long long touched = 0;   // different sectors of a launch

    void add(const Traffic& other);
};

// What the launches of a kernel executed.
struct Counts {
    long long launches = 0, cooperative = 0, blocks = 0, warps = 0;
    long long instructions = 0;         // of warps
    long long thread_instructions = 0;  // of lanes
    long long barriers = 0;             // of warps
    long long atomics = 0;              // of lanes
    Traffic loads, stores, shared_loads, shared_stores;
    std::vector<char> reached;  // of each instruction of the entry, whether it was executed

    void add(const Counts& other);
};

struct Launch {
    const Entry& entry;
    const unsigned char* arguments;
    host::Index grid, block;
    std::size_t shared_bytes = 0;
    bool cooperative = false;
    bool descending = false;
    int threads = 1;         // of the host
    bool counting = false;   // memory transactions too
    std::vector<Range> memory;  // the live allocations, ascending
};

// Runs a launch to its end; throws Fault.
Counts run(const Launch& launch);

// Collected by kernel. The table is Markdown; the totals are lines "kernel,counts,…".
void collect(const std::string& kernel, const Counts& counts);
void forget();
std::string executed_kernels();
std::string table();
std::string totals();

}  // namespace ptx
