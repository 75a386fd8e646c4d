// Turns the statements of an entry into instructions: registers get places in the frame of a warp, immediates become
// constants there, branches get the instruction at which their lanes join.
#include "ptx_operands.h"

#include <algorithm>
#include <cstdlib>

namespace ptx {

namespace {

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
int memory_bytes_of(const std::string& type) {
    static const std::map<std::string, int> known = {{"u8", 1},  {"u16", 2}, {"u32", 4}, {"s32", 4}, {"b32", 4},
                                                     {"f32", 4}, {"u64", 8}, {"b64", 8}, {"f64", 8}};
    auto found = known.find(type);
    return found == known.end() ? 0 : found->second;
}

class Decoder : private Operands {
  public:
    Decoder(const Source& source, const EntrySource& from) : Operands(source, from) {
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
        if (at != parts.size() || memory_bytes_of(form.type) == 0) {
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
                form.register_bytes = memory_bytes_of(form.type);
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
