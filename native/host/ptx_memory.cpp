// Loads, stores, atomics and shuffles of the interpreter. Every access must be aligned to its width and lie in one live
// allocation, one array of shared memory or the parameter. Words of shared memory remember who accessed them since the
// last barrier: two threads of which one writes are a race, whatever the values.
#include "ptx_run.h"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <unordered_map>

namespace ptx {

namespace {

using U16 = std::uint16_t;
using U32 = std::uint32_t;
using U64 = std::uint64_t;

constexpr int kIllegalAddress = 700;
constexpr int kMisaligned = 716;
constexpr int kLaunchFailed = 719;

std::string hex(U64 value) {
    char text[24];
    std::snprintf(text, sizeof(text), "0x%llx", static_cast<unsigned long long>(value));
    return text;
}

std::string thread_of(const Warp& w, int lane) {
    return "thread " + std::to_string(w.index * kLanes + lane);
}

// The addresses of all lanes; inactive ones get that of an active one.
inline void find_addresses(const Warp& w, const Instruction& in, U64 (&at)[kLanes]) {
    const U64* a = lanes_at<U64>(w, in.a);
    const U64 offset = static_cast<U64>(in.offset);
    if (w.mask == kAll) {
        EACH_LANE { at[i] = a[i] + offset; }
        return;
    }
    const U64 first = a[__builtin_ctz(w.mask)] + offset;
    const unsigned mask = w.mask;
    EACH_LANE { at[i] = (mask >> i & 1) != 0 ? a[i] + offset : first; }
}

[[noreturn]] void refuse_lane(const Warp& w, const Instruction& in, int lane, U64 address, U64 bytes, bool misaligned) {
    const std::string access = std::to_string(bytes) + " bytes at " + hex(address) + " by " + thread_of(w, lane);
    w.worker->fail(w, in, misaligned ? kMisaligned : kIllegalAddress,
                   (misaligned ? "a misaligned access to " : "an access outside of all allocations to ") + access);
}

// Whether all is aligned and in one range each; the last range found stays with the site.
template <U64 kBytes>
inline void check(const Warp& w, const Instruction& in, const std::vector<Range>& ranges, const U64 (&at)[kLanes]) {
    U64 low = ~U64{0};
    U64 high = 0;
    U64 bits = 0;
    for (int i = 0; i < kLanes; i++) {
        low = std::min(low, at[i]);
        high = std::max(high, at[i]);
        bits |= at[i];
    }
    Range& known = w.worker->sites[in.site];
    if ((bits & (kBytes - 1)) == 0 && low >= known.begin && high + kBytes <= known.end) {
        return;
    }
    for (int i = 0; i < kLanes; i++) {
        if ((w.mask >> i & 1) == 0) {
            continue;
        }
        if ((at[i] & (kBytes - 1)) != 0) {
            refuse_lane(w, in, i, at[i], kBytes, true);
        }
        const Range* range = find(ranges, at[i]);
        if (range == nullptr || at[i] + kBytes > range->end) {
            refuse_lane(w, in, i, at[i], kBytes, false);
        }
        known = *range;
    }
}

template <U64 kBytes>
inline bool is_dense(const Warp& w, const U64 (&at)[kLanes]) {
    if (w.mask != kAll) {
        return false;
    }
    U64 differs = 0;
    for (int i = 0; i < kLanes; i++) {
        differs |= at[i] ^ (at[0] + static_cast<U64>(i) * kBytes);
    }
    return differs == 0;
}

// Two threads that access a word of shared memory with no barrier between, of which one writes.
template <U64 kBytes, bool kStore>
void check_races(Warp& w, const Instruction& in, const U64 (&at)[kLanes]) {
    Block& block = *w.block;
    const U32 phase = block.phase;
    for (unsigned rest = w.mask; rest != 0; rest &= rest - 1) {
        const int lane = __builtin_ctz(rest);
        const auto thread = static_cast<U16>(w.index * kLanes + lane);
        for (U64 word = (at[lane] - kSharedBegin) / 4; word <= (at[lane] - kSharedBegin + kBytes - 1) / 4; word++) {
            Trace& trace = block.traces[word];
            int other = -1;
            if (trace.write_phase == phase && trace.writer != thread) {
                other = trace.writer;
            }
            if (kStore) {
                if (trace.read_phase == phase && trace.reader != thread) {
                    other = trace.reader;
                }
                trace.write_phase = phase;
                trace.writer = thread;
            } else {
                trace.reader = trace.read_phase == phase && trace.reader != thread ? kSeveral : thread;
                trace.read_phase = phase;
            }
            if (other >= 0) {
                w.worker->fail(w, in, kLaunchFailed,
                               "a race: " + thread_of(w, lane) + " and " +
                                   (other == kSeveral ? "several others" : "thread " + std::to_string(other)) +
                                   " access the same shared memory with no barrier between");
            }
        }
    }
}

template <typename T, typename R, int kCount, bool kStore>
inline void move(Warp& w, const Instruction& in, const U64 (&at)[kLanes], unsigned char* base) {
    R* registers[4];
    for (int i = 0; i < kCount; i++) {
        registers[i] = lanes_at<R>(w, i == 0 ? in.to : in.more[i - 1]);
    }
    if (is_dense<kCount * sizeof(T)>(w, at)) {
        T* p = reinterpret_cast<T*>(base + at[0]);
        for (int j = 0; j < kCount; j++) {
            R* r = registers[j];
            if (kStore) {
                EACH_LANE { p[i * kCount + j] = static_cast<T>(r[i]); }
            } else {
                EACH_LANE { r[i] = static_cast<R>(p[i * kCount + j]); }
            }
        }
        return;
    }
    for (unsigned rest = w.mask; rest != 0; rest &= rest - 1) {
        const int i = __builtin_ctz(rest);
        T* p = reinterpret_cast<T*>(base + at[i]);
        for (int j = 0; j < kCount; j++) {
            if (kStore) {
                p[j] = static_cast<T>(registers[j][i]);
            } else {
                registers[j][i] = static_cast<R>(p[j]);
            }
        }
    }
}

template <Space kSpace, typename T, typename R, int kCount, bool kStore>
void access(Warp& w, const Instruction& in) {
    constexpr U64 bytes = kCount * sizeof(T);
    Worker& worker = *w.worker;
    alignas(64) U64 at[kLanes];
    find_addresses(w, in, at);
    if constexpr (kSpace == Space::Generic) {
        const bool is_shared = at[__builtin_ctz(w.mask)] >= kSharedWindow;
        unsigned same = 0;
        for (int i = 0; i < kLanes; i++) {
            same |= (at[i] >= kSharedWindow) == is_shared ? 1u << i : 0;
        }
        const unsigned mask = w.mask;
        if ((mask & ~same) != 0) {
            w.mask = mask & same;
            access<kSpace, T, R, kCount, kStore>(w, in);
            w.mask = mask & ~same;
            access<kSpace, T, R, kCount, kStore>(w, in);
            w.mask = mask;
            return;
        }
        if (!is_shared) {
            access<Space::Global, T, R, kCount, kStore>(w, in);
            return;
        }
        EACH_LANE { at[i] = at[i] - kSharedWindow + kSharedBegin; }
    }
    if constexpr (kSpace == Space::Global) {
        check<bytes>(w, in, worker.global, at);
        if (worker.launch->counting) {
            count_global(w, at, bytes, kStore);
        }
        move<T, R, kCount, kStore>(w, in, at, nullptr);
    } else if constexpr (kSpace == Space::Parameter) {
        check<bytes>(w, in, worker.parameters, at);
        auto* begin = const_cast<unsigned char*>(worker.launch->arguments);
        move<T, R, kCount, kStore>(w, in, at, begin - kParameterBegin);
    } else {
        check<bytes>(w, in, worker.shared, at);
        check_races<bytes, kStore>(w, in, at);
        if (worker.launch->counting) {
            count_shared(w, at, bytes, kStore);
        }
        move<T, R, kCount, kStore>(w, in, at, w.block->shared.data() - kSharedBegin);
    }
    worker.progresses |= kStore;
    worker.yields |= in.is_volatile;
}

template <Space kSpace, typename T, typename R, int kCount>
Handler choose(bool is_store) {
    if constexpr (kCount * sizeof(T) > 16) {
        return nullptr;
    } else if (is_store) {
        if constexpr (kSpace == Space::Parameter) {
            return nullptr;
        } else {
            return access<kSpace, T, R, kCount, true>;
        }
    } else {
        return access<kSpace, T, R, kCount, false>;
    }
}

template <typename T, typename R>
Handler choose(const AccessForm& form) {
    auto by_count = [&](auto space) -> Handler {
        constexpr Space kSpace = decltype(space)::value;
        return form.count == 1   ? choose<kSpace, T, R, 1>(form.is_store)
               : form.count == 2 ? choose<kSpace, T, R, 2>(form.is_store)
                                 : choose<kSpace, T, R, 4>(form.is_store);
    };
    switch (form.space) {
        case Space::Global:
            return by_count(std::integral_constant<Space, Space::Global>{});
        case Space::Shared:
            return by_count(std::integral_constant<Space, Space::Shared>{});
        case Space::Parameter:
            return by_count(std::integral_constant<Space, Space::Parameter>{});
        default:
            return by_count(std::integral_constant<Space, Space::Generic>{});
    }
}

void run_atomic_add(Warp& w, const Instruction& in) {
    alignas(64) U64 at[kLanes];
    find_addresses(w, in, at);
    check<4>(w, in, w.worker->global, at);
    const U32* b = lanes_at<U32>(w, in.b);
    U32* to = lanes_at<U32>(w, in.to);
    for (unsigned rest = w.mask; rest != 0; rest &= rest - 1) {
        const int i = __builtin_ctz(rest);
        to[i] = __atomic_fetch_add(reinterpret_cast<U32*>(at[i]), b[i], __ATOMIC_SEQ_CST);
        w.worker->counts.atomics++;
    }
    w.worker->progresses = true;
}

void run_fence(Warp&, const Instruction&) { __atomic_thread_fence(__ATOMIC_SEQ_CST); }

// All lanes that the mask names, and that have not ended, must take part, and each must read from one that does. The
// third operand has the clamp in its low bits and the mask of segments from bit 8 on.
template <bool kXor>
void shuffle(Warp& w, const Instruction& in) {
    const U32* a = lanes_at<U32>(w, in.a);
    const U32* b = lanes_at<U32>(w, in.b);
    const U32* c = lanes_at<U32>(w, in.c);
    const U32* members = lanes_at<U32>(w, in.more[0]);
    U32 made[kLanes];
    for (unsigned rest = w.mask; rest != 0; rest &= rest - 1) {
        const int i = __builtin_ctz(rest);
        if ((members[i] & w.live) != w.mask) {
            w.worker->fail(w, in, kLaunchFailed,
                           "a shuffle that other lanes of the warp reach than its mask " + hex(members[i]) + " names");
        }
        const int segments = static_cast<int>(c[i] >> 8 & 31);
        const int clamp = static_cast<int>(c[i] & 31);
        const int last = (i & segments) | (clamp & ~segments);
        const int least = i & segments;
        const int from = static_cast<int>(b[i] & 31);
        int lane = kXor ? i ^ from : least | (from & ~segments & 31);
        lane = lane <= last ? lane : i;
        if ((w.mask >> lane & 1) == 0) {
            w.worker->fail(w, in, kLaunchFailed,
                           "a shuffle in which " + thread_of(w, i) + " reads from a lane that does not take part");
        }
        made[i] = a[lane];
    }
    U32* to = lanes_at<U32>(w, in.to);
    for (unsigned rest = w.mask; rest != 0; rest &= rest - 1) {
        const int i = __builtin_ctz(rest);
        to[i] = made[i];
    }
}

}  // namespace

Handler find_access(const AccessForm& form) {
    const std::string key = form.type + "/" + std::to_string(form.register_bytes);
    using Chooser = Handler (*)(const AccessForm&);
    static const std::unordered_map<std::string, Chooser> known = {
        {"u8/2", choose<std::uint8_t, U16>}, {"u16/2", choose<U16, U16>},
        {"u16/4", choose<U16, U32>},         {"u32/4", choose<U32, U32>},
        {"b32/4", choose<U32, U32>},         {"f32/4", choose<U32, U32>},
        {"s32/4", choose<U32, U32>},         {"u32/8", choose<U32, U64>},
        {"s32/8", choose<std::int32_t, U64>}, {"u64/8", choose<U64, U64>},
        {"b64/8", choose<U64, U64>},         {"f64/8", choose<U64, U64>}};
    auto found = known.find(key);
    return found == known.end() ? nullptr : found->second(form);
}

const Handler atomic_add = run_atomic_add;
const Handler shuffle_xor = shuffle<true>;
const Handler shuffle_index = shuffle<false>;
const Handler fence = run_fence;

}  // namespace ptx
