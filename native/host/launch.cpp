// Modules and launches of the stand-in. A module is the PTX for a GPU: the names of its kernels are read from it, and
// the kernels of the host build with these names are run, or with the setting `ptx` the PTX itself.
#include "driver.h"

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace standin {

namespace {

// The number after a word of the PTX, times 10, with one decimal: ".version 7.8" gives 78. 0 if it is missing.
int number_after(const std::string& text, const char* word) {
    std::size_t at = text.find(word);
    if (at == std::string::npos) {
        return 0;
    }
    int value = 0;
    for (std::size_t i = at + std::strlen(word); i < text.size() && (std::isdigit(text[i]) || text[i] == '.'); i++) {
        value = text[i] == '.' ? value : value * 10 + (text[i] - '0');
    }
    return value;
}

// The first driver that supports a version of PTX.
int driver_for(int ptx) {
    return ptx >= 90 ? 13000 : ptx >= 80 ? 12000 + (ptx - 80) * 10 : ptx >= 70 ? 11000 + (ptx - 70) * 10 : 0;
}

int check_image(const std::string& text) {
    // PTX is plain text; comments may come before its version.
    if (!std::all_of(text.begin(), text.end(), [](unsigned char c) { return c >= 9 && c < 127; })) {
        return InvalidPtx;
    }
    std::size_t begin = 0;
    while (begin < text.size() && (std::isspace(text[begin]) || text.compare(begin, 2, "//") == 0)) {
        begin = std::isspace(text[begin]) ? begin + 1 : std::min(text.find('\n', begin), text.size());
    }
    if (text.compare(begin, 9, ".version ") != 0 || number_after(text, ".target sm_") == 0) {
        return InvalidPtx;
    }
    if (driver_for(number_after(text, ".version ")) > setting("driver_version", 12040)) {
        return UnsupportedPtxVersion;
    }
    return number_after(text, ".target sm_") > setting("compute_capability", 80) ? NoBinaryForGpu : Success;
}

// The total bytes of the shared arrays in the body of an entry.
int static_bytes(const std::string& text, std::size_t entry) {
    const char* declaration = ".shared .align ";
    std::size_t begin = std::min(text.find('{', entry), text.size());
    const std::string body = text.substr(begin, text.find("\n}", begin) - begin);
    int bytes = 0;
    for (std::size_t at = text.find(declaration); at != std::string::npos; at = text.find(declaration, at + 1)) {
        const std::string line = text.substr(at, text.find(';', at) - at);
        std::size_t bracket = line.find('[');
        std::size_t name = line.rfind(' ', bracket) + 1;
        if (bracket != std::string::npos && body.find(line.substr(name, bracket - name)) != std::string::npos) {
            bytes += std::atoi(line.c_str() + bracket + 1);
        }
    }
    return bytes;
}

// The entries of a module for the interpreter. Devices of tests load the same modules again and again.
std::shared_ptr<const ptx::Entries> entries_of(const std::string& text) {
    static auto& known = *new std::unordered_map<std::string, std::shared_ptr<const ptx::Entries>>;
    std::shared_ptr<const ptx::Entries>& made = known[text];
    if (!made) {
        made = std::make_shared<const ptx::Entries>(ptx::parse(text));
    }
    return made;
}

int find_entry(const ptx::Entries& entries, const char* name, Function& function) {
    auto found = entries.find(name);
    if (found == entries.end()) {
        return NotFound;
    }
    function.name = name;
    function.entry = found->second;
    function.argument_bytes = function.entry->argument_bytes;
    function.most_threads = function.entry->most_threads;
    function.static_bytes = function.entry->static_bytes;
    return Success;
}

// The kernel of the host build for an entry of the PTX; the sizes of their arguments must agree.
int find_entry(const std::string& text, const char* name, Function& function) {
    std::size_t at = text.find(std::string(".entry ") + name + "(");
    if (at == std::string::npos) {
        return NotFound;
    }
    host::Kernel* kernel = host::find_kernel(name);
    if (kernel == nullptr) {
        std::fprintf(stderr, "stand-in: kernel %s is in the PTX, but not in the host build\n", name);
        return NotFound;
    }
    std::string head = text.substr(at, text.find('{', at) - at);
    std::size_t bracket = head.find('[');
    if (bracket != std::string::npos) {
        std::size_t bytes = std::strtoull(head.c_str() + bracket + 1, nullptr, 10);
        if (bytes != kernel->argument_bytes) {
            std::fprintf(stderr, "stand-in: kernel %s takes %zu bytes in the PTX, %zu in the host build\n", name, bytes,
                         kernel->argument_bytes);
            return InvalidImage;
        }
    }
    function.name = name;
    function.kernel = kernel;
    function.argument_bytes = kernel->argument_bytes;
    function.most_threads = kernel->most_threads;
    function.static_bytes = static_bytes(text, at);
    if (function.static_bytes > kSharedBytes) {
        std::fprintf(stderr, "stand-in: kernel %s has %d bytes of static shared memory\n", name, function.static_bytes);
        return InvalidPtx;
    }
    return Success;
}

// From the PTX, or from the launches so far.
int static_bytes(const Function& function) {
    int launched = function.kernel == nullptr ? 0 : static_cast<int>(function.kernel->static_shared_bytes);
    return std::max(function.static_bytes, launched);
}

int dynamic_limit(const Function& function) {
    return std::max(function.dynamic_limit, kSharedBytes - static_bytes(function));
}

// Of a thread; 32 for kernels that the report about the machine code does not have, which are those of tests.
int registers(const Function& function) {
    static const auto& known = *new std::map<std::string, int>{
#include "registers.inc"
    };
    auto found = known.find(function.name);
    return found == known.end() ? 32 : found->second;
}

int blocks_per_multiprocessor(const Function& function, int threads, std::size_t dynamic_bytes) {
    std::size_t shared = dynamic_bytes + static_cast<std::size_t>(static_bytes(function));
    if (threads > function.most_threads || static_cast<int>(dynamic_bytes) > dynamic_limit(function)) {
        return 0;
    }
    int warps = (threads + 31) / 32;
    int by_threads = 2048 / (warps * 32);
    // 65,536, which warps get in units of 256.
    int by_registers = 65536 / ((registers(function) * 32 + 255) / 256 * 256) / warps;
    int by_memory = static_cast<int>((kMostSharedBytes + 1024) / (shared + 1024));
    return std::min({by_threads, by_registers, by_memory, static_cast<int>(setting("blocks_per_multiprocessor", 32))});
}

// Writes to the error log, if there is one among the options of a load.
void write_log(const char* text, unsigned count, const int* options, void** values) {
    constexpr int error_log = 5;
    constexpr int error_log_bytes = 6;
    char* log = nullptr;
    std::size_t bytes = 0;
    for (unsigned i = 0; i < count; i++) {
        log = options[i] == error_log ? static_cast<char*>(values[i]) : log;
        bytes = options[i] == error_log_bytes ? reinterpret_cast<std::uintptr_t>(values[i]) & 0xffffffff : bytes;
    }
    if (log != nullptr && bytes > 0) {
        std::snprintf(log, bytes, "%s", text);
    }
}

bool in_range(unsigned value, unsigned most) { return value >= 1 && value <= most; }

struct Launch {
    std::shared_ptr<Function> function;
    std::vector<unsigned char> arguments;
    host::Index grid, block;
    unsigned shared_bytes = 0;
    bool cooperative = false;

    void interpret(bool descending) const {
        static const bool counts = std::getenv("INFADMM_STANDIN_KERNELS") != nullptr || setting("count", 0) != 0;
        static const auto cores = std::min(4LL, static_cast<long long>(std::thread::hardware_concurrency()));
        const auto threads = static_cast<int>(std::max(1LL, setting("threads", cores)));
        const ptx::Launch launch{*function->entry, arguments.data(), grid,    block,          shared_bytes,
                                 cooperative,      descending,       threads, counts, live_memory()};
        ptx::collect(function->name, ptx::run(launch));
    }

    void run() const {
        const std::string name = "kernel " + function->name;
        std::vector<std::uint64_t> words(arguments.size() / 8);
        std::memcpy(words.data(), arguments.data(), words.size() * 8);
        for (std::size_t i = 0; i < words.size(); i++) {
            const std::string wrong = wrong_address(words[i]);
            if (!wrong.empty()) {
                const std::string place = ": byte " + std::to_string(i * 8) + " of its argument points into ";
                fault(IllegalAddress, (name + place + wrong).c_str());
                return;
            }
        }
        try {
            bool descending = setting("thread_order", 0) == 1;
            if (function->entry) {
                interpret(descending);
            } else {
                host::run(*function->kernel, arguments.data(), grid, block, shared_bytes, cooperative, descending);
            }
        } catch (const ptx::Fault& failure) {
            fault(failure.status, failure.what());
            return;
        } catch (const host::Failure& failure) {
            fault(LaunchFailed, failure.what());
            return;
        }
        int fixed_bytes = static_bytes(*function);
        if (fixed_bytes > kSharedBytes || static_cast<int>(shared_bytes) + fixed_bytes > kMostSharedBytes) {
            fault(LaunchOutOfResources, (name + " has too much shared memory").c_str());
        }
        for (std::uint64_t word : words) {
            check_bounds(word, name);
        }
    }
};

int launch(void* handle, const unsigned (&grid)[3], const unsigned (&block)[3], unsigned shared_bytes,
           void* stream_handle, void** parameters, bool cooperative) {
    std::shared_ptr<Function> function = current()->functions.share(handle);
    std::shared_ptr<Stream> stream = find_stream(stream_handle);
    if (!function || !stream) {
        return InvalidHandle;
    }
    bool shapes = in_range(grid[0], 0x7fffffff) && in_range(grid[1], 65535) && in_range(grid[2], 65535) &&
                  in_range(block[0], kMostThreads) && in_range(block[1], kMostThreads) && in_range(block[2], 64);
    bool has_parameters = function->argument_bytes == 0 || (parameters != nullptr && parameters[0] != nullptr);
    if (!shapes || !has_parameters || block[0] * block[1] * block[2] > kMostThreads ||
        static_cast<int>(shared_bytes) > dynamic_limit(*function)) {
        return InvalidValue;
    }
    // Drivers load code at its first use, which a capture does not allow.
    if (!function->is_loaded && stream->capture) {
        std::fprintf(stderr, "stand-in: kernel %s is first used in a capture\n", function->name.c_str());
        return refuse_in_capture(stream);
    }
    function->is_loaded = true;
    int threads = static_cast<int>(block[0] * block[1] * block[2]);
    if (blocks_per_multiprocessor(*function, threads, shared_bytes) == 0) {
        return LaunchOutOfResources;
    }
    if (cooperative) {
        std::uint64_t blocks = static_cast<std::uint64_t>(grid[0]) * grid[1] * grid[2];
        int fit = blocks_per_multiprocessor(*function, threads, shared_bytes) * multiprocessors();
        if (blocks > static_cast<std::uint64_t>(fit)) {
            return CooperativeLaunchTooLarge;
        }
    }
    Launch made;
    if (function->argument_bytes > 0) {
        auto* first = static_cast<const unsigned char*>(parameters[0]);
        made.arguments.assign(first, first + function->argument_bytes);
    }
    const std::string name = "kernel " + function->name;
    made.function = std::move(function);
    made.grid = {static_cast<int>(grid[0]), static_cast<int>(grid[1]), static_cast<int>(grid[2])};
    made.block = {static_cast<int>(block[0]), static_cast<int>(block[1]), static_cast<int>(block[2])};
    made.shared_bytes = shared_bytes;
    made.cooperative = cooperative;
    return add(stream, {name, [made = std::move(made)] { made.run(); }});
}

}  // namespace

}  // namespace standin

