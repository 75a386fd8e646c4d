// The control flow of an entry: where lanes that part join again, and which registers can share a place.
#pragma once

#include "ptx.h"

namespace ptx {

// Marks the number of a register in an instruction whose places are not yet known.
constexpr std::uint32_t kRegister = 0x8000'0000u;

// Predicates that never change come first.
constexpr std::uint32_t kFalse = 0;
constexpr std::uint32_t kTrue = 1;
constexpr int kFirstPredicate = 2;

// The numbers of the registers that an instruction reads and writes.
struct Uses {
    std::vector<std::uint32_t> reads, writes;
};

class Flow {
  public:
    explicit Flow(const std::vector<Instruction>& code);

    // Each branch joins at its immediate post-dominator; code.size() if there is none.
    void set_joins(std::vector<Instruction>& code) const;

    // Gives registers of `bytes` per lane offsets in the frame from `begin` on. Those that are never live at the same
    // time may share one: a lane sees only its own values, so this is as in a program of one thread. Returns the end.
    std::size_t place_registers(std::vector<Instruction>& code, const std::vector<Uses>& uses,
                                const std::vector<int>& bytes, std::size_t begin) const;

  private:
    struct Part {
        int begin = 0, end = 0;
        std::vector<int> next;
    };

    std::vector<Part> parts_;  // basic blocks
};

}  // namespace ptx
