// The operands of the statements of an entry: registers by scope, immediates, symbols and special registers.
#pragma once

#include "ptx_flow.h"
#include "ptx_parse.h"

#include <unordered_map>

namespace ptx {

// The bytes of a value of a type of Operation.
int bytes_of(char letter);

class Operands {
  protected:
    Operands(const Source& source, const EntrySource& from) : source_(source), from_(from) {}

    struct Register {
        char letter = 0;  // its width or p
        bool is_float = false;
        int number = 0;
    };

    [[noreturn]] void refuse(const std::string& what) const;
    void declare_shared();

    // ".reg .b32 %r<12>" or ".reg .pred p".
    void declare();
    Register new_register(std::pair<char, bool> type);
    const Register* find_register(const std::string& name) const;
    const Register& register_of(const std::string& name) const;
    int predicate(const std::string& name) const;

    // The number of a register, marked; place_registers() replaces it by an offset. Constants have theirs from the
    // beginning.
    std::uint32_t place(const std::string& name, int bytes) const;
    std::uint32_t read(std::uint32_t place);
    std::uint32_t write(std::uint32_t place);
    std::uint32_t constant(std::uint64_t bits, int bytes);
    bool is_integer(const std::string& text) const;

    // An operand that is read, of a type of Operation.
    std::uint32_t source(const std::string& text, char type);

    // mov.b32 and mov.b64 also move between integers and floating-point numbers; selp.b32 too.
    bool moves_bits() const;
    std::uint64_t symbol(const std::string& name) const;
    std::uint32_t special(const std::string& name, char type);
    std::uint32_t target(const std::string& text, char type);
    void need_operands(std::size_t count) const;

    const Source& source_;
    const EntrySource& from_;
    std::shared_ptr<Entry> made_ = std::make_shared<Entry>();
    const Statement* statement_ = nullptr;
    std::vector<std::unordered_map<std::string, Register>> scopes_;
    std::vector<int> registers_;  // the bytes of each in a lane
    std::vector<Uses> uses_;      // of each instruction
    int predicates_ = 0;
    std::map<std::pair<std::uint64_t, int>, std::uint32_t> constants_;
};

}  // namespace ptx
