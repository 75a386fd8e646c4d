// The scheduler of fibers.h.
#include "fibers.h"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <vector>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>
#endif

namespace host {

Place place;

namespace {

constexpr std::size_t kStackBytes = 64 * 1024;

struct Stack {
    std::unique_ptr<char[]> memory{new char[kStackBytes]};
};

struct Fiber {
    Index thread;
    Block* block = nullptr;
    int lane = 0;
    int warp = 0;
    Wait waits = Wait::Nothing;
    bool started = false;
    bool done = false;
    int exchanges = 0;
    void* saved = nullptr;
    std::unique_ptr<Stack> stack;
    void* fake_stack = nullptr;
};

struct Warp {
    unsigned long long given[2][32] = {};
};

Kernel* kernels = nullptr;
const Kernel* running_kernel = nullptr;
const void* running_arguments = nullptr;
Fiber* current = nullptr;
void* scheduler_saved = nullptr;
#if defined(__SANITIZE_ADDRESS__)
void* scheduler_fake_stack = nullptr;
const void* scheduler_stack_bottom = nullptr;
std::size_t scheduler_stack_bytes = 0;
#endif
std::vector<std::unique_ptr<Stack>> free_stacks;

[[noreturn]] void fail(const char* what) {
    std::fprintf(stderr, "kernel %s: %s (block %d,%d,%d)\n", running_kernel->name, what, place.block.x, place.block.y,
                 place.block.z);
    std::abort();
}

extern "C" void infadmm_switch(void** saved, void* target);

#if defined(__x86_64__)
asm(R"(
    .text
    .globl infadmm_switch
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

void to_scheduler() {
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_start_switch_fiber(current->done ? nullptr : &current->fake_stack, scheduler_stack_bottom,
                                   scheduler_stack_bytes);
#endif
    infadmm_switch(&current->saved, scheduler_saved);
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_finish_switch_fiber(current->fake_stack, &scheduler_stack_bottom, &scheduler_stack_bytes);
#endif
}

extern "C" void infadmm_fiber_entry() {
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_finish_switch_fiber(nullptr, &scheduler_stack_bottom, &scheduler_stack_bytes);
#endif
    running_kernel->body(running_arguments);
    current->done = true;
    to_scheduler();
    std::abort();
}

}  // namespace

struct Block {
    Index index;
    std::vector<Fiber> fibers;
    std::vector<Warp> warps;
    std::map<const void*, std::unique_ptr<char[]>> shared;
    std::unique_ptr<char[]> dynamic_shared;
};

namespace {

void resume(Fiber& fiber) {
    current = &fiber;
    place.thread = fiber.thread;
    place.block = fiber.block->index;
    place.running = fiber.block;
    fiber.waits = Wait::Nothing;
    if (!fiber.started) {
        fiber.started = true;
        if (free_stacks.empty()) {
            free_stacks.push_back(std::make_unique<Stack>());
        }
        fiber.stack = std::move(free_stacks.back());
        free_stacks.pop_back();
        auto top = reinterpret_cast<std::uintptr_t>(fiber.stack->memory.get() + kStackBytes) & ~std::uintptr_t{15};
        void** frame = reinterpret_cast<void**>(top) - 8;  // six registers, the entry, and the alignment of a call
        std::memset(frame, 0, 8 * sizeof(void*));
        frame[6] = reinterpret_cast<void*>(infadmm_fiber_entry);
        fiber.saved = frame;
    }
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_start_switch_fiber(&scheduler_fake_stack, fiber.stack->memory.get(), kStackBytes);
#endif
    infadmm_switch(&scheduler_saved, fiber.saved);
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_finish_switch_fiber(scheduler_fake_stack, nullptr, nullptr);
#endif
    if (fiber.done) {
        free_stacks.push_back(std::move(fiber.stack));
    }
}

// Frees the fibers of a group that all wait for the same thing; ends the program where some never will.
// Returns true if the group may go on or is done.
template <typename Members>
bool release(const Members& members, Wait what, const char* diverged) {
    std::size_t waiting = 0;
    std::size_t done = 0;
    for (Fiber* fiber : members) {
        waiting += fiber->waits == what;
        done += fiber->done;
    }
    if (waiting == 0) {
        return false;
    }
    if (waiting < members.size()) {
        if (done > 0) {
            place.block = members.front()->block->index;
            fail(diverged);
        }
        return false;
    }
    for (Fiber* fiber : members) {
        fiber->waits = Wait::Nothing;
    }
    return true;
}

void run_blocks(std::vector<std::unique_ptr<Block>>& blocks, bool descending) {
    std::vector<Fiber*> all;
    std::vector<std::vector<Fiber*>> warps;
    std::vector<std::vector<Fiber*>> groups;
    for (auto& block : blocks) {
        std::size_t first_warp = warps.size();
        warps.resize(first_warp + block->warps.size());
        groups.emplace_back();
        for (Fiber& fiber : block->fibers) {
            all.push_back(&fiber);
            groups.back().push_back(&fiber);
            warps[first_warp + fiber.warp].push_back(&fiber);
        }
    }
    std::vector<Fiber*> order(all);
    if (descending) {
        order.assign(all.rbegin(), all.rend());
    }
    for (;;) {
        bool alive = false;
        bool moved = false;
        for (Fiber* fiber : order) {
            if (!fiber->done && fiber->waits == Wait::Nothing) {
                resume(*fiber);
                moved = true;
            }
            alive |= !fiber->done;
        }
        if (!alive) {
            return;
        }
        for (auto& warp : warps) {
            moved |= release(warp, Wait::Warp, "a shuffle that some lanes of the warp never reach");
        }
        for (auto& group : groups) {
            moved |= release(group, Wait::Block, "a barrier that some threads of the block never reach");
        }
        moved |= release(all, Wait::Grid, "a grid barrier that some threads never reach");
        if (!moved) {
            fail("deadlock: threads wait for different barriers");
        }
    }
}

std::unique_ptr<Block> make_block(Index index, Index size, std::size_t shared_bytes) {
    auto block = std::make_unique<Block>();
    block->index = index;
    int count = size.x * size.y * size.z;
    block->fibers.resize(count);
    block->warps.resize((count + 31) / 32);
    block->dynamic_shared.reset(new char[shared_bytes]);
    std::memset(block->dynamic_shared.get(), 0xff, shared_bytes);
    for (int i = 0; i < count; i++) {
        Fiber& fiber = block->fibers[i];
        fiber.block = block.get();
        fiber.thread = {i % size.x, i / size.x % size.y, i / size.x / size.y};
        fiber.lane = i % 32;
        fiber.warp = i / 32;
    }
    return block;
}

}  // namespace

Kernel::Kernel(const char* kernel_name, std::size_t bytes, int threads, void (*kernel_body)(const void*))
    : name(kernel_name), argument_bytes(bytes), most_threads(threads), body(kernel_body), next(kernels) {
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
    current->waits = what;
    to_scheduler();
}

unsigned long long exchange(unsigned long long given, int lane) {
    Fiber* fiber = current;
    Warp& warp = fiber->block->warps[fiber->warp];
    int slot = fiber->exchanges++ & 1;
    warp.given[slot][fiber->lane] = given;
    wait(Wait::Warp);
    return warp.given[slot][lane];
}

// Shared memory begins as NaN, in a heap block of its own: an overrun is seen by AddressSanitizer.
void* shared_memory(const void* key, std::size_t bytes) {
    std::unique_ptr<char[]>& memory = current->block->shared[key];
    if (!memory) {
        memory.reset(new char[bytes]);
        std::memset(memory.get(), 0xff, bytes);
    }
    return memory.get();
}

void* dynamic_shared_memory() { return current->block->dynamic_shared.get(); }

void run(const Kernel& kernel, const void* arguments, Index grid, Index block, std::size_t shared_bytes, bool cooperative,
         bool descending) {
    running_kernel = &kernel;
    running_arguments = arguments;
    place.block_size = block;
    place.grid_size = grid;
    std::vector<std::unique_ptr<Block>> blocks;
    int count = grid.x * grid.y * grid.z;
    for (int i = 0; i < count; i++) {
        int b = descending ? count - 1 - i : i;
        blocks.push_back(make_block({b % grid.x, b / grid.x % grid.y, b / grid.x / grid.y}, block, shared_bytes));
        if (!cooperative) {
            run_blocks(blocks, descending);
            blocks.clear();
        }
    }
    if (cooperative) {
        run_blocks(blocks, descending);
    }
}

}  // namespace host
