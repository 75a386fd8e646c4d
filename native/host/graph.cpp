// Captures and graphs of the stand-in. A graph is the list of the work that was enqueued during the capture, with the
// arguments at that time.
#include "driver.h"

#include <algorithm>

namespace standin {

namespace {

std::vector<std::shared_ptr<Capture>>& captures = *new std::vector<std::shared_ptr<Capture>>;
thread_local int thread_mode = 0;

constexpr int kGlobal = 0;
constexpr int kRelaxed = 2;

// The layout of CUgraphExecUpdateResultInfo.
struct UpdateResult {
    int result;
    void* error_node;
    void* error_from_node;
};

}  // namespace

bool is_capturing(void* handle) {
    std::shared_ptr<Stream> stream = find_stream(handle);
    return stream && stream->capture;
}

bool is_capturing() {
    return std::any_of(captures.begin(), captures.end(),
                       [](const auto& capture) { return capture->thread == std::this_thread::get_id(); });
}

int refuse_in_capture() {
    bool refused = false;
    for (const auto& capture : captures) {
        bool own = capture->thread == std::this_thread::get_id() && capture->mode != kRelaxed;
        bool other = capture->mode == kGlobal && thread_mode == kGlobal;
        if (thread_mode != kRelaxed && (own || other)) {
            capture->invalid = true;
            refused = true;
        }
    }
    return refused ? CaptureUnsupported : Success;
}

int refuse_in_capture(const std::shared_ptr<Stream>& stream) {
    if (stream->capture) {
        stream->capture->invalid = true;
        return CaptureUnsupported;
    }
    return refuse_in_capture();
}

}  // namespace standin

using namespace standin;

STANDIN_EXPORT int cuStreamBeginCapture_v2(void* handle, int mode) {
    BEGIN();
    std::shared_ptr<Stream> stream = find_stream(handle);
    if (!stream) {
        return InvalidHandle;
    }
    if (handle == nullptr) {
        return CaptureUnsupported;
    }
    if (mode < kGlobal || mode > kRelaxed) {
        return InvalidValue;
    }
    if (stream->capture) {
        return IllegalState;
    }
    stream->capture = std::make_shared<Capture>();
    stream->capture->mode = mode;
    stream->capture->thread = std::this_thread::get_id();
    captures.push_back(stream->capture);
    return Success;
}

STANDIN_EXPORT int cuStreamEndCapture(void* handle, void** graph) {
    BEGIN();
    std::shared_ptr<Stream> stream = find_stream(handle);
    if (!stream) {
        return InvalidHandle;
    }
    if (graph == nullptr) {
        return InvalidValue;
    }
    std::shared_ptr<Capture> capture = stream->capture;
    if (!capture) {
        return IllegalState;
    }
    if (capture->mode != kRelaxed && capture->thread != std::this_thread::get_id()) {
        return CaptureWrongThread;
    }
    stream->capture = nullptr;
    captures.erase(std::find(captures.begin(), captures.end(), capture));
    *graph = nullptr;
    if (capture->invalid) {
        return CaptureInvalidated;
    }
    auto made = std::make_shared<Graph>();
    made->work = std::move(capture->work);
    *graph = current()->graphs.add(std::move(made));
    return Success;
}

STANDIN_EXPORT int cuStreamIsCapturing(void* handle, int* result) {
    BEGIN();
    std::shared_ptr<Stream> stream = find_stream(handle);
    if (!stream) {
        return InvalidHandle;
    }
    if (result == nullptr) {
        return InvalidValue;
    }
    *result = !stream->capture ? 0 : stream->capture->invalid ? 2 : 1;
    return Success;
}

STANDIN_EXPORT int cuThreadExchangeStreamCaptureMode(int* mode) {
    BEGIN();
    if (mode == nullptr || *mode < kGlobal || *mode > kRelaxed) {
        return InvalidValue;
    }
    std::swap(*mode, thread_mode);
    return Success;
}

STANDIN_EXPORT int cuGraphInstantiateWithFlags(void** executable, void* handle, unsigned long long flags) {
    BEGIN();
    const Graph* graph = current()->graphs.find(handle);
    if (graph == nullptr) {
        return InvalidHandle;
    }
    if (executable == nullptr || flags > 15) {
        return InvalidValue;
    }
    auto made = std::make_shared<GraphExec>();
    made->work = std::make_shared<const std::vector<Work>>(graph->work);
    *executable = current()->executables.add(std::move(made));
    return Success;
}

// Launched work runs as it was at the launch, even if the graph is changed or destroyed.
STANDIN_EXPORT int cuGraphLaunch(void* handle, void* stream_handle) {
    BEGIN();
    std::shared_ptr<Stream> stream = find_stream(stream_handle);
    const GraphExec* executable = current()->executables.find(handle);
    if (!stream || executable == nullptr) {
        return InvalidHandle;
    }
    auto work = executable->work;
    for (std::size_t i = 0; i < work->size(); i++) {
        if (int status = add(stream, {(*work)[i].what, [work, i] { (*work)[i].run(); }, (*work)[i].is_ready})) {
            return status;
        }
    }
    return Success;
}

// Only the arguments may change, not the kind of work.
STANDIN_EXPORT int cuGraphExecUpdate_v2(void* handle, void* graph_handle, void* result) {
    BEGIN();
    GraphExec* executable = current()->executables.find(handle);
    const Graph* graph = current()->graphs.find(graph_handle);
    if (executable == nullptr || graph == nullptr) {
        return InvalidHandle;
    }
    if (result == nullptr) {
        return InvalidValue;
    }
    auto* info = static_cast<UpdateResult*>(result);
    *info = {0, nullptr, nullptr};
    bool same_count = executable->work->size() == graph->work.size();
    bool same = same_count && std::equal(graph->work.begin(), graph->work.end(), executable->work->begin(),
                                         [](const Work& a, const Work& b) { return a.what == b.what; });
    if (!same) {
        info->result = same_count ? 3 : 2;  // different node type, different topology
        return GraphExecUpdateFailure;
    }
    executable->work = std::make_shared<const std::vector<Work>>(graph->work);
    return Success;
}

STANDIN_EXPORT int cuGraphExecDestroy(void* handle) {
    BEGIN();
    return current()->executables.remove(handle) ? Success : InvalidHandle;
}

STANDIN_EXPORT int cuGraphDestroy(void* handle) {
    BEGIN();
    return current()->graphs.remove(handle) ? Success : InvalidHandle;
}
