// Turns the statements of an entry into instructions: registers get places in the frame of a warp, immediates become
// constants there, branches get the instruction at which their lanes join.
#include "ptx_flow.h"
#include "ptx_parse.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <set>
#include <unordered_map>

namespace ptx {

namespace {

constexpr std::size_t kGap = 256;  // between arrays in shared memory: an overrun does not meet the next one

std::vector<std::string> split(const std::string& opcode) {
    std::vector<std::string> parts;
    std::size_t begin = 0;
    while (begin <= opcode.size()) {
        std::size_t end = std::min(opcode.find('.', begin), opcode.size());
        parts.push_back(opcode.substr(begin, end - begin));
        begin = end + 1;
    }
    return parts;
}

// The bytes of a type of memory; 0 if it is not one that is used.
int bytes_of(const std::string& type) {
    static const std::map<std::string, int> known = {{"u8", 1},  {"u16", 2}, {"u32", 4}, {"s32", 4}, {"b32", 4},
                                                     {"f32", 4}, {"u64", 8}, {"b64", 8}, {"f64", 8}};
    auto found = known.find(type);
    return found == known.end() ? 0 : found->second;
}

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

class Decoder {
  public:
    Decoder(const Source& source, const EntrySource& from) : source_(source), from_(from) {
        made_->name = from.name;
        made_->parameter = from.parameter;
        made_->argument_bytes = from.argument_bytes;
        made_->most_threads = from.most_threads;
        made_->lines = source.lines;
    }

    std::shared_ptr<const Entry> decode() {
        declare_shared();
        scopes_.emplace_back();
        for (const Statement& statement : from_.statements) {
            statement_ = &statement;
            if (statement.opcode == "{") {
                scopes_.emplace_back();
            } else if (statement.opcode == "}") {
                scopes_.pop_back();
            } else if (statement.opcode.back() == ':') {
                labels_[statement.opcode.substr(0, statement.opcode.size() - 1)] = static_cast<int>(made_->code.size());
            } else if (statement.opcode == ".reg") {
                declare();
            } else if (statement.opcode != ".pragma") {
                add_instruction();
            }
        }
        // Lanes that reach the end of the body end there.
        Instruction end;
        end.kind = Kind::Exit;
        end.line = statement_ == nullptr ? 0 : statement_->line;
        made_->code.push_back(end);
        for (auto& [at, label] : jumps_) {
            auto found = labels_.find(label);
            if (found == labels_.end()) {
                throw Unreadable("line " + std::to_string(made_->code[at].line) + ": no label " + label);
            }
            made_->code[at].target = found->second;
        }
        uses_.emplace_back();
        const Flow flow(made_->code);
        flow.set_joins(made_->code);
        made_->predicates = kFirstPredicate + predicates_;
        made_->frame_bytes = flow.place_registers(made_->code, uses_, registers_, made_->constants.size());
        return made_;
    }

  private:
    struct Register {
        char letter = 0;  // its width or p
        bool is_float = false;
        int number = 0;
    };

    [[noreturn]] void refuse(const std::string& what) const {
        throw Unreadable("line " + std::to_string(statement_->line) + ": " + what + ": '" +
                         (*source_.lines)[statement_->line - 1] + "'");
    }

