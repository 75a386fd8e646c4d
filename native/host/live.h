// Shared by the stand-ins for cuDNN, cuBLAS and cuFFT: live handles and enqueued work.
#pragma once

#include <cstddef>
#include <cstring>
#include <initializer_list>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "standin.h"

namespace standin {

// Owns objects of one kind, protected by the lock of ENTER. Looking up a pointer that was destroyed or is invalid finds
// nothing.
template <typename T>
class Live {
public:
    template <typename... Arguments>
    T* add(Arguments&&... arguments) {
        auto owned = std::make_unique<T>(std::forward<Arguments>(arguments)...);
        T* object = owned.get();
        objects_[object] = std::move(owned);
        return object;
    }

    T* find(const void* handle) {
        auto found = objects_.find(handle);
        return found == objects_.end() ? nullptr : found->second.get();
    }

    bool remove(const void* handle) {
        return objects_.erase(handle) == 1;
    }

private:
    std::map<const void*, std::unique_ptr<T>> objects_;
};

struct Range {
    const void* p;
    std::size_t bytes;
};

inline bool overlap(const Range& a, const Range& b) {
    return static_cast<const char*>(a.p) < static_cast<const char*>(b.p) + b.bytes &&
           static_cast<const char*>(b.p) < static_cast<const char*>(a.p) + a.bytes;
}

// Fills memory with NaN, as a library may leave anything in a workspace or in an input that it may overwrite.
inline void spoil(const Range& range) {
    if (range.bytes > 0) {
        std::memset(const_cast<void*>(range.p), 0xff, range.bytes);
    }
}

// Enqueues work on memory that must still be live when the work runs, which may be much later in a graph.
template <typename Work>
int enqueue_on(void* stream, const char* what, std::initializer_list<Range> memory, Work work) {
    std::vector<Range> ranges(memory);
    auto checked = [=] {
        for (const Range& range : ranges) {
            if (range.bytes > 0 && !is_device_memory(range.p, range.bytes)) {
                fault(700, what);
                return;
            }
        }
        work();
    };
    return enqueue(stream, checked, what);
}

}  // namespace standin
