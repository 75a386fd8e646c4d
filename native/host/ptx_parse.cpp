// Reads the text of a PTX module into its entries and their statements, for the decoder.
#include "ptx_parse.h"

#include <cctype>
#include <cstdlib>

namespace ptx {

namespace {

[[noreturn]] void refuse(int line, const std::string& what) {
    throw Unreadable("line " + std::to_string(line) + ": " + what);
}

std::string trimmed(const std::string& text) {
    std::size_t begin = text.find_first_not_of(" \t");
    return begin == std::string::npos ? "" : text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

// Pieces between semicolons, braces that are not of an operand, and labels, each with its line.
struct Piece {
    int line = 0;
    std::string text;
};

std::shared_ptr<const std::vector<std::string>> lines_of(const std::string& text) {
    auto lines = std::make_shared<std::vector<std::string>>();
    std::size_t begin = 0;
    while (begin <= text.size()) {
        std::size_t end = std::min(text.find('\n', begin), text.size());
        std::string line = text.substr(begin, end - begin);
        lines->push_back(trimmed(line.substr(0, line.find("//"))));
        begin = end + 1;
    }
    return lines;
}

bool starts(const std::string& text, const char* word) { return text.rfind(word, 0) == 0; }

// Directives of the head of a module or an entry end with their line.
bool ends_with_line(const std::string& text) {
    for (const char* word : {".version ", ".target ", ".address_size ", ".maxntid ", ".minnctapersm "}) {
        if (starts(text, word)) {
            return true;
        }
    }
    return false;
}

std::vector<Piece> pieces_of(const std::vector<std::string>& lines) {
    std::vector<Piece> pieces;
    Piece open;
    auto close = [&] {
        open.text = trimmed(open.text);
        if (!open.text.empty()) {
            pieces.push_back(open);
        }
        open.text.clear();
    };
    for (std::size_t i = 0; i < lines.size(); i++) {
        const int line = static_cast<int>(i) + 1;
        for (char c : lines[i]) {
            if (trimmed(open.text).empty()) {
                open.line = line;
            }
            bool outside = trimmed(open.text).empty();
            if (c == ';') {
                close();
            } else if (outside && (c == '{' || c == '}')) {
                pieces.push_back({line, std::string(1, c)});
            } else if (c == ':' && open.text.find_first_of("[{\"") == std::string::npos) {
                open.text += c;
                close();
            } else {
                open.text += c == '\t' ? ' ' : c;
                // The parameters of an entry.
                if (c == ')') {
                    close();
                }
            }
        }
        open.text += ' ';
        if (ends_with_line(trimmed(open.text))) {
            close();
        }
    }
    if (!trimmed(open.text).empty()) {
        refuse(open.line, "'" + trimmed(open.text) + "' does not end");
    }
    return pieces;
}

std::vector<std::string> words_of(const std::string& text) {
    std::vector<std::string> words;
    std::string word;
    for (char c : text + " ") {
        if (std::isspace(static_cast<unsigned char>(c)) || c == ',') {
            if (!word.empty()) {
                words.push_back(word);
            }
            word.clear();
        } else {
            word += c;
        }
    }
    return words;
}

std::uint64_t number(const Piece& piece, const std::string& text) {
    char* end = nullptr;
    std::uint64_t value = std::strtoull(text.c_str(), &end, 10);
    if (text.empty() || *end != 0) {
        refuse(piece.line, "a number instead of '" + text + "' in '" + piece.text + "'");
    }
    return value;
}

// ".align 8 .b8 name[48]" at the word given.
SharedArray array_of(const Piece& piece, const std::vector<std::string>& words, std::size_t at) {
    bool known = words.size() == at + 4 && words[at] == ".align" && words[at + 2] == ".b8";
    std::size_t bracket = known ? words[at + 3].find('[') : std::string::npos;
    if (bracket == std::string::npos || words[at + 3].back() != ']') {
        refuse(piece.line, "unknown declaration '" + piece.text + "'");
    }
    SharedArray array;
    array.name = words[at + 3].substr(0, bracket);
    array.alignment = number(piece, words[at + 1]);
    const std::string bytes = words[at + 3].substr(bracket + 1, words[at + 3].size() - bracket - 2);
    array.is_dynamic = bytes.empty();
    array.bytes = array.is_dynamic ? 0 : number(piece, bytes);
    return array;
}

std::vector<std::string> operands_of(const std::string& text) {
    std::vector<std::string> operands;
    std::string operand;
    int depth = 0;
    for (char c : text) {
        depth += (c == '{') - (c == '}');
        if (c == ',' && depth == 0) {
            operands.push_back(trimmed(operand));
            operand.clear();
        } else {
            operand += c;
        }
    }
    if (!trimmed(operand).empty()) {
        operands.push_back(trimmed(operand));
    }
    return operands;
}

Statement statement_of(const Piece& piece) {
    Statement made;
    made.line = piece.line;
    std::string rest = piece.text;
    if (rest[0] == '@') {
        std::size_t space = rest.find(' ');
        made.negated = rest[1] == '!';
        made.guard = rest.substr(made.negated ? 2 : 1, space - (made.negated ? 2 : 1));
        rest = space == std::string::npos ? "" : trimmed(rest.substr(space));
    }
    if (rest.empty()) {
        refuse(piece.line, "no instruction after the predicate in '" + piece.text + "'");
    }
    std::size_t space = rest.find(' ');
    made.opcode = rest.substr(0, space);
    made.operands = operands_of(space == std::string::npos ? "" : rest.substr(space));
    return made;
}

void read_head(const Piece& piece, Source& source) {
    const std::vector<std::string> words = words_of(piece.text);
    if (words[0] == ".version" || words[0] == ".target") {
        return;
    }
    if (words[0] == ".address_size") {
        if (words.size() != 2 || words[1] != "64") {
            refuse(piece.line, "addresses must have 64 bits, not '" + piece.text + "'");
        }
        return;
    }
    std::size_t at = words[0] == ".weak" || words[0] == ".extern" ? 1 : 0;
    if (words.size() <= at || words[at] != ".shared") {
        refuse(piece.line, "unknown directive '" + piece.text + "'");
    }
    source.shared.push_back(array_of(piece, words, at + 1));
}

EntrySource entry_of(const Piece& piece) {
    // ".visible .entry name( .param .align 8 .b8 name_param_0[48] )"
    std::string text = piece.text;
    for (char& c : text) {
        c = c == '(' || c == ')' ? ' ' : c;
    }
    const std::vector<std::string> words = words_of(text);
    EntrySource entry;
    if (words.size() != 3 && (words.size() != 8 || words[3] != ".param")) {
        refuse(piece.line, "an entry must have one parameter, an array of bytes: '" + piece.text + "'");
    }
    entry.name = words[2];
    if (words.size() == 8) {
        const SharedArray parameter = array_of(piece, words, 4);
        entry.parameter = parameter.name;
        entry.argument_bytes = parameter.bytes;
    }
    return entry;
}

}  // namespace

Source read(const std::string& text) {
    Source source;
    source.lines = lines_of(text);
    const std::vector<Piece> pieces = pieces_of(*source.lines);
    EntrySource* entry = nullptr;
    int depth = 0;
    for (const Piece& piece : pieces) {
        if (piece.text == "{" || piece.text == "}") {
            if (entry == nullptr) {
                refuse(piece.line, "'" + piece.text + "' outside of an entry");
            }
            depth += piece.text == "{" ? 1 : -1;
            Statement scope;
            scope.line = piece.line;
            scope.opcode = piece.text;
            entry->statements.push_back(scope);
            if (depth == 0) {
                entry = nullptr;
            }
        } else if (depth > 0 && starts(piece.text, ".shared ")) {
            source.shared.push_back(array_of(piece, words_of(piece.text), 1));
        } else if (depth > 0) {
            entry->statements.push_back(statement_of(piece));
        } else if (starts(piece.text, ".visible .entry ")) {
            source.entries.push_back(entry_of(piece));
            entry = &source.entries.back();
        } else if (entry != nullptr && starts(piece.text, ".maxntid ")) {
            entry->most_threads = 1;
            const std::vector<std::string> words = words_of(piece.text);
            for (std::size_t i = 1; i < words.size(); i++) {
                entry->most_threads *= static_cast<int>(number(piece, words[i]));
            }
        } else if (entry != nullptr && starts(piece.text, ".minnctapersm ")) {
            continue;
        } else if (entry != nullptr) {
            refuse(piece.line, "unknown directive '" + piece.text + "'");
        } else {
            read_head(piece, source);
        }
    }
    if (depth != 0) {
        refuse(static_cast<int>(source.lines->size()), "an entry does not end");
    }
    return source;
}

}  // namespace ptx
