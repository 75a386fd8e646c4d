// Streams and events of the stand-in. Enqueued work runs when someone waits for it, not before: results read without
// waiting are old.
#include "driver.h"

namespace standin {

namespace {

constexpr std::size_t kMostEntries = 4096;

std::uint64_t last_order = 0;
int running = 0;

void run_until(const std::shared_ptr<Stream>& stream, std::uint64_t end);

// Whether the first entry waits for another process. After a sticky error nothing does.
bool is_blocked(const Stream& stream) {
    const Work& work = stream.entries.front().work;
    return work.is_ready && current()->error == 0 && !work.is_ready();
}

// Runs the first entry, when it no longer waits for another process. If the default stream is ordered with this one, its older work runs before.
void run_first(const std::shared_ptr<Stream>& stream) {
    while (is_blocked(*stream)) {
        wait_a_moment();
    }
    Entry entry = std::move(stream->entries.front());
    stream->entries.pop_front();
    Context& context = *current();
    if (stream == context.default_stream) {
        for (const auto& [handle, other] : context.streams) {
            if (!other->independent) {
                run_until(other, entry.order);
            }
        }
    } else if (!stream->independent) {
        run_until(context.default_stream, entry.order);
    }
    // A sticky error discards all work.
    if (context.error == 0) {
        running++;
        entry.work.run();
        running--;
    }
}

void run_until(const std::shared_ptr<Stream>& stream, std::uint64_t end) {
    while (!stream->entries.empty() && stream->entries.front().order < end) {
        run_first(stream);
    }
}

}  // namespace

bool executing() { return running > 0; }

std::shared_ptr<Stream> find_stream(void* handle) {
    Context* context = current();
    if (context == nullptr) {
        return nullptr;
    }
    return handle == nullptr ? context->default_stream : context->streams.share(handle);
}

int add(const std::shared_ptr<Stream>& stream, Work work) {
    if (stream->capture) {
        if (stream->capture->invalid) {
            return CaptureInvalidated;
        }
        stream->capture->work.push_back(std::move(work));
        return Success;
    }
    Context& context = *current();
    if (stream == context.default_stream) {
        for (const auto& [handle, other] : context.streams) {
            if (!other->independent && other->capture) {
                other->capture->invalid = true;
                return CaptureImplicit;
            }
        }
    }
    stream->entries.push_back({++last_order, std::move(work)});
    return stream->entries.size() > kMostEntries ? drain(stream) : static_cast<int>(Success);
}

int drain(const std::shared_ptr<Stream>& stream) {
    run_until(stream, ~0ULL);
    check_bounds();
    return current()->error;
}

int drain_all() {
    Context& context = *current();
    run_until(context.default_stream, ~0ULL);
    for (const auto& [handle, stream] : context.streams) {
        run_until(stream, ~0ULL);
    }
    check_bounds();
    return context.error;
}

int drain_until(const Record& record) {
    while (!record.done && !record.stream->entries.empty()) {
        run_first(record.stream);
    }
    return current()->error;
}

int check_stream(void* handle) {
    if (int status = ready()) {
        return status;
    }
    return find_stream(handle) ? Success : InvalidHandle;
}

int enqueue(void* handle, std::function<void()> work, const char* what, std::function<bool()> is_ready) {
    if (int status = check_stream(handle)) {
        return status;
    }
    return add(find_stream(handle), {what, std::move(work), std::move(is_ready)});
}

}  // namespace standin

using namespace standin;

STANDIN_EXPORT int cuStreamCreate(void** handle, unsigned flags) {
    BEGIN();
    if (handle == nullptr || flags > 1) {
        return InvalidValue;
    }
    auto stream = std::make_shared<Stream>();
    stream->independent = flags == 1;
    *handle = current()->streams.add(std::move(stream));
    return Success;
}

STANDIN_EXPORT int cuStreamDestroy_v2(void* handle) {
    BEGIN();
    std::shared_ptr<Stream> stream = current()->streams.share(handle);
    if (!stream) {
        return InvalidHandle;
    }
    if (stream->capture) {
        return refuse_in_capture(stream);
    }
    int status = drain(stream);
    current()->streams.remove(handle);
    return status;
}

STANDIN_EXPORT int cuStreamSynchronize(void* handle) {
    BEGIN();
    std::shared_ptr<Stream> stream = find_stream(handle);
    if (!stream) {
        return InvalidHandle;
    }
    if (int status = refuse_in_capture(stream)) {
        return status;
    }
    return drain(stream);
}

