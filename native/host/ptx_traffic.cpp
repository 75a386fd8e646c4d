// Counts the memory transactions of a request of a warp.
#include "ptx_run.h"

#include <algorithm>

namespace ptx {

namespace {

using U64 = std::uint64_t;

int different(U64 (&values)[2 * kLanes], int count) {
    std::sort(values, values + count);
    return static_cast<int>(std::unique(values, values + count) - values);
}

}  // namespace

const Range* find(const std::vector<Range>& ranges, U64 address) {
    auto after = std::upper_bound(ranges.begin(), ranges.end(), address,
                                  [](U64 value, const Range& range) { return value < range.begin; });
    return after == ranges.begin() || address >= std::prev(after)->end ? nullptr : &*std::prev(after);
}

// Sectors of 32 bytes that a request touches, against those that its different bytes would fill.
void count_global(const Warp& w, const U64 (&at)[kLanes], U64 bytes, bool is_store) {
    Worker& worker = *w.worker;
    Traffic& traffic = is_store ? worker.counts.stores : worker.counts.loads;
    U64 sectors[2 * kLanes];
    U64 addresses[2 * kLanes];
    int count = 0;
    for (int i = 0; i < kLanes; i++) {
        if ((w.mask >> i & 1) != 0) {
            addresses[count] = at[i];
            sectors[count++] = at[i] / 32;
        }
    }
    traffic.requests++;
    traffic.bytes += static_cast<long long>(count * bytes);
    const int met = different(sectors, count);
    traffic.sectors += met;
    traffic.least += (different(addresses, count) * static_cast<long long>(bytes) + 31) / 32;

    auto& touched = is_store ? worker.stored : worker.loaded;
    const std::vector<Range>& memory = worker.global;
    std::size_t which = 0;
    for (int i = 0; i < met; i++) {
        const U64 begin = sectors[i] * 32;
        if (i == 0 || begin + 31 < memory[which].begin || begin >= memory[which].end) {
            const Range* range = find(memory, begin + 31);
            range = range == nullptr ? find(memory, begin) : range;
            which = static_cast<std::size_t>(range - memory.data());
        }
        std::vector<U64>& bits = touched[which];
        const U64 first = memory[which].begin / 32;
        if (bits.empty()) {
            bits.resize(((memory[which].end + 31) / 32 - first) / 64 + 1);
        }
        bits[(sectors[i] - first) / 64] |= U64{1} << (sectors[i] - first) % 64;
    }
}

// A request to shared memory takes as many cycles as the busiest of 32 banks has different words. Wider accesses go in
// halves or quarters of the warp.
void count_shared(const Warp& w, const U64 (&at)[kLanes], U64 bytes, bool is_store) {
    Traffic& traffic = is_store ? w.worker->counts.shared_stores : w.worker->counts.shared_loads;
    const int words = static_cast<int>(std::max<U64>(bytes / 4, 1));
    const int lanes = kLanes / words;
    traffic.requests++;
    for (int begin = 0; begin < kLanes; begin += lanes) {
        U64 met[2 * kLanes];
        int count = 0;
        for (int i = begin; i < begin + lanes; i++) {
            for (int word = 0; word < words && (w.mask >> i & 1) != 0; word++) {
                met[count++] = at[i] / 4 + static_cast<U64>(word);
            }
            traffic.bytes += (w.mask >> i & 1) != 0 ? static_cast<long long>(bytes) : 0;
        }
        count = different(met, count);
        int in_bank[32] = {};
        int most = 0;
        for (int i = 0; i < count; i++) {
            most = std::max(most, ++in_bank[met[i] % 32]);
        }
        traffic.sectors += most;
        traffic.least += count > 0 ? 1 : 0;
    }
}

}  // namespace ptx
