// The text of a PTX module as entries with statements; between the reader and the decoder.
#pragma once

#include "ptx.h"

namespace ptx {

// An instruction, a directive or a label ("$L__BB0_4:") of a body, or a brace.
struct Statement {
    int line = 0;
    std::string guard;  // a predicate; empty if none
    bool negated = false;
    std::string opcode;
    std::vector<std::string> operands;
};

struct EntrySource {
    std::string name;
    std::string parameter;
    std::size_t argument_bytes = 0;
    int most_threads = 1024;
    std::vector<Statement> statements;
};

struct Source {
    std::vector<SharedArray> shared;
    std::vector<EntrySource> entries;
    std::shared_ptr<const std::vector<std::string>> lines;
};

// Throws Unreadable.
Source read(const std::string& text);

}  // namespace ptx