    void declare_shared() {
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

    // ".reg .b32 %r<12>" or ".reg .pred p".
    void declare() {
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

    Register new_register(std::pair<char, bool> type) {
        Register made;
        made.letter = type.first;
        made.is_float = type.second;
        made.number = made.letter == 'p' ? predicates_++ : static_cast<int>(registers_.size());
        if (made.letter != 'p') {
            registers_.push_back(bytes_of(made.letter));
        }
        return made;
    }

    const Register* find_register(const std::string& name) const {
        for (auto scope = scopes_.rbegin(); scope != scopes_.rend(); ++scope) {
            auto found = scope->find(name);
            if (found != scope->end()) {
                return &found->second;
            }
        }
        return nullptr;
    }

    const Register& register_of(const std::string& name) const {
        const Register* found = find_register(name);
        if (found == nullptr) {
            refuse("unknown register " + name);
        }
        return *found;
    }

    int predicate(const std::string& name) const {
        const Register& found = register_of(name);
        if (found.letter != 'p') {
            refuse(name + " is not a predicate");
        }
        return kFirstPredicate + found.number;
    }

    // The number of a register, marked; place_registers() replaces it by an offset. Constants have theirs from the
    // beginning.
    std::uint32_t place(const std::string& name, int bytes) const {
        const Register& found = register_of(name);
        if (found.letter == 'p' || bytes_of(found.letter) != bytes) {
            refuse(name + " does not have " + std::to_string(8 * bytes) + " bits");
        }
        return static_cast<std::uint32_t>(found.number) | kRegister;
    }

    std::uint32_t read(std::uint32_t place) {
        uses_.back().reads.push_back(place & ~kRegister);
        return place;
    }

    std::uint32_t write(std::uint32_t place) {
        uses_.back().writes.push_back(place & ~kRegister);
        return place;
    }

    std::uint32_t constant(std::uint64_t bits, int bytes) {
        auto [found, is_new] = constants_.try_emplace({bits, bytes}, static_cast<std::uint32_t>(made_->constants.size()));
        if (is_new) {
            for (int i = 0; i < kLanes; i++) {
                auto* from = reinterpret_cast<const unsigned char*>(&bits);
                made_->constants.insert(made_->constants.end(), from, from + bytes);
            }
        }
        return found->second;
    }

    bool is_integer(const std::string& text) const {
        std::size_t digits = text[0] == '-' ? 1 : 0;
        return text.size() > digits && text.find_first_not_of("0123456789", digits) == std::string::npos;
    }

    // An operand that is read, of a type of Operation.
    std::uint32_t source(const std::string& text, char type) {
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

    // mov.b32 and mov.b64 also move between integers and floating-point numbers; selp.b32 too.
    bool moves_bits() const {
        const std::string& opcode = statement_->opcode;
        return opcode.rfind("mov.b", 0) == 0 || opcode.rfind("selp.b", 0) == 0;
    }

    std::uint64_t symbol(const std::string& name) const {
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

    std::uint32_t special(const std::string& name, char type) {
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

    std::uint32_t target(const std::string& text, char type) {
        if (type == 'p') {
            return static_cast<std::uint32_t>(predicate(text));
        }
        const bool is_float = type == 'f' || type == 'g';
        if (register_of(text).is_float != is_float && !moves_bits()) {
            refuse(text + " has the wrong type");
        }
        return write(place(text, bytes_of(type)));
    }

    void need_operands(std::size_t count) const {
        if (statement_->operands.size() != count) {
            refuse(std::to_string(count) + " operands expected");
        }
    }

    void add_instruction() {
        const std::vector<std::string>& given = statement_->operands;
        const std::string& opcode = statement_->opcode;
        Instruction in;
        uses_.emplace_back();
        in.line = statement_->line;
        in.negated = statement_->negated;
        in.guard = statement_->guard.empty() ? -1 : predicate(statement_->guard);
        const std::vector<std::string> parts = split(opcode);
        if (opcode == "bra" || opcode == "bra.uni") {
            need_operands(1);
            in.kind = Kind::Branch;
            jumps_.emplace_back(static_cast<int>(made_->code.size()), given[0]);
        } else if (opcode == "ret") {
            need_operands(0);
            in.kind = Kind::Exit;
        } else if (opcode == "bar.sync") {
            need_operands(1);
            if (given[0] != "0") {
                refuse("only the barrier 0 of all threads is known");
            }
            in.kind = Kind::Barrier;
        } else if (opcode == "membar.gl") {
            need_operands(0);
            in.run = fence;
        } else if (opcode == "shfl.sync.bfly.b32" || opcode == "shfl.sync.idx.b32") {
            add_shuffle(in, opcode == "shfl.sync.bfly.b32");
        } else if (opcode == "atom.global.add.u32") {
            need_operands(3);
            in.run = atomic_add;
            in.to = target(given[0], 'w');
            add_address(in, given[1]);
            in.b = source(given[2], 'w');
        } else if (parts[0] == "ld" || parts[0] == "st") {
            add_access(in, parts);
        } else if (opcode == "mov.b64" && given.size() == 2 && (given[0][0] == '{' || given[1][0] == '{')) {
            add_vector_move(in);
        } else {
            add_operation(in);
        }
        made_->code.push_back(in);
    }

    void add_operation(Instruction& in) {
        const Operation* operation = find_operation(statement_->opcode);
        if (operation == nullptr) {
            refuse("unknown instruction " + statement_->opcode);
        }
        const std::string types = operation->types;
        const std::vector<std::string>& given = statement_->operands;
        need_operands(types.size());
        in.run = operation->run;
        in.to = target(given[0], types[0]);
        in.a = source(given[1], types[1]);
        in.b = types.size() > 2 ? source(given[2], types[2]) : 0;
        in.c = types.size() > 3 ? source(given[3], types[3]) : 0;
    }

    // {low, high} = a 64-bit register, or the reverse.
    void add_vector_move(Instruction& in) {
        const std::vector<std::string>& given = statement_->operands;
        const bool unpacks = given[0][0] == '{';
        const std::vector<std::string> parts = members(given[unpacks ? 0 : 1]);
        if (parts.size() != 2) {
            refuse("two registers expected");
        }
        if (unpacks) {
            in.run = unpack;
            in.to = target(parts[0], 'w');
            in.more[0] = target(parts[1], 'w');
            in.a = source(given[1], 'd');
        } else {
            in.run = pack;
            in.to = target(given[0], 'd');
            in.a = source(parts[0], 'w');
            in.b = source(parts[1], 'w');
        }
    }

    void add_shuffle(Instruction& in, bool is_xor) {
        const std::vector<std::string>& given = statement_->operands;
        need_operands(5);
        in.run = is_xor ? shuffle_xor : shuffle_index;
        in.to = write(place(given[0], 4));
        in.a = read(place(given[1], 4));
        in.b = source(given[2], 'w');
        in.c = source(given[3], 'w');
        in.more[0] = source(given[4], 'w');
    }

    std::vector<std::string> members(const std::string& text) const {
        std::vector<std::string> made;
        std::string name;
        for (char c : text) {
            if (c == ',' || c == '}') {
                made.push_back(name);
                name.clear();
            } else if (c != '{' && c != ' ') {
                name += c;
            }
        }
        return made;
    }

    // "[%rd1+-4]" or "[name+8]".
    void add_address(Instruction& in, const std::string& text) {
        if (text.size() < 3 || text[0] != '[' || text.back() != ']') {
            refuse("not an address: " + text);
        }
        const std::string inner = text.substr(1, text.size() - 2);
        std::size_t plus = inner.find('+');
        if (plus != std::string::npos) {
            if (!is_integer(inner.substr(plus + 1))) {
                refuse("not an address: " + text);
            }
            in.offset = std::strtoll(inner.c_str() + plus + 1, nullptr, 10);
        }
        in.a = source(inner.substr(0, plus), 'd');
        in.site = made_->sites++;
    }

    // ld.global.v4.f32 {a, b, c, d}, [address] and so on.
    void add_access(Instruction& in, const std::vector<std::string>& parts) {
        AccessForm form;
        form.is_store = parts[0] == "st";
        std::size_t at = 1;
        if (at < parts.size() && parts[at] == "volatile") {
            in.is_volatile = true;
            at++;
        }
        static const std::map<std::string, Space> spaces = {
            {"global", Space::Global}, {"shared", Space::Shared}, {"param", Space::Parameter}};
        form.space = Space::Generic;
        if (at < parts.size() && spaces.count(parts[at]) > 0) {
            form.space = spaces.at(parts[at++]);
        }
        if (at < parts.size() && (parts[at] == "v2" || parts[at] == "v4")) {
            form.count = parts[at++][1] - '0';
        }
        form.type = at < parts.size() ? parts[at++] : "";
        const std::vector<std::string>& given = statement_->operands;
        if (at != parts.size() || bytes_of(form.type) == 0) {
            refuse("unknown instruction " + statement_->opcode);
        }
        need_operands(2);
        const std::string& values = given[form.is_store ? 1 : 0];
        std::vector<std::string> names = form.count > 1 ? members(values) : std::vector<std::string>{values};
        if (static_cast<int>(names.size()) != form.count) {
            refuse(std::to_string(form.count) + " registers expected");
        }
        std::uint32_t places[4] = {};
        for (int i = 0; i < form.count; i++) {
            const Register* found = find_register(names[i]);
            if (found == nullptr && form.is_store) {
                static const std::string letters = "--h-w---d";
                form.register_bytes = bytes_of(form.type);
                char letter = form.type[0] == 'f' ? (form.type == "f32" ? 'f' : 'g') : letters[form.register_bytes];
                places[i] = source(names[i], letter);
                continue;
            }
            if (found == nullptr || found->letter == 'p') {
                refuse("a register expected, not " + names[i]);
            }
            form.register_bytes = bytes_of(found->letter);
            const std::uint32_t number = static_cast<std::uint32_t>(found->number) | kRegister;
            places[i] = form.is_store ? read(number) : write(number);
        }
        in.run = find_access(form);
        if (in.run == nullptr) {
            refuse("unknown instruction " + statement_->opcode + " with registers of " +
                   std::to_string(8 * form.register_bytes) + " bits");
        }
        in.to = places[0];
        std::copy(places + 1, places + 4, in.more);
        add_address(in, given[form.is_store ? 0 : 1]);
    }

    const Source& source_;
    const EntrySource& from_;
    std::shared_ptr<Entry> made_ = std::make_shared<Entry>();
    const Statement* statement_ = nullptr;
    std::vector<std::unordered_map<std::string, Register>> scopes_;
    std::vector<int> registers_;  // the bytes of each in a lane
    std::vector<Uses> uses_;      // of each instruction
    int predicates_ = 0;
    std::map<std::pair<std::uint64_t, int>, std::uint32_t> constants_;
    std::unordered_map<std::string, int> labels_;
    std::vector<std::pair<int, std::string>> jumps_;
};

}  // namespace

Entries parse(const std::string& text) {
    const Source source = read(text);
    Entries made;
    for (const EntrySource& entry : source.entries) {
        made[entry.name] = Decoder(source, entry).decode();
    }
    return made;
}

}  // namespace ptx
