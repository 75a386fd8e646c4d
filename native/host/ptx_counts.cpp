// What the interpreter executed, by kernel.
#include "ptx.h"

#include <algorithm>
#include <cstdio>

namespace ptx {

namespace {

// Never destroyed, because the order of destruction at exit is unknown.
std::map<std::string, Counts>& kernels = *new std::map<std::string, Counts>;

std::string ratio(long long a, long long b, const char* format = "%.2f") {
    if (b == 0) {
        return "–";
    }
    char text[32];
    std::snprintf(text, sizeof(text), format, static_cast<double>(a) / static_cast<double>(b));
    return text;
}

}  // namespace

void Traffic::add(const Traffic& other) {
    requests += other.requests;
    bytes += other.bytes;
    sectors += other.sectors;
    least += other.least;
    touched += other.touched;
}

void Counts::add(const Counts& other) {
    launches += other.launches;
    cooperative += other.cooperative;
    blocks += other.blocks;
    warps += other.warps;
    instructions += other.instructions;
    thread_instructions += other.thread_instructions;
    barriers += other.barriers;
    atomics += other.atomics;
    loads.add(other.loads);
    stores.add(other.stores);
    shared_loads.add(other.shared_loads);
    shared_stores.add(other.shared_stores);
    reached.resize(std::max(reached.size(), other.reached.size()));
    for (std::size_t i = 0; i < other.reached.size(); i++) {
        reached[i] |= other.reached[i];
    }
}

std::string totals() {
    std::string text;
    for (const auto& [name, c] : kernels) {
        const long long numbers[] = {
            static_cast<long long>(c.reached.size()) - 1,  // without the end that the decoder adds
            c.launches,
            c.cooperative,
            c.blocks,
            c.warps,
            c.instructions,
            c.atomics,
            c.loads.sectors,
            c.loads.touched,
            c.stores.sectors,
            c.stores.touched,
            c.shared_loads.sectors + c.shared_stores.sectors};
        text += name;
        for (long long number : numbers) {
            text += "," + std::to_string(number);
        }
        text += "\n";
    }
    return text;
}

void forget() { kernels.clear(); }

void collect(const std::string& kernel, const Counts& counts) { kernels[kernel].add(counts); }

std::string executed_kernels() {
    std::string names;
    for (const auto& [name, counts] : kernels) {
        names += name + "\n";
    }
    return names;
}

std::string table() {
    std::string text =
        "| kernel | code reached | launches | warps | instructions per warp | active lanes | per 4 bytes stored | "
        "per 4 bytes loaded | load sectors | / least | / touched | store sectors | / least | / touched | "
        "shared cycles / least |\n"
        "|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|\n";
    for (const auto& [name, c] : kernels) {
        const long long shared = c.shared_loads.sectors + c.shared_stores.sectors;
        const long long reached = std::count(c.reached.begin(), c.reached.end(), 1);
        const long long code = static_cast<long long>(c.reached.size()) - 1;  // without the end that the decoder adds
        const std::string cells[] = {
            name,
            ratio(100 * reached, code, "%.0f %%"),
            std::to_string(c.launches),
            std::to_string(c.warps),
            ratio(c.instructions, c.warps, "%.1f"),
            ratio(c.thread_instructions, c.instructions, "%.1f"),
            ratio(32 * c.instructions, c.stores.bytes / 4, "%.1f"),
            ratio(32 * c.instructions, c.loads.bytes / 4, "%.1f"),
            std::to_string(c.loads.sectors),
            ratio(c.loads.sectors, c.loads.least),
            ratio(c.loads.sectors, c.loads.touched),
            std::to_string(c.stores.sectors),
            ratio(c.stores.sectors, c.stores.least),
            ratio(c.stores.sectors, c.stores.touched),
            ratio(shared, c.shared_loads.least + c.shared_stores.least)};
        text += "|";
        for (const std::string& cell : cells) {
            text += " " + cell + " |";
        }
        text += "\n";
    }
    return text;
}

}  // namespace ptx
