// The test interface: call counts, settings, failures on request, and a list of the called functions at exit.
#include "ptx.h"
#include "standin.h"

#include <dlfcn.h>
#include <elf.h>
#include <link.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <chrono>
#include <map>
#include <string>
#include <thread>
#include <unordered_map>

namespace standin {

namespace {

const std::string kFail = "fail_";

// Never destroyed, because the order of destruction at exit is unknown.
std::unordered_map<std::string, long long>& counts = *new std::unordered_map<std::string, long long>;
std::map<std::string, long long>& failures = *new std::map<std::string, long long>;

void set(std::map<std::string, long long>& settings, const std::string& key, long long value) {
    if (key.compare(0, kFail.size(), kFail) == 0) {
        failures[key.substr(kFail.size())] = value;
    } else {
        settings[key] = value;
    }
}

std::map<std::string, long long>& settings() {
    static std::map<std::string, long long>& values = [&]() -> auto& {
        auto& read = *new std::map<std::string, long long>;
        const char* text = std::getenv("INFADMM_STANDIN");
        std::string rest = text != nullptr ? text : "";
        while (!rest.empty()) {
            std::string pair = rest.substr(0, rest.find(','));
            rest.erase(0, pair.size() + 1);
            std::size_t equals = pair.find('=');
            if (equals != std::string::npos) {
                set(read, pair.substr(0, equals), std::strtoll(pair.c_str() + equals + 1, nullptr, 0));
            }
        }
        return read;
    }();
    return values;
}

__attribute__((destructor)) void write_coverage() {
    const char* path = std::getenv("INFADMM_STANDIN_COVERAGE");
    if (path == nullptr) {
        return;
    }
    if (std::FILE* file = std::fopen(path, "a")) {
        for (const auto& [name, count] : counts) {
            std::fprintf(file, "%s\n", name.c_str());
        }
        std::fclose(file);
    }
}

// The table of what the interpreter of PTX executed.
__attribute__((destructor)) void write_kernels() {
    const char* path = std::getenv("INFADMM_STANDIN_KERNELS");
    if (path == nullptr) {
        return;
    }
    if (std::FILE* file = std::fopen(path, "w")) {
        std::fputs(ptx::table().c_str(), file);
        std::fclose(file);
    }
}

// The NVIDIA names in the dynamic symbol table of this library.
std::string exported_names() {
    Dl_info info;
    link_map* map = nullptr;
    auto* own = reinterpret_cast<void*>(&exported_names);
    if (dladdr1(own, &info, reinterpret_cast<void**>(&map), RTLD_DL_LINKMAP) == 0) {
        return "";
    }
    const ElfW(Sym)* symbols = nullptr;
    const char* strings = nullptr;
    const ElfW(Word)* hash = nullptr;
    for (const ElfW(Dyn)* entry = map->l_ld; entry->d_tag != DT_NULL; entry++) {
        auto* address = reinterpret_cast<const void*>(entry->d_un.d_ptr);
        if (entry->d_tag == DT_SYMTAB) {
            symbols = static_cast<const ElfW(Sym)*>(address);
        } else if (entry->d_tag == DT_STRTAB) {
            strings = static_cast<const char*>(address);
        } else if (entry->d_tag == DT_HASH) {
            hash = static_cast<const ElfW(Word)*>(address);
        }
    }
    std::string names;
    for (ElfW(Word) i = 1; symbols != nullptr && strings != nullptr && hash != nullptr && i < hash[1]; i++) {
        const char* name = strings + symbols[i].st_name;
        bool is_nvidias = std::strncmp(name, "cu", 2) == 0 || std::strncmp(name, "nccl", 4) == 0;
        if (symbols[i].st_shndx != SHN_UNDEF && is_nvidias) {
            names += name;
            names += '\n';
        }
    }
    return names;
}

}  // namespace

std::recursive_mutex& mutex() {
    static std::recursive_mutex& lock = *new std::recursive_mutex;
    return lock;
}

void wait_a_moment() {
    mutex().unlock();
    std::this_thread::sleep_for(std::chrono::microseconds(100));
    mutex().lock();
}

void count(const char* function) { counts[function]++; }

int enter(const char* function) {
    count(function);
    settings();
    if (failures.empty()) {
        return 0;
    }
    auto found = failures.find(function);
    if (found == failures.end()) {
        return 0;
    }
    int status = static_cast<int>(found->second);
    failures.erase(found);
    return status;
}

int copy_text(const std::string& text, char* buffer, int bytes) {
    if (buffer != nullptr && bytes > 0) {
        std::size_t fits = std::min(text.size(), static_cast<std::size_t>(bytes) - 1);
        std::memcpy(buffer, text.data(), fits);
        buffer[fits] = 0;
    }
    return static_cast<int>(text.size()) + 1;
}

long long setting(const char* key, long long otherwise) {
    auto found = settings().find(key);
    return found == settings().end() ? otherwise : found->second;
}

}  // namespace standin

STANDIN_EXPORT long long standin_count(const char* function) {
    const std::lock_guard<std::recursive_mutex> lock(standin::mutex());
    auto found = standin::counts.find(function);
    return found == standin::counts.end() ? 0 : found->second;
}

STANDIN_EXPORT void standin_reset_counts() {
    const std::lock_guard<std::recursive_mutex> lock(standin::mutex());
    for (auto& [name, count] : standin::counts) {
        count = 0;
    }
}

STANDIN_EXPORT void standin_set(const char* key, long long value) {
    const std::lock_guard<std::recursive_mutex> lock(standin::mutex());
    standin::set(standin::settings(), key, value);
}

// What the interpreter executed since the last call of standin_forget_kernels, with the setting "count".
STANDIN_EXPORT int standin_kernel_totals(char* buffer, int bytes) {
    const std::lock_guard<std::recursive_mutex> lock(standin::mutex());
    return standin::copy_text(ptx::totals(), buffer, bytes);
}

STANDIN_EXPORT void standin_forget_kernels() {
    const std::lock_guard<std::recursive_mutex> lock(standin::mutex());
    ptx::forget();
}

STANDIN_EXPORT int standin_function_names(char* buffer, int bytes) {
    return standin::copy_text(standin::exported_names(), buffer, bytes);
}