using namespace standin;

STANDIN_EXPORT int cuModuleLoadDataEx(void** handle, const void* image, unsigned count, const int* options,
                                      void** values) {
    BEGIN();
    if (int status = refuse_in_capture()) {
        return status;
    }
    if (handle == nullptr || image == nullptr || (count > 0 && (options == nullptr || values == nullptr))) {
        return InvalidValue;
    }
    auto module = std::make_shared<Module>();
    module->text = static_cast<const char*>(image);
    if (int status = check_image(module->text)) {
        write_log("not PTX that the stand-in's device takes", count, options, values);
        return status;
    }
    if (setting("ptx", 0) == 1) {
        try {
            module->entries = entries_of(module->text);
        } catch (const ptx::Unreadable& wrong) {
            write_log(wrong.what(), count, options, values);
            return InvalidPtx;
        }
    }
    *handle = current()->modules.add(std::move(module));
    return Success;
}

// The names of the kernels that the interpreter has executed, one a line.
STANDIN_EXPORT int standin_executed_kernels(char* buffer, int bytes) {
    const std::lock_guard<std::recursive_mutex> lock(mutex());
    return copy_text(ptx::executed_kernels(), buffer, bytes);
}

STANDIN_EXPORT int cuModuleUnload(void* handle) {
    BEGIN();
    if (int status = refuse_in_capture()) {
        return status;
    }
    Module* module = current()->modules.find(handle);
    if (module == nullptr) {
        return InvalidHandle;
    }
    for (const auto& [name, function] : module->functions) {
        current()->functions.remove(function->handle);
    }
    current()->modules.remove(handle);
    return Success;
}

