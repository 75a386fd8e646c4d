// Device memory of the stand-in: each allocation is separate host memory, filled with NaN, between guard bytes. Freed
// memory is kept for a while, so that addresses in it are recognised. With AddressSanitizer neither is done: it detects
// both errors itself.
#include "driver.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace standin {

namespace {

#if defined(__SANITIZE_ADDRESS__)
constexpr std::size_t kGuard = 0;
constexpr std::size_t kQuarantine = 0;
#else
constexpr std::size_t kGuard = 256;
constexpr std::size_t kQuarantine = 256 << 20;
#endif
constexpr std::size_t kMostQuarantined = 1024;
constexpr unsigned char kGuardByte = 0xa9;
constexpr std::size_t kAlignment = 256;
constexpr std::size_t kGranularity = 512;

enum class Life { Pending, Live, Freed };

struct Allocation {
    char* raw = nullptr;
    char* begin = nullptr;
    std::size_t bytes = 0;
    Life life = Life::Pending;
    bool freeing = false;
    bool pooled = false;
    Context* context = nullptr;
};

std::map<std::uintptr_t, Allocation>& memory = *new std::map<std::uintptr_t, Allocation>;
std::map<std::uintptr_t, std::size_t>& pinned = *new std::map<std::uintptr_t, std::size_t>;
std::deque<std::uintptr_t>& quarantine = *new std::deque<std::uintptr_t>;
std::size_t quarantined = 0;
long long leaked = 0;

std::size_t total_memory() { return static_cast<std::size_t>(setting("total_memory", 2LL << 30)); }

std::size_t rounded(std::size_t bytes) { return (bytes + kGranularity - 1) / kGranularity * kGranularity; }

Allocation* find(std::uintptr_t address) {
    auto after = memory.upper_bound(address);
    if (after == memory.begin()) {
        return nullptr;
    }
    Allocation& allocation = std::prev(after)->second;
    return address < std::prev(after)->first + allocation.bytes ? &allocation : nullptr;
}

// The allocation that begins at an address and may be freed.
Allocation* find_freeable(std::uint64_t address) {
    auto found = memory.find(address);
    bool freeable = found != memory.end() && found->second.life != Life::Freed && !found->second.freeing;
    return freeable ? &found->second : nullptr;
}

bool holds(const Allocation& allocation) {
    static const std::vector<unsigned char> guard(kGuard, kGuardByte);
    return std::memcmp(allocation.begin - kGuard, guard.data(), kGuard) == 0 &&
           std::memcmp(allocation.begin + allocation.bytes, guard.data(), kGuard) == 0;
}

void check(Allocation& allocation, const std::string& after) {
    if (allocation.life == Life::Freed || holds(allocation)) {
        return;
    }
    std::memset(allocation.begin - kGuard, kGuardByte, kGuard);
    std::memset(allocation.begin + allocation.bytes, kGuardByte, kGuard);
    fault(IllegalAddress, ("a write outside of an allocation of " + std::to_string(allocation.bytes) + " bytes" +
                           (after.empty() ? "" : ", by " + after))
                              .c_str());
}

int allocate(std::uint64_t* address, std::size_t bytes, Life life, bool pooled = false) {
    if (address == nullptr || bytes == 0) {
        return InvalidValue;
    }
    Context* context = current();
    if (context->used + rounded(bytes) > total_memory()) {
        // Frees that are pending in streams may release memory.
        if (int status = drain_all()) {
            return status;
        }
    }
    void* raw = nullptr;
    if (context->used + rounded(bytes) > total_memory() ||
        posix_memalign(&raw, kAlignment, bytes + 2 * kGuard) != 0) {
        return OutOfMemory;
    }
    Allocation allocation;
    allocation.raw = static_cast<char*>(raw);
    allocation.begin = allocation.raw + kGuard;
    allocation.bytes = bytes;
    allocation.life = life;
    allocation.pooled = pooled;
    allocation.context = context;
    std::memset(allocation.raw, kGuardByte, kGuard);
    std::memset(allocation.begin, 0xff, bytes);
    std::memset(allocation.begin + bytes, kGuardByte, kGuard);
    *address = reinterpret_cast<std::uint64_t>(allocation.begin);
    memory[*address] = allocation;
    context->used += rounded(bytes);
    if (pooled) {
        context->kept -= std::min(context->kept, rounded(bytes));
    }
    return Success;
}

void free_now(std::uint64_t address) {
    Allocation& allocation = memory[address];
    check(allocation, "");
    allocation.context->used -= rounded(allocation.bytes);
    allocation.context->kept += allocation.pooled ? rounded(allocation.bytes) : 0;
    allocation.life = Life::Freed;
    std::memset(allocation.begin, 0xff, allocation.bytes);
    quarantine.push_back(address);
    quarantined += allocation.bytes;
    while (quarantined > kQuarantine || quarantine.size() > kMostQuarantined) {
        auto oldest = memory.find(quarantine.front());
        quarantine.pop_front();
        quarantined -= oldest->second.bytes;
        std::free(oldest->second.raw);
        memory.erase(oldest);
    }
}

}  // namespace

