#include "ptx_operands.h"

#include <algorithm>
#include <cstdlib>
#include <set>

namespace ptx {

namespace {

constexpr std::size_t kGap = 256;  // between arrays in shared memory: an overrun does not meet the next one

}  // namespace

int bytes_of(char letter) {
    switch (letter) {
        case 'h':
            return 2;
        case 'w':
        case 'f':
            return 4;
        default:
            return 8;
    }
}

void Operands::refuse(const std::string& what) const {
    throw Unreadable("line " + std::to_string(statement_->line) + ": " + what + ": '" +
                     (*source_.lines)[statement_->line - 1] + "'");
}

void Operands::declare_shared() {
    std::set<std::string> used;
    for (const Statement& statement : from_.statements) {
        for (const std::string& operand : statement.operands) {
            used.insert(operand[0] == '[' ? operand.substr(1, operand.find_first_of("+]") - 1) : operand);
        }
    }
    for (SharedArray array : source_.shared) {
        if (used.count(array.name) == 0) {
            continue;
        }
        if (array.is_dynamic) {
            made_->shared.push_back(array);
            continue;
        }
        // Aligned as declared, and no more: that shows a wide load which needs more.
        std::uint64_t step = 2 * std::max<std::uint64_t>(array.alignment, 1);
        array.begin = (made_->shared_end + step - 1) / step * step + (array.alignment < 16 ? array.alignment : 0);
        made_->shared_end = array.begin + array.bytes + kGap;
        made_->static_bytes += static_cast<int>(array.bytes);
        made_->shared.push_back(array);
    }
    made_->shared_end = (made_->shared_end + 31) / 32 * 32;
    for (SharedArray& array : made_->shared) {
        array.begin = array.is_dynamic ? made_->shared_end : array.begin;
    }
}

void Operands::declare() {
    static const std::map<std::string, std::pair<char, bool>> types = {
        {".pred", {'p', false}}, {".b16", {'h', false}}, {".b32", {'w', false}},
        {".b64", {'d', false}},  {".f32", {'w', true}},  {".f64", {'d', true}}};
    std::string text;
    for (const std::string& operand : statement_->operands) {
        text += (text.empty() ? "" : ", ") + operand;
    }
    std::size_t space = text.find(' ');
    auto type = types.find(text.substr(0, space));
    std::size_t name = space == std::string::npos ? std::string::npos : text.find_first_not_of(' ', space);
    if (type == types.end() || name == std::string::npos || text.find(',') != std::string::npos) {
        refuse("unknown declaration of registers");
    }
    std::string rest = text.substr(name);
    std::size_t bracket = rest.find('<');
    int count = bracket == std::string::npos ? -1 : std::atoi(rest.c_str() + bracket + 1);
    if (count < 0) {
        scopes_.back()[rest] = new_register(type->second);
        return;
    }
    for (int i = 0; i < count; i++) {
        scopes_.back()[rest.substr(0, bracket) + std::to_string(i)] = new_register(type->second);
    }
}

Operands::Register Operands::new_register(std::pair<char, bool> type) {
    Register made;
    made.letter = type.first;
    made.is_float = type.second;
    made.number = made.letter == 'p' ? predicates_++ : static_cast<int>(registers_.size());
    if (made.letter != 'p') {
        registers_.push_back(bytes_of(made.letter));
    }
    return made;
}

const Operands::Register* Operands::find_register(const std::string& name) const {
    for (auto scope = scopes_.rbegin(); scope != scopes_.rend(); ++scope) {
        auto found = scope->find(name);
        if (found != scope->end()) {
            return &found->second;
        }
    }
    return nullptr;
}

const Operands::Register& Operands::register_of(const std::string& name) const {
    const Register* found = find_register(name);
    if (found == nullptr) {
        refuse("unknown register " + name);
    }
    return *found;
}

int Operands::predicate(const std::string& name) const {
    const Register& found = register_of(name);
    if (found.letter != 'p') {
        refuse(name + " is not a predicate");
    }
    return kFirstPredicate + found.number;
}

std::uint32_t Operands::place(const std::string& name, int bytes) const {
    const Register& found = register_of(name);
    if (found.letter == 'p' || bytes_of(found.letter) != bytes) {
        refuse(name + " does not have " + std::to_string(8 * bytes) + " bits");
    }
    return static_cast<std::uint32_t>(found.number) | kRegister;
}

std::uint32_t Operands::read(std::uint32_t place) {
    uses_.back().reads.push_back(place & ~kRegister);
    return place;
}

std::uint32_t Operands::write(std::uint32_t place) {
    uses_.back().writes.push_back(place & ~kRegister);
    return place;
}

std::uint32_t Operands::constant(std::uint64_t bits, int bytes) {
    auto [found, is_new] = constants_.try_emplace({bits, bytes}, static_cast<std::uint32_t>(made_->constants.size()));
    if (is_new) {
        for (int i = 0; i < kLanes; i++) {
            auto* from = reinterpret_cast<const unsigned char*>(&bits);
            made_->constants.insert(made_->constants.end(), from, from + bytes);
        }
    }
    return found->second;
}

bool Operands::is_integer(const std::string& text) const {
    std::size_t digits = text[0] == '-' ? 1 : 0;
    return text.size() > digits && text.find_first_not_of("0123456789", digits) == std::string::npos;
}

std::uint32_t Operands::source(const std::string& text, char type) {
    if (type == 'p') {
        return text == "0" ? kFalse : text == "1" || text == "-1" ? kTrue : static_cast<std::uint32_t>(predicate(text));
    }
    const bool is_float = type == 'f' || type == 'g';
    const int bytes = bytes_of(type);
    if (const Register* found = find_register(text)) {
        if (is_float != found->is_float && text[0] == '%' && !moves_bits()) {
            refuse(text + " has the wrong type");
        }
        return read(place(text, bytes));
    }
    if (text[0] == '%') {
        return special(text, type);
    }
    if (is_float) {
        const char* prefix = type == 'f' ? "0f" : "0d";
        char* end = nullptr;
        std::uint64_t bits = text.rfind(prefix, 0) == 0 ? std::strtoull(text.c_str() + 2, &end, 16) : 0;
        if (end == nullptr || *end != 0 || text.size() != 2 + 2 * static_cast<std::size_t>(bytes)) {
            refuse("not a number of its type: " + text);
        }
        return constant(bits, bytes);
    }
    if (is_integer(text)) {
        std::uint64_t bits = text[0] == '-' ? static_cast<std::uint64_t>(std::strtoll(text.c_str(), nullptr, 10))
                                            : std::strtoull(text.c_str(), nullptr, 10);
        return constant(bytes == 8 ? bits : bits & ((std::uint64_t{1} << 8 * bytes) - 1), bytes);
    }
    if (type == 'd') {
        return constant(symbol(text), 8);
    }
    refuse("unknown operand " + text);
}

bool Operands::moves_bits() const {
    const std::string& opcode = statement_->opcode;
    return opcode.rfind("mov.b", 0) == 0 || opcode.rfind("selp.b", 0) == 0;
}

std::uint64_t Operands::symbol(const std::string& name) const {
    if (name == made_->parameter) {
        return kParameterBegin;
    }
    for (const SharedArray& array : made_->shared) {
        if (array.name == name) {
            return array.begin;
        }
    }
    refuse("unknown name " + name);
}

std::uint32_t Operands::special(const std::string& name, char type) {
    static const std::map<std::string, Special> known = {
        {"%tid.x", Special::ThreadX},   {"%tid.y", Special::ThreadY},   {"%tid.z", Special::ThreadZ},
        {"%ntid.x", Special::SizeX},    {"%ntid.y", Special::SizeY},    {"%ntid.z", Special::SizeZ},
        {"%ctaid.x", Special::BlockX},  {"%ctaid.y", Special::BlockY},  {"%ctaid.z", Special::BlockZ},
        {"%nctaid.x", Special::GridX},  {"%nctaid.y", Special::GridY},  {"%nctaid.z", Special::GridZ}};
    auto found = known.find(name);
    if (found == known.end() || type != 'w') {
        refuse("unknown register " + name);
    }
    for (const auto& [which, offset] : made_->specials) {
        if (which == found->second) {
            return offset;
        }
    }
    const auto offset = static_cast<std::uint32_t>(made_->constants.size());
    made_->constants.resize(offset + 4 * kLanes);
    made_->specials.emplace_back(found->second, offset);
    return offset;
}

std::uint32_t Operands::target(const std::string& text, char type) {
    if (type == 'p') {
        return static_cast<std::uint32_t>(predicate(text));
    }
    const bool is_float = type == 'f' || type == 'g';
    if (register_of(text).is_float != is_float && !moves_bits()) {
        refuse(text + " has the wrong type");
    }
    return write(place(text, bytes_of(type)));
}

void Operands::need_operands(std::size_t count) const {
    if (statement_->operands.size() != count) {
        refuse(std::to_string(count) + " operands expected");
    }
}

}  // namespace ptx
