// The stand-in's copies and fills.
#include "driver.h"

#include <algorithm>
#include <cstring>

namespace standin {

namespace {

void* pointer(std::uint64_t address) { return reinterpret_cast<void*>(address); }

Work copy(void* target, const void* source, std::size_t bytes, std::uint64_t written, std::uint64_t read,
          const char* what) {
    if (bytes == 0) {
        return {what, [] {}};
    }
    return {what, [=] {
                if ((written == 0 || alive(written, bytes, what)) && (read == 0 || alive(read, bytes, what))) {
                    std::memmove(target, source, bytes);
                }
            }};
}

// Synchronous copies are work of the default stream: they do not wait for streams that are independent of it.
int copy_now(Work work) {
    if (int status = refuse_in_capture()) {
        return status;
    }
    if (int status = add(current()->default_stream, std::move(work))) {
        return status;
    }
    return drain(current()->default_stream);
}

template <typename T>
int fill(std::uint64_t address, T value, std::size_t count, void* handle, const char* what) {
    std::shared_ptr<Stream> stream = find_stream(handle);
    if (!stream) {
        return InvalidHandle;
    }
    if (count == 0) {
        return Success;
    }
    if (address % sizeof(T) != 0 || !is_device_memory(pointer(address), count * sizeof(T))) {
        return InvalidValue;
    }
    return add(stream, {what, [=] {
                            if (alive(address, count * sizeof(T), what)) {
                                std::fill_n(static_cast<T*>(pointer(address)), count, value);
                            }
                        }});
}

}  // namespace

}  // namespace standin

using namespace standin;

STANDIN_EXPORT int cuMemcpyHtoD_v2(std::uint64_t target, const void* source, std::size_t bytes) {
    BEGIN();
    if (bytes > 0 && (source == nullptr || !is_device_memory(pointer(target), bytes))) {
        return InvalidValue;
    }
    return copy_now(copy(pointer(target), source, bytes, target, 0, "copy to the device"));
}

STANDIN_EXPORT int cuMemcpyDtoH_v2(void* target, std::uint64_t source, std::size_t bytes) {
    BEGIN();
    if (bytes > 0 && (target == nullptr || !is_device_memory(pointer(source), bytes))) {
        return InvalidValue;
    }
    return copy_now(copy(target, pointer(source), bytes, 0, source, "copy to the host"));
}

// Pinned memory is read when the copy runs, other memory immediately, because the driver stages it; a graph may contain
// only copies of pinned memory.
STANDIN_EXPORT int cuMemcpyHtoDAsync_v2(std::uint64_t target, const void* source, std::size_t bytes, void* handle) {
    BEGIN();
    std::shared_ptr<Stream> stream = find_stream(handle);
    if (!stream) {
        return InvalidHandle;
    }
    if (bytes == 0) {
        return Success;
    }
    if (source == nullptr || !is_device_memory(pointer(target), bytes)) {
        return InvalidValue;
    }
    const char* what = "copy to the device";
    if (is_pinned(source, bytes)) {
        return add(stream, copy(pointer(target), source, bytes, target, 0, what));
    }
    if (int status = refuse_in_capture(stream)) {
        return status;
    }
    auto* begin = static_cast<const char*>(source);
    auto staged = std::make_shared<std::vector<char>>(begin, begin + bytes);
    return add(stream, {what, [=] { copy(pointer(target), staged->data(), bytes, target, 0, what).run(); }});
}

// For memory that is not pinned the driver waits, so the result is available on return.
STANDIN_EXPORT int cuMemcpyDtoHAsync_v2(void* target, std::uint64_t source, std::size_t bytes, void* handle) {
    BEGIN();
    std::shared_ptr<Stream> stream = find_stream(handle);
    if (!stream) {
        return InvalidHandle;
    }
    if (bytes == 0) {
        return Success;
    }
    if (target == nullptr || !is_device_memory(pointer(source), bytes)) {
        return InvalidValue;
    }
    bool waits = !is_pinned(target, bytes);
    if (waits) {
        if (int status = refuse_in_capture(stream)) {
            return status;
        }
    }
    int status = add(stream, copy(target, pointer(source), bytes, 0, source, "copy to the host"));
    return status == 0 && waits ? drain(stream) : status;
}

STANDIN_EXPORT int cuMemcpyDtoDAsync_v2(std::uint64_t target, std::uint64_t source, std::size_t bytes, void* handle) {
    BEGIN();
    std::shared_ptr<Stream> stream = find_stream(handle);
    if (!stream) {
        return InvalidHandle;
    }
    if (bytes == 0) {
        return Success;
    }
    if (!is_device_memory(pointer(target), bytes) || !is_device_memory(pointer(source), bytes)) {
        return InvalidValue;
    }
    return add(stream, copy(pointer(target), pointer(source), bytes, target, source, "copy on the device"));
}

STANDIN_EXPORT int cuMemsetD8Async(std::uint64_t address, unsigned char value, std::size_t count, void* handle) {
    BEGIN();
    return fill(address, value, count, handle, "fill of bytes");
}

STANDIN_EXPORT int cuMemsetD32Async(std::uint64_t address, unsigned value, std::size_t count, void* handle) {
    BEGIN();
    return fill(address, value, count, handle, "fill of words");
}