bool is_device_memory(const void* p, std::size_t bytes) {
    auto address = reinterpret_cast<std::uintptr_t>(p);
    const Allocation* allocation = find(address);
    return allocation != nullptr && allocation->life != Life::Freed && (!allocation->freeing || executing()) &&
           address + bytes <= reinterpret_cast<std::uintptr_t>(allocation->begin) + allocation->bytes;
}

bool is_pinned(const void* p, std::size_t bytes) {
    auto address = reinterpret_cast<std::uintptr_t>(p);
    auto after = pinned.upper_bound(address);
    return after != pinned.begin() && address + bytes <= std::prev(after)->first + std::prev(after)->second;
}

bool alive(std::uint64_t address, std::size_t bytes, const char* what) {
    const Allocation* allocation = find(address);
    if (allocation != nullptr && allocation->life == Life::Live &&
        address + bytes <= reinterpret_cast<std::uint64_t>(allocation->begin) + allocation->bytes) {
        return true;
    }
    fault(IllegalAddress, (std::string(what) + " in memory that is freed or not yet allocated").c_str());
    return false;
}

std::string wrong_address(std::uint64_t word) {
    const Allocation* allocation = find(word);
    if (allocation == nullptr || allocation->life == Life::Live) {
        return "";
    }
    return allocation->life == Life::Freed ? "memory that was freed"
                                           : "memory whose allocation this stream has not waited for";
}

void check_bounds(std::uint64_t word, const std::string& after) {
    Allocation* allocation = find(word);
    if (allocation != nullptr) {
        check(*allocation, after);
    }
}

void check_bounds() {
    for (auto& [address, allocation] : memory) {
        check(allocation, "");
    }
}

std::vector<ptx::Range> live_memory() {
    std::vector<ptx::Range> ranges;
    for (const auto& [address, allocation] : memory) {
        if (allocation.life == Life::Live) {
            ranges.push_back({address, address + allocation.bytes});
        }
    }
    return ranges;
}

void release_memory(Context& context, bool count_leaks) {
    for (auto& [address, allocation] : memory) {
        if (allocation.context == &context && allocation.life != Life::Freed) {
            leaked += count_leaks;
            allocation.life = Life::Freed;
            context.used -= rounded(allocation.bytes);
            quarantine.push_back(address);
            quarantined += allocation.bytes;
        }
    }
}

}  // namespace standin

using namespace standin;

STANDIN_EXPORT int cuMemGetInfo_v2(std::size_t* free, std::size_t* total) {
    BEGIN();
    if (free == nullptr || total == nullptr) {
        return InvalidValue;
    }
    *total = total_memory();
    *free = *total - std::min(*total, current()->used + current()->kept);
    return Success;
}