STANDIN_EXPORT int cuModuleGetFunction(void** function, void* handle, const char* name) {
    BEGIN();
    Module* module = current()->modules.find(handle);
    if (module == nullptr) {
        return InvalidHandle;
    }
    if (function == nullptr || name == nullptr) {
        return InvalidValue;
    }
    std::shared_ptr<Function>& known = module->functions[name];
    if (!known) {
        auto made = std::make_shared<Function>();
        if (int status = module->entries ? find_entry(*module->entries, name, *made)
                                         : find_entry(module->text, name, *made)) {
            module->functions.erase(name);
            return status;
        }
        known = std::move(made);
        known->handle = current()->functions.add(known);
    }
    *function = known->handle;
    return Success;
}

STANDIN_EXPORT int cuFuncSetAttribute(void* handle, int attribute, int value) {
    BEGIN();
    Function* function = current()->functions.find(handle);
    if (function == nullptr) {
        return InvalidHandle;
    }
    constexpr int dynamic_shared = 8;
    constexpr int carveout = 9;
    if (attribute == carveout && value >= -1 && value <= 100) {
        return Success;
    }
    int most = kMostSharedBytes - static_bytes(*function);
    if (attribute != dynamic_shared || value < 0 || value > most) {
        return InvalidValue;
    }
    function->dynamic_limit = value;
    return Success;
}