STANDIN_EXPORT int cuStreamWaitEvent(void* handle, void* event_handle, unsigned flags) {
    BEGIN();
    std::shared_ptr<Stream> stream = find_stream(handle);
    Event* event = current()->events.find(event_handle);
    if (!stream || event == nullptr) {
        return InvalidHandle;
    }
    if (flags > 1) {
        return InvalidValue;
    }
    if (event->captured) {
        std::shared_ptr<Capture> capture = event->capture;
        // The stand-in does not support joined captures of several streams.
        return stream->capture && stream->capture == capture ? Success : CaptureIsolation;
    }
    if (stream->capture) {
        if (event->record) {
            stream->capture->invalid = true;
            return CaptureIsolation;
        }
        return Success;
    }
    std::shared_ptr<Record> record = event->record;
    return record ? add(stream, {"wait", [record] { drain_until(*record); }}) : static_cast<int>(Success);
}

STANDIN_EXPORT int cuEventCreate(void** handle, unsigned flags) {
    BEGIN();
    if (handle == nullptr || flags > 3) {
        return InvalidValue;
    }
    auto event = std::make_shared<Event>();
    event->timing = (flags & 2) == 0;
    *handle = current()->events.add(std::move(event));
    return Success;
}

STANDIN_EXPORT int cuEventRecord(void* event_handle, void* handle) {
    BEGIN();
    std::shared_ptr<Stream> stream = find_stream(handle);
    Event* event = current()->events.find(event_handle);
    if (!stream || event == nullptr) {
        return InvalidHandle;
    }
    event->captured = stream->capture != nullptr;
    event->capture = stream->capture;
    if (stream->capture) {
        return stream->capture->invalid ? CaptureInvalidated : Success;
    }
    auto record = std::make_shared<Record>();
    record->stream = stream;
    event->record = record;
    return add(stream, {"record", [record] {
                            record->done = true;
                            record->time = std::chrono::steady_clock::now();
                        }});
}

namespace standin {

namespace {

// An event of a capture never happens, and a capture must not wait for one.
int refuse_wait(const Event& event) {
    if (!event.captured) {
        return refuse_in_capture();
    }
    if (event.capture) {
        event.capture->invalid = true;
    }
    return CapturedEvent;
}

}  // namespace

}  // namespace standin

// While the program asks, the device goes on: work runs up to what waits for another process.
STANDIN_EXPORT int cuEventQuery(void* handle) {
    BEGIN();
    Event* event = current()->events.find(handle);
    if (event == nullptr) {
        return InvalidHandle;
    }
    if (int status = refuse_wait(*event)) {
        return status;
    }
    std::shared_ptr<Record> record = event->record;
    while (record && !record->done && !record->stream->entries.empty() && !is_blocked(*record->stream)) {
        run_first(record->stream);
    }
    check_bounds();
    return current()->error != 0 ? current()->error : !record || record->done ? Success : NotReady;
}

STANDIN_EXPORT int cuEventSynchronize(void* handle) {
    BEGIN();
    Event* event = current()->events.find(handle);
    if (event == nullptr) {
        return InvalidHandle;
    }
    if (int status = refuse_wait(*event)) {
        return status;
    }
    if (event->record) {
        drain_until(*event->record);
        check_bounds();
    }
    return current()->error;
}

namespace {

int elapsed(float* milliseconds, void* start_handle, void* end_handle) {
    const Event* start = current()->events.find(start_handle);
    const Event* end = current()->events.find(end_handle);
    if (start == nullptr || end == nullptr || !start->timing || !end->timing) {
        return InvalidHandle;
    }
    if (milliseconds == nullptr) {
        return InvalidValue;
    }
    if (start->captured || end->captured) {
        return CapturedEvent;
    }
    if (!start->record || !end->record) {
        return InvalidHandle;
    }
    if (!start->record->done || !end->record->done) {
        return NotReady;
    }
    *milliseconds = std::chrono::duration<float, std::milli>(end->record->time - start->record->time).count();
    return Success;
}

}  // namespace

STANDIN_EXPORT int cuEventElapsedTime(float* milliseconds, void* start, void* end) {
    BEGIN();
    return elapsed(milliseconds, start, end);
}

STANDIN_EXPORT int cuEventElapsedTime_v2(float* milliseconds, void* start, void* end) {
    BEGIN();
    return elapsed(milliseconds, start, end);
}

STANDIN_EXPORT int cuEventDestroy_v2(void* handle) {
    BEGIN();
    return current()->events.remove(handle) ? Success : InvalidHandle;
}
