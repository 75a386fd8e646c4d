// Executes launches: blocks one after another on each of several threads of the host, or, if they have to wait for each
// other, in turns on one.
#include "ptx_run.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <exception>
#include <mutex>
#include <thread>

namespace ptx {

namespace {

constexpr int kLaunchFailed = 719;
constexpr int kTimeout = 702;
constexpr long long kMostInstructions = 1LL << 26;  // of a warp in a launch
constexpr int kMostIdleTurns = 100'000;

// Runs a warp until it ends (true), or waits at a barrier or for another block (false).
bool run_warp(Warp& w, Worker& worker) {
    const std::vector<Instruction>& code = worker.launch->entry.code;
    const bool may_yield = worker.launch->cooperative;
    long long executed = 0;
    long long lanes = 0;
    auto leave = [&](bool ended) {
        worker.counts.instructions += executed;
        worker.counts.thread_instructions += lanes;
        w.executed += executed;
        return ended;
    };
    for (;;) {
        while (!w.paths.empty() && (w.paths.back().lanes == 0 || w.paths.back().at == w.paths.back().join)) {
            w.paths.pop_back();
        }
        if (w.paths.empty()) {
            worker.progresses = true;
            return leave(true);
        }
        // The stack may grow below, so that the path is copied.
        Path path = w.paths.back();
        int at = path.at;
        for (;;) {
            if (at == path.join) {
                w.paths.back().at = at;
                break;
            }
            const Instruction& in = code[at];
            unsigned mask = path.lanes;
            if (in.guard >= 0) {
                const unsigned guard = w.predicates[in.guard];
                mask &= in.negated ? ~guard : guard;
            }
            executed++;
            worker.counts.reached[at] |= mask != 0;
            lanes += __builtin_popcount(mask);
            if (in.kind == Kind::Plain) {
                at++;
                if (mask != 0) {
                    w.mask = mask;
                    in.run(w, in);
                    if (worker.yields) {
                        worker.yields = false;
                        if (may_yield) {
                            w.paths.back().at = at;
                            return leave(false);
                        }
                    }
                }
                continue;
            }
            if (in.kind == Kind::Branch) {
                if (in.target <= at && w.executed + executed > kMostInstructions) {
                    worker.fail(w, in, kTimeout, "a loop that does not end");
                }
                const unsigned stays = path.lanes & ~mask;
                if (stays == 0) {
                    at = in.target;
                    continue;
                }
                if (mask == 0) {
                    at++;
                    continue;
                }
                if (in.join == path.join) {
                    w.paths.pop_back();
                } else {
                    w.paths.back().at = in.join;
                }
                w.paths.push_back({in.target, in.join, mask});
                w.paths.push_back({at + 1, in.join, stays});
                break;
            }
            if (in.kind == Kind::Barrier) {
                if (mask != w.threads) {
                    worker.fail(w, in, kLaunchFailed, "a barrier that some threads of the block never reach");
                }
                w.paths.back().at = at + 1;
                w.waits = true;
                worker.counts.barriers++;
                worker.progresses = true;
                return leave(false);
            }
            w.live &= ~mask;
            for (Path& each : w.paths) {
                each.lanes &= ~mask;
            }
            w.paths.back().at = at + 1;
            break;
        }
    }
}

void prepare(Block& block, Worker& worker, host::Index index) {
    const Launch& launch = *worker.launch;
    const Entry& entry = launch.entry;
    const int threads = launch.block.x * launch.block.y * launch.block.z;
    const int warps = (threads + kLanes - 1) / kLanes;
    block.index = index;
    if (block.warps.empty()) {
        block.warps.resize(warps);
        // Aligned to cache lines by hand.
        block.frames.reset(new unsigned char[entry.frame_bytes * warps + 128]);
        block.predicates.resize(static_cast<std::size_t>(entry.predicates) * warps);
        const std::uint64_t end = entry.shared_end + launch.shared_bytes;
        block.shared.resize(end - kSharedBegin);
        block.traces.resize((end - kSharedBegin) / 4 + 1);
    }
    // What is not written is NaN.
    std::memset(block.shared.data(), 0xff, block.shared.size());
    block.phase++;
    auto aligned = (reinterpret_cast<std::uintptr_t>(block.frames.get()) + 127) / 128 * 128;
    for (int i = 0; i < warps; i++) {
        Warp& w = block.warps[i];
        w.frame = reinterpret_cast<unsigned char*>(aligned) + entry.frame_bytes * i;
        w.predicates = block.predicates.data() + static_cast<std::size_t>(entry.predicates) * i;
        w.block = &block;
        w.worker = &worker;
        w.index = i;
        const int lanes = std::min(threads - i * kLanes, kLanes);
        w.threads = lanes == kLanes ? kAll : (1u << lanes) - 1;
        w.live = w.threads;
        w.waits = false;
        w.executed = 0;
        w.paths.assign(1, {0, static_cast<int>(entry.code.size()), w.live});
        std::memcpy(w.frame, entry.constants.data(), entry.constants.size());
        std::memset(w.frame + entry.constants.size(), 0xff, entry.frame_bytes - entry.constants.size());
        std::memset(w.predicates, 0, 4 * static_cast<std::size_t>(entry.predicates));
        w.predicates[1] = kAll;
        for (const auto& [which, offset] : entry.specials) {
            auto* to = lanes_at<std::int32_t>(w, offset);
            for (int lane = 0; lane < kLanes; lane++) {
                const int thread = i * kLanes + lane;
                const int values[] = {thread % launch.block.x,
                                      thread / launch.block.x % launch.block.y,
                                      thread / launch.block.x / launch.block.y,
                                      launch.block.x,
                                      launch.block.y,
                                      launch.block.z,
                                      index.x,
                                      index.y,
                                      index.z,
                                      launch.grid.x,
                                      launch.grid.y,
                                      launch.grid.z};
                to[lane] = values[static_cast<int>(which)];
            }
        }
    }
    worker.counts.blocks++;
    worker.counts.warps += warps;
}

// Runs each warp of a block as far as it can; true if all have ended.
bool run_block(Block& block, Worker& worker) {
    const int warps = static_cast<int>(block.warps.size());
    for (;;) {
        int ended = 0;
        int waiting = 0;
        for (int i = 0; i < warps; i++) {
            Warp& w = block.warps[worker.launch->descending ? warps - 1 - i : i];
            if (!w.paths.empty() && !w.waits) {
                run_warp(w, worker);
            }
            ended += w.paths.empty();
            waiting += w.waits;
        }
        if (ended == warps) {
            return true;
        }
        if (waiting + ended < warps) {
            return false;  // for another block
        }
        if (ended > 0) {
            const Warp& w = *std::find_if(block.warps.begin(), block.warps.end(),
                                          [](const Warp& each) { return each.waits; });
            worker.fail(w, worker.launch->entry.code[w.paths.back().at - 1], kLaunchFailed,
                        "a barrier that some threads of the block never reach");
        }
        for (Warp& w : block.warps) {
            w.waits = false;
        }
        block.phase++;
    }
}

host::Index index_of(const Launch& launch, long long i) {
    const host::Index& grid = launch.grid;
    return {static_cast<int>(i % grid.x), static_cast<int>(i / grid.x % grid.y),
            static_cast<int>(i / grid.x / grid.y)};
}

void start(Worker& worker, const Launch& launch) {
    worker.launch = &launch;
    worker.global = launch.memory;
    for (const SharedArray& array : launch.entry.shared) {
        worker.shared.push_back({array.begin, array.begin + (array.is_dynamic ? launch.shared_bytes : array.bytes)});
    }
    std::sort(worker.shared.begin(), worker.shared.end(),
              [](const Range& a, const Range& b) { return a.begin < b.begin; });
    worker.parameters.push_back({kParameterBegin, kParameterBegin + launch.entry.argument_bytes});
    worker.sites.resize(launch.entry.sites);
    worker.counts.reached.resize(launch.entry.code.size());
    if (launch.counting) {
        worker.loaded.resize(launch.memory.size());
        worker.stored.resize(launch.memory.size());
    }
}

// Blocks of a cooperative launch in turns, each until it waits for another.
void run_together(Worker& worker, long long count) {
    std::vector<Block> blocks(count);
    for (long long i = 0; i < count; i++) {
        prepare(blocks[i], worker, index_of(*worker.launch, worker.launch->descending ? count - 1 - i : i));
    }
    std::vector<char> ended(count, 0);
    int idle = 0;
    for (long long left = count; left > 0;) {
        worker.progresses = false;
        for (long long i = 0; i < count; i++) {
            if (!ended[i] && run_block(blocks[i], worker)) {
                ended[i] = 1;
                left--;
            }
        }
        idle = worker.progresses ? 0 : idle + 1;
        if (left > 0 && idle > kMostIdleTurns) {
            for (long long i = 0; i < count; i++) {
                for (const Warp& w : blocks[i].warps) {
                    if (!w.paths.empty() && !w.waits) {
                        worker.fail(w, worker.launch->entry.code[w.paths.back().at], kTimeout,
                                    "blocks that wait for each other for ever");
                    }
                }
            }
        }
    }
}

long long bits_of(const std::vector<std::vector<std::uint64_t>>& sets) {
    long long count = 0;
    for (const auto& set : sets) {
        for (std::uint64_t word : set) {
            count += __builtin_popcountll(word);
        }
    }
    return count;
}

void merge(std::vector<std::vector<std::uint64_t>>& into, const std::vector<std::vector<std::uint64_t>>& from) {
    for (std::size_t i = 0; i < into.size(); i++) {
        into[i].resize(std::max(into[i].size(), from[i].size()));
        for (std::size_t j = 0; j < from[i].size(); j++) {
            into[i][j] |= from[i][j];
        }
    }
}

}  // namespace

void Worker::fail(const Warp& warp, const Instruction& at, int status, const std::string& what) const {
    const Entry& entry = launch->entry;
    const host::Index& block = warp.block->index;
    throw Fault(status, "kernel " + entry.name + ": " + what + " (block " + std::to_string(block.x) + "," +
                            std::to_string(block.y) + "," + std::to_string(block.z) + ", line " +
                            std::to_string(at.line) + " of its PTX: " + (*entry.lines)[at.line - 1] + ")");
}

Counts run(const Launch& launch) {
    const long long count = static_cast<long long>(launch.grid.x) * launch.grid.y * launch.grid.z;
    const long long hosts = launch.cooperative ? 1 : std::min<long long>(launch.threads, count);
    std::vector<Worker> workers(hosts);
    std::atomic<long long> next{0};
    std::exception_ptr failure;
    std::mutex failing;
    auto work = [&](Worker& worker) {
        try {
            start(worker, launch);
            if (launch.cooperative) {
                run_together(worker, count);
                return;
            }
            Block block;
            for (long long i = next++; i < count; i = next++) {
                prepare(block, worker, index_of(launch, launch.descending ? count - 1 - i : i));
                run_block(block, worker);
            }
        } catch (const Fault&) {
            const std::lock_guard<std::mutex> lock(failing);
            failure = failure ? failure : std::current_exception();
            next = count;
        }
    };
    std::vector<std::thread> others;
    for (long long i = 1; i < hosts; i++) {
        others.emplace_back(work, std::ref(workers[i]));
    }
    work(workers[0]);
    for (std::thread& other : others) {
        other.join();
    }
    if (failure) {
        std::rethrow_exception(failure);
    }
    Counts counts;
    for (Worker& worker : workers) {
        counts.add(worker.counts);
        if (&worker != &workers[0]) {
            merge(workers[0].loaded, worker.loaded);
            merge(workers[0].stored, worker.stored);
        }
    }
    counts.launches = 1;
    counts.cooperative = launch.cooperative ? 1 : 0;
    counts.loads.touched = bits_of(workers[0].loaded);
    counts.stores.touched = bits_of(workers[0].stored);
    return counts;
}

}  // namespace ptx
