#include "ptx_flow.h"

#include <algorithm>

namespace ptx {

Flow::Flow(const std::vector<Instruction>& code) {
    const int size = static_cast<int>(code.size());
    std::vector<char> begins(size + 1, 0);
    begins[0] = 1;
    for (int i = 0; i < size; i++) {
        if (code[i].kind == Kind::Branch) {
            begins[code[i].target] = 1;
        }
        if (code[i].kind == Kind::Branch || code[i].kind == Kind::Exit) {
            begins[i + 1] = 1;
        }
    }
    std::vector<int> part_at(size + 1, -1);
    for (int i = 0; i < size; i++) {
        if (begins[i]) {
            parts_.push_back({i, i, {}});
        }
        part_at[i] = static_cast<int>(parts_.size()) - 1;
        parts_.back().end = i + 1;
    }
    for (Part& part : parts_) {
        const Instruction& last = code[part.end - 1];
        if (last.kind == Kind::Branch) {
            part.next.push_back(part_at[last.target]);
        }
        bool falls = (last.kind != Kind::Branch && last.kind != Kind::Exit) || last.guard >= 0;
        if (falls && part.end < size) {
            part.next.push_back(part_at[part.end]);
        }
    }
}

// Cooper, Harvey and Kennedy, "A simple, fast dominance algorithm", on the reversed graph, whose root is the end of the
// entry.
void Flow::set_joins(std::vector<Instruction>& code) const {
    const int root = static_cast<int>(parts_.size());
    std::vector<std::vector<int>> before(root + 1);
    for (int i = 0; i < root; i++) {
        for (int next : parts_[i].next) {
            before[next].push_back(i);
        }
        const Instruction& last = code[parts_[i].end - 1];
        if (last.kind == Kind::Exit) {
            before[root].push_back(i);
        }
    }

    // The order in which a search from the root leaves the parts.
    std::vector<int> left;
    std::vector<int> rank(root + 1, -1);
    std::vector<std::pair<int, std::size_t>> open = {{root, 0}};
    std::vector<char> met(root + 1, 0);
    met[root] = 1;
    while (!open.empty()) {
        auto& [part, at] = open.back();
        if (at < before[part].size()) {
            int other = before[part][at++];
            if (!met[other]) {
                met[other] = 1;
                open.emplace_back(other, 0);
            }
            continue;
        }
        rank[part] = static_cast<int>(left.size());
        left.push_back(part);
        open.pop_back();
    }

    std::vector<int> join(root + 1, -1);
    join[root] = root;
    auto common = [&](int a, int b) {
        while (a != b) {
            while (rank[a] < rank[b]) {
                a = join[a];
            }
            while (rank[b] < rank[a]) {
                b = join[b];
            }
        }
        return a;
    };
    bool changed = true;
    while (changed) {
        changed = false;
        for (auto part = left.rbegin(); part != left.rend(); ++part) {
            if (*part == root) {
                continue;
            }
            std::vector<int> after = parts_[*part].next;
            if (code[parts_[*part].end - 1].kind == Kind::Exit) {
                after.push_back(root);
            }
            int made = -1;
            for (int each : after) {
                if (join[each] >= 0) {
                    made = made < 0 ? each : common(made, each);
                }
            }
            if (made != join[*part]) {
                join[*part] = made;
                changed = true;
            }
        }
    }
    for (int i = 0; i < root; i++) {
        Instruction& last = code[parts_[i].end - 1];
        if (last.kind == Kind::Branch) {
            last.join = join[i] < 0 || join[i] == root ? static_cast<int>(code.size()) : parts_[join[i]].begin;
        }
    }
}

std::size_t Flow::place_registers(std::vector<Instruction>& code, const std::vector<Uses>& uses,
                                  const std::vector<int>& bytes, std::size_t begin) const {
    // The registers that are live at the beginning and at the end of each part.
    const std::size_t count = bytes.size();
    std::vector<std::vector<bool>> in(parts_.size(), std::vector<bool>(count));
    std::vector<std::vector<bool>> out = in;
    auto step = [&](std::vector<bool>& live, int i) {
        // A guarded write may leave the old value.
        if (code[i].guard < 0) {
            for (std::uint32_t each : uses[i].writes) {
                live[each] = false;
            }
        }
        for (std::uint32_t each : uses[i].reads) {
            live[each] = true;
        }
    };
    bool changed = true;
    while (changed) {
        changed = false;
        for (std::size_t p = parts_.size(); p-- > 0;) {
            std::vector<bool> live(count);
            for (int next : parts_[p].next) {
                for (std::size_t i = 0; i < count; i++) {
                    live[i] = live[i] || in[next][i];
                }
            }
            out[p] = live;
            for (int i = parts_[p].end; i-- > parts_[p].begin;) {
                step(live, i);
            }
            changed = changed || live != in[p];
            in[p] = std::move(live);
        }
    }

    // From the first to the last instruction at which a register is used or live.
    struct Life {
        int begin = 1 << 30, end = -1;
        std::uint32_t number = 0;
    };
    std::vector<Life> lives(count);
    auto meet = [&](std::size_t each, int i) {
        lives[each].begin = std::min(lives[each].begin, i);
        lives[each].end = std::max(lives[each].end, i);
    };
    for (std::size_t p = 0; p < parts_.size(); p++) {
        for (std::size_t i = 0; i < count; i++) {
            if (in[p][i]) {
                meet(i, parts_[p].begin);
            }
            if (out[p][i]) {
                meet(i, parts_[p].end);
            }
        }
        for (int i = parts_[p].begin; i < parts_[p].end; i++) {
            for (std::uint32_t each : uses[i].reads) {
                meet(each, i);
            }
            for (std::uint32_t each : uses[i].writes) {
                meet(each, i);
            }
        }
    }
    for (std::size_t i = 0; i < count; i++) {
        lives[i].number = static_cast<std::uint32_t>(i);
    }
    std::sort(lives.begin(), lives.end(), [](const Life& a, const Life& b) { return a.begin < b.begin; });

    std::size_t end = (begin + 127) / 128 * 128;
    std::vector<std::uint32_t> offsets(count, static_cast<std::uint32_t>(end));
    std::map<int, std::vector<std::uint32_t>> free;
    std::vector<Life> open;
    for (const Life& life : lives) {
        if (life.end < 0) {
            continue;  // never used
        }
        for (std::size_t i = 0; i < open.size();) {
            if (open[i].end < life.begin) {
                free[bytes[open[i].number]].push_back(offsets[open[i].number]);
                open[i] = open.back();
                open.pop_back();
            } else {
                i++;
            }
        }
        std::vector<std::uint32_t>& places = free[bytes[life.number]];
        if (places.empty()) {
            places.push_back(static_cast<std::uint32_t>(end));
            end += (static_cast<std::size_t>(bytes[life.number]) * kLanes + 127) / 128 * 128;
        }
        offsets[life.number] = places.back();
        places.pop_back();
        open.push_back(life);
    }
    auto settle = [&](std::uint32_t& place) {
        place = (place & kRegister) != 0 ? offsets[place & ~kRegister] : place;
    };
    for (Instruction& each : code) {
        for (std::uint32_t* place : {&each.to, &each.a, &each.b, &each.c}) {
            settle(*place);
        }
        for (std::uint32_t& place : each.more) {
            settle(place);
        }
    }
    return std::max<std::size_t>(end, 128);
}

}  // namespace ptx