STANDIN_EXPORT int cuMemAlloc_v2(std::uint64_t* address, std::size_t bytes) {
    BEGIN();
    if (int status = refuse_in_capture()) {
        return status;
    }
    return allocate(address, bytes, Life::Live);
}

// Waits for all work, as the driver does.
STANDIN_EXPORT int cuMemFree_v2(std::uint64_t address) {
    BEGIN();
    if (int status = refuse_in_capture()) {
        return status;
    }
    if (find_freeable(address) == nullptr) {
        return InvalidValue;
    }
    if (int status = drain_all()) {
        return status;
    }
    free_now(address);
    return current()->error;
}

STANDIN_EXPORT int cuMemAllocAsync(std::uint64_t* address, std::size_t bytes, void* handle) {
    BEGIN();
    std::shared_ptr<Stream> stream = find_stream(handle);
    if (!stream) {
        return InvalidHandle;
    }
    if (setting("memory_pools", 1) == 0) {
        return NotSupported;
    }
    if (int status = refuse_in_capture(stream)) {
        return status;
    }
    if (int status = allocate(address, bytes, Life::Pending, /*pooled=*/true)) {
        return status;
    }
    std::uint64_t made = *address;
    return add(stream, {"allocate", [made] { memory[made].life = Life::Live; }});
}

STANDIN_EXPORT int cuMemFreeAsync(std::uint64_t address, void* handle) {
    BEGIN();
    std::shared_ptr<Stream> stream = find_stream(handle);
    if (!stream) {
        return InvalidHandle;
    }
    if (int status = refuse_in_capture(stream)) {
        return status;
    }
    Allocation* allocation = find_freeable(address);
    if (allocation == nullptr) {
        return InvalidValue;
    }
    allocation->freeing = true;
    return add(stream, {"free", [address] { free_now(address); }});
}

STANDIN_EXPORT int cuDeviceGetDefaultMemPool(void** pool, int device) {
    BEGIN();
    if (pool == nullptr) {
        return InvalidValue;
    }
    if (device != current()->device) {
        return InvalidDevice;
    }
    *pool = &current()->used;
    return Success;
}

STANDIN_EXPORT int cuMemPoolSetAttribute(void* pool, int attribute, void* value) {
    BEGIN();
    bool valid = pool == &current()->used && attribute >= 1 && attribute <= 8 && value != nullptr;
    return valid ? Success : InvalidValue;
}

STANDIN_EXPORT int cuMemPoolTrimTo(void* pool, std::size_t bytes) {
    BEGIN();
    if (pool != &current()->used) {
        return InvalidValue;
    }
    current()->kept = std::min(current()->kept, bytes);
    return Success;
}

STANDIN_EXPORT int cuMemHostAlloc(void** p, std::size_t bytes, unsigned flags) {
    BEGIN();
    if (int status = refuse_in_capture()) {
        return status;
    }
    if (p == nullptr || bytes == 0 || flags > 7) {
        return InvalidValue;
    }
    if (posix_memalign(p, 4096, bytes) != 0) {
        return OutOfMemory;
    }
    std::memset(*p, 0xff, bytes);
    pinned[reinterpret_cast<std::uintptr_t>(*p)] = bytes;
    return Success;
}

STANDIN_EXPORT int cuMemFreeHost(void* p) {
    BEGIN();
    if (int status = refuse_in_capture()) {
        return status;
    }
    if (int status = drain_all()) {
        return status;
    }
    if (pinned.erase(reinterpret_cast<std::uintptr_t>(p)) == 0) {
        return InvalidValue;
    }
    std::free(p);
    return Success;
}

// Device and pinned allocations that are live or were never freed.
STANDIN_EXPORT long long standin_live_allocations() {
    const std::lock_guard<std::recursive_mutex> lock(mutex());
    long long count = leaked + static_cast<long long>(pinned.size());
    for (const auto& [address, allocation] : memory) {
        count += allocation.life != Life::Freed && !allocation.freeing;
    }
    return count;
}