STANDIN_EXPORT int cuFuncLoad(void* handle) {
    BEGIN();
    Function* function = current()->functions.find(handle);
    if (function == nullptr) {
        return InvalidHandle;
    }
    function->is_loaded = true;
    return Success;
}

STANDIN_EXPORT int cuFuncGetAttribute(int* value, int attribute, void* handle) {
    BEGIN();
    Function* function = current()->functions.find(handle);
    if (function == nullptr) {
        return InvalidHandle;
    }
    if (value == nullptr || attribute < 0 || attribute > 15) {
        return InvalidValue;
    }
    function->is_loaded = true;
    switch (attribute) {
        case 0:
            *value = function->most_threads;
            break;
        case 1:
            *value = static_bytes(*function);
            break;
        case 4:  // registers
            *value = registers(*function);
            break;
        case 5:  // the versions of the PTX and of the machine code
            *value = 78;
            break;
        case 6:
            *value = static_cast<int>(setting("compute_capability", 80));
            break;
        case 8:
            *value = dynamic_limit(*function);
            break;
        default:
            *value = 0;
    }
    return Success;
}

STANDIN_EXPORT int cuOccupancyMaxActiveBlocksPerMultiprocessor(int* blocks, void* handle, int threads,
                                                               std::size_t dynamic_bytes) {
    BEGIN();
    const Function* function = current()->functions.find(handle);
    if (function == nullptr) {
        return InvalidHandle;
    }
    if (blocks == nullptr || threads < 1 || threads > kMostThreads) {
        return InvalidValue;
    }
    *blocks = blocks_per_multiprocessor(*function, threads, dynamic_bytes);
    return Success;
}

STANDIN_EXPORT int cuLaunchKernel(void* function, unsigned grid_x, unsigned grid_y, unsigned grid_z, unsigned block_x,
                                  unsigned block_y, unsigned block_z, unsigned shared_bytes, void* stream,
                                  void** parameters, void** extra) {
    BEGIN();
    if (extra != nullptr) {
        return InvalidValue;
    }
    return launch(function, {grid_x, grid_y, grid_z}, {block_x, block_y, block_z}, shared_bytes, stream, parameters,
                  false);
}

STANDIN_EXPORT int cuLaunchCooperativeKernel(void* function, unsigned grid_x, unsigned grid_y, unsigned grid_z,
                                             unsigned block_x, unsigned block_y, unsigned block_z,
                                             unsigned shared_bytes, void* stream, void** parameters) {
    BEGIN();
    if (setting("cooperative_launch", 1) == 0) {
        return NotSupported;
    }
    return launch(function, {grid_x, grid_y, grid_z}, {block_x, block_y, block_z}, shared_bytes, stream, parameters,
                  true);
}
