// The scheduler of fibers.h. A worker is a stack with a loop that runs threads of a block one after another as long as
// none waits; a thread that waits keeps its worker until it ends. So a kernel without barriers costs one call per
// thread.
#include "fibers.h"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

namespace host {

Place place;

namespace {

#if defined(__SANITIZE_ADDRESS__)
constexpr std::size_t kStackBytes = 128 * 1024;
#else
constexpr std::size_t kStackBytes = 64 * 1024;
#endif
constexpr int kLanes = 32;
constexpr std::uint64_t kStackMark = 0x5ac3'7e11'90d2'4f68;

struct Worker {
    char* bottom = nullptr;
    std::size_t bytes = 0;
    void* saved = nullptr;
    void* fake_stack = nullptr;
    std::unique_ptr<char[]> memory;
};

enum class State : unsigned char { New, Ready, Waits, Done };

struct Thread {
    Worker* worker = nullptr;
    Index index;
    State state = State::New;
    Wait waits = Wait::Nothing;
    unsigned char exchanges = 0;
};

struct Block;

struct Warp {
    Block* block = nullptr;
    Thread* lanes = nullptr;
    int count = 0;
    int done = 0;
    int waiting_warp = 0;
    int waiting_block = 0;
    int waiting_grid = 0;
    unsigned long long given[2][kLanes];
};

struct Shared {
    const void* key = nullptr;
    std::size_t bytes = 0;
    std::unique_ptr<char[]> memory;
    char* begin = nullptr;
    bool used = false;
};

struct Block {
    Index index;
    std::vector<Thread> threads;
    std::vector<Warp> warps;
    std::vector<Shared> shared;
    std::unique_ptr<char[]> dynamic_shared;
    std::size_t dynamic_bytes = 0;
    std::size_t static_bytes = 0;
};

Kernel* kernels = nullptr;
Kernel* running_kernel = nullptr;
const void* running_arguments = nullptr;
bool running_descending = false;

Worker scheduler;
Worker* running_worker = nullptr;
[[maybe_unused]] Worker* left_worker = nullptr;
Warp* running_warp = nullptr;
Thread* running_thread = nullptr;

// Both are never destroyed: the loop of a worker never ends.
std::vector<std::unique_ptr<Worker>>& all_workers = *new std::vector<std::unique_ptr<Worker>>;
std::vector<Worker*>& free_workers = *new std::vector<Worker*>;
std::vector<std::unique_ptr<Block>>& blocks = *new std::vector<std::unique_ptr<Block>>;

[[noreturn]] void fail(const Block& block, const char* what) {
    throw Failure("kernel " + std::string(running_kernel->name) + ": " + what + " (block " +
                  std::to_string(block.index.x) + "," + std::to_string(block.index.y) + "," +
                  std::to_string(block.index.z) + ")");
}

extern "C" void infadmm_switch(void** saved, void* target);

#if defined(__x86_64__)
asm(R"(
    .text
    .globl infadmm_switch
    .hidden infadmm_switch
    .type infadmm_switch,@function
infadmm_switch:
    pushq %rbp
    pushq %rbx
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    movq %rsp, (%rdi)
    movq %rsi, %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbx
    popq %rbp
    ret
    .size infadmm_switch,.-infadmm_switch
)");
#else
#error "the host build of the kernels switches fibers on x86-64 only"
#endif

// After a switch: tells AddressSanitizer which stack this is, and gets the bounds of that of the scheduler.
void arrive() {
#if defined(__SANITIZE_ADDRESS__)
    const void* bottom = nullptr;
    std::size_t bytes = 0;
    __sanitizer_finish_switch_fiber(running_worker->fake_stack, &bottom, &bytes);
    if (left_worker == &scheduler) {
        scheduler.bottom = static_cast<char*>(const_cast<void*>(bottom));
        scheduler.bytes = bytes;
    }
#endif
}

void switch_to(Worker* worker) {
    Worker* from = running_worker;
    running_worker = worker;
#if defined(__SANITIZE_ADDRESS__)
    left_worker = from;
    __sanitizer_start_switch_fiber(&from->fake_stack, worker->bottom, worker->bytes);
#endif
    infadmm_switch(&from->saved, worker->saved);
    arrive();
}

void start(Thread* thread) {
    running_thread = thread;
    place.thread = thread->index;
}

// The next thread of the running warp that can continue, in the order of the launch: after `thread`, or from the first
// if null. If all lanes wait for each other, all may continue. Null: no thread of the warp can continue.
Thread* next_thread(const Thread* thread) {
    Warp& warp = *running_warp;
    for (;;) {
        int step = running_descending ? -1 : 1;
        int lane = thread != nullptr    ? static_cast<int>(thread - warp.lanes) + step
                   : running_descending ? warp.count - 1
                                        : 0;
        for (; lane >= 0 && lane < warp.count; lane += step) {
            if (warp.lanes[lane].state <= State::Ready) {
                return &warp.lanes[lane];
            }
        }
        if (warp.waiting_warp < warp.count) {
            return nullptr;
        }
        warp.waiting_warp = 0;
        for (int i = 0; i < warp.count; i++) {
            warp.lanes[i].state = State::Ready;
        }
        thread = nullptr;
    }
}

Worker* free_worker();

// Switches from the running thread, which waits, to `thread`, or to the scheduler if it is null.
void go_on_with(Thread* thread) {
    if (thread == nullptr) {
        switch_to(&scheduler);
        return;
    }
    Worker* worker = thread->worker;
    if (worker == nullptr) {
        worker = free_worker();
        thread->worker = worker;
    }
    start(thread);
    if (worker != running_worker) {
        switch_to(worker);
    }
}

// The loop of a worker. The running thread is set before.
extern "C" void infadmm_worker_loop() {
    arrive();
    for (;;) {
        Thread* thread = running_thread;
        running_kernel->body(running_arguments);
        thread->state = State::Done;
        thread->worker = nullptr;
        running_warp->done++;
        Thread* next = next_thread(thread);
        if (next != nullptr && next->worker == nullptr) {
            next->worker = running_worker;
            start(next);
            continue;
        }
        free_workers.push_back(running_worker);
        go_on_with(next);
    }
}

Worker* free_worker() {
    if (!free_workers.empty()) {
        Worker* worker = free_workers.back();
        free_workers.pop_back();
        return worker;
    }
    all_workers.push_back(std::make_unique<Worker>());
    Worker* worker = all_workers.back().get();
    // Sizes differ, so that the frames of many threads do not compete for a few cache lines.
    worker->bytes = kStackBytes + all_workers.size() * 320 % 16384;
    worker->memory.reset(new char[worker->bytes]);
    worker->bottom = worker->memory.get();
    std::memcpy(worker->bottom, &kStackMark, sizeof(kStackMark));
    auto top = reinterpret_cast<std::uintptr_t>(worker->bottom + worker->bytes) & ~std::uintptr_t{15};
    void** frame = reinterpret_cast<void**>(top) - 8;  // six registers, the entry point, and the alignment of a call
    std::memset(frame, 0, 8 * sizeof(void*));
    frame[6] = reinterpret_cast<void*>(infadmm_worker_loop);
    worker->saved = frame;
    return worker;
}

// Runs a warp until each lane is done or waits for the block or the grid.
void run_warp(Warp& warp) {
    running_warp = &warp;
    go_on_with(next_thread(nullptr));
    if (warp.waiting_warp > 0) {
        fail(*warp.block, "a shuffle that some lanes of the warp never reach");
    }
}

void free_threads(Block& block) {
    for (Warp& warp : block.warps) {
        warp.waiting_block = 0;
        warp.waiting_grid = 0;
    }
    for (Thread& thread : block.threads) {
        thread.state = State::Ready;
    }
}

// Runs a block until it is done (true) or waits for the grid (false).
bool run_block(Block& block) {
    place.block = block.index;
    std::size_t count = block.threads.size();
    for (;;) {
        std::size_t done = 0;
        std::size_t waiting_block = 0;
        std::size_t waiting_grid = 0;
        for (std::size_t i = 0; i < block.warps.size(); i++) {
            Warp& warp = block.warps[running_descending ? block.warps.size() - 1 - i : i];
            run_warp(warp);
            done += warp.done;
            waiting_block += warp.waiting_block;
            waiting_grid += warp.waiting_grid;
        }
        if (done == count) {
            return true;
        }
        if (waiting_grid == count) {
            return false;
        }
        if (waiting_block < count) {
            fail(block, waiting_block > 0 ? "a barrier that some threads of the block never reach"
                                          : "a grid barrier that some threads of the block never reach");
        }
        free_threads(block);
    }
}

void prepare(Block& block, Index index, Index size, std::size_t shared_bytes) {
    int count = size.x * size.y * size.z;
    block.index = index;
    block.static_bytes = 0;
    for (Shared& shared : block.shared) {
        shared.used = false;
    }
    if (!block.dynamic_shared || block.dynamic_bytes != shared_bytes) {
        block.dynamic_shared.reset(new char[shared_bytes]);
        block.dynamic_bytes = shared_bytes;
    }
    std::memset(block.dynamic_shared.get(), 0xff, shared_bytes);
    block.threads.resize(count);
    Index thread;
    for (Thread& each : block.threads) {
        each.worker = nullptr;
        each.index = thread;
        each.state = State::New;
        each.exchanges = 0;
        if (++thread.x == size.x) {
            thread.x = 0;
            if (++thread.y == size.y) {
                thread.y = 0;
                thread.z++;
            }
        }
    }
    block.warps.resize((count + kLanes - 1) / kLanes);
    for (std::size_t w = 0; w < block.warps.size(); w++) {
        Warp& warp = block.warps[w];
        warp.block = &block;
        warp.lanes = block.threads.data() + w * kLanes;
        warp.count = count - static_cast<int>(w) * kLanes < kLanes ? count - static_cast<int>(w) * kLanes : kLanes;
        warp.done = warp.waiting_warp = warp.waiting_block = warp.waiting_grid = 0;
    }
}

void run_blocks(Index grid, Index size, std::size_t shared_bytes, bool cooperative) {
    int count = grid.x * grid.y * grid.z;
    int alive = cooperative ? count : 1;
    while (static_cast<int>(blocks.size()) < alive) {
        blocks.push_back(std::make_unique<Block>());
    }
    auto prepare_block = [&](Block& block, int i) {
        int b = running_descending ? count - 1 - i : i;
        prepare(block, {b % grid.x, b / grid.x % grid.y, b / grid.x / grid.y}, size, shared_bytes);
    };
    if (!cooperative) {
        for (int i = 0; i < count; i++) {
            prepare_block(*blocks[0], i);
            while (!run_block(*blocks[0])) {
                if (count > 1) {
                    fail(*blocks[0], "a grid barrier in a launch that is not cooperative");
                }
                free_threads(*blocks[0]);
            }
        }
        return;
    }
    for (int i = 0; i < count; i++) {
        prepare_block(*blocks[i], i);
    }
    for (;;) {
        int done = 0;
        for (int i = 0; i < count; i++) {
            done += run_block(*blocks[i]);
        }
        if (done == count) {
            break;
        }
        if (done > 0) {
            fail(*blocks[0], "a grid barrier that some blocks never reach");
        }
        for (int i = 0; i < count; i++) {
            free_threads(*blocks[i]);
        }
    }
}

// After a Failure the threads that still wait are abandoned with their stacks.
void give_up() {
    free_workers.clear();
    for (auto& worker : all_workers) {
        // The AddressSanitizer marks of the abandoned frames must not outlive them.
#if defined(__SANITIZE_ADDRESS__)
        ASAN_UNPOISON_MEMORY_REGION(worker->bottom, worker->bytes);
#endif
        worker->memory.reset();
    }
    all_workers.clear();
    blocks.clear();
}

void check_stacks() {
    for (auto& worker : all_workers) {
        if (std::memcmp(worker->bottom, &kStackMark, sizeof(kStackMark)) != 0) {
            const char* text = "kernel %s: more than %zu bytes of stack per thread\n";
            std::fprintf(stderr, text, running_kernel->name, kStackBytes);
            std::abort();
        }
    }
}

}  // namespace

Kernel::Kernel(const char* kernel_name, std::size_t bytes, int threads, void (*kernel_body)(const void*))
    : name(kernel_name), argument_bytes(bytes), most_threads(threads), body(kernel_body), next(kernels) {
    if (find_kernel(kernel_name) != nullptr) {
        std::fprintf(stderr, "two kernels are named %s\n", kernel_name);
        std::abort();
    }
    kernels = this;
}

Kernel* find_kernel(const char* name) {
    for (Kernel* kernel = kernels; kernel != nullptr; kernel = kernel->next) {
        if (std::strcmp(kernel->name, name) == 0) {
            return kernel;
        }
    }
    return nullptr;
}

void wait(Wait what) {
    Thread* thread = running_thread;
    Warp& warp = *running_warp;
    thread->state = State::Waits;
    warp.waiting_warp += what == Wait::Warp;
    warp.waiting_block += what == Wait::Block;
    warp.waiting_grid += what == Wait::Grid;
    go_on_with(next_thread(thread));
}

unsigned long long exchange(unsigned long long given, int lane) {
    Thread* thread = running_thread;
    Warp& warp = *running_warp;
    auto& slot = warp.given[thread->exchanges++ & 1];
    slot[thread - warp.lanes] = given;
    wait(Wait::Warp);
    return slot[lane];
}

// Shared memory is NaN at the start of each block, in a separate heap block: AddressSanitizer detects an overrun.
void* shared_memory(const void* key, std::size_t bytes, std::size_t alignment) {
    Block& block = *running_warp->block;
    Shared* found = nullptr;
    for (Shared& shared : block.shared) {
        if (shared.key == key && shared.bytes == bytes) {
            found = &shared;
            break;
        }
    }
    if (found == nullptr) {
        std::size_t offset = alignment < 16 ? alignment : 0;
        block.shared.emplace_back();
        found = &block.shared.back();
        found->key = key;
        found->bytes = bytes;
        found->memory.reset(new char[offset + bytes]);
        found->begin = found->memory.get() + offset;
    }
    if (!found->used) {
        found->used = true;
        std::memset(found->begin, 0xff, bytes);
        block.static_bytes += bytes;
        if (block.static_bytes > running_kernel->static_shared_bytes) {
            running_kernel->static_shared_bytes = block.static_bytes;
        }
    }
    return found->begin;
}

void* dynamic_shared_memory() { return running_warp->block->dynamic_shared.get(); }

void run(Kernel& kernel, const void* arguments, Index grid, Index block, std::size_t shared_bytes, bool cooperative,
         bool descending) {
    running_kernel = &kernel;
    running_arguments = arguments;
    running_descending = descending;
    running_worker = &scheduler;
    place.block_size = block;
    place.grid_size = grid;
    try {
        run_blocks(grid, block, shared_bytes, cooperative);
    } catch (const Failure&) {
        give_up();
        throw;
    }
    check_stacks();
}

}  // namespace host
