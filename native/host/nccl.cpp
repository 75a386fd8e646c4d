// The stand-in for NCCL: communicators of processes, or threads, on one machine. The first rank accepts a connection of each
// other one on an abstract Unix socket that the unique id names, receives their values, adds them up in the order of ranks,
// and sends the sums back. As in NCCL, a sum starts when its stream reaches it and ends when all ranks have started it; a lost
// rank is an asynchronous error, after which the stream waits until the communicator is aborted; and destroying a
// communicator waits for the other ranks.
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <random>

#include "driver.h"
#include "live.h"

namespace standin::nccl {

namespace {

enum Result {
    kSuccess = 0,
    kUnhandledCudaError = 1,
    kSystemError = 2,
    kInternalError = 3,
    kInvalidArgument = 4,
    kInvalidUsage = 5,
    kRemoteError = 6,
};

constexpr int kFloat32 = 7;
constexpr int kNumTypes = 12;
constexpr int kSum = 0;
constexpr int kNumOps = 5;
constexpr auto kMismatchTimeout = std::chrono::seconds(1);

struct UniqueId {
    char internal[128];
};

enum Kind { kHello, kWelcome, kValues, kGoodbye };

// Precedes all that is sent. Integers without padding, so that two of them can be compared as memory.
struct Header {
    std::int32_t kind = 0;
    std::int32_t rank = 0;
    std::int32_t ranks = 0;
    std::int32_t device = 0;
    std::int32_t type = 0;
    std::int32_t op = 0;
    std::uint64_t sequence = 0;
    std::uint64_t count = 0;
    std::int64_t status = 0;
};

struct Connection {
    int socket = -1;
    std::string out;
    std::size_t sent = 0;
    std::string in;
    bool has_left = false;
    bool is_broken = false;

    Connection() = default;
    Connection(const Connection&) = delete;
    ~Connection() { close(); }

    void close() {
        if (socket >= 0) {
            ::close(socket);
        }
        socket = -1;
    }

    void write(const void* p, std::size_t bytes) { out.append(static_cast<const char*>(p), bytes); }

    // Sends and receives what can be without waiting.
    void pump() {
        while (!is_broken && sent < out.size()) {
            ssize_t bytes = send(socket, out.data() + sent, out.size() - sent, MSG_DONTWAIT | MSG_NOSIGNAL);
            if (bytes < 0) {
                is_broken = errno != EAGAIN && errno != EINTR;
                break;
            }
            sent += static_cast<std::size_t>(bytes);
        }
        if (sent == out.size()) {
            out.clear();
            sent = 0;
        }
        char buffer[1 << 16];
        while (!is_broken) {
            ssize_t bytes = recv(socket, buffer, sizeof buffer, MSG_DONTWAIT);
            if (bytes < 0) {
                is_broken = errno != EAGAIN && errno != EINTR;
                break;
            }
            is_broken = bytes == 0;
            in.append(buffer, static_cast<std::size_t>(bytes));
        }
        has_left = has_left || (in.size() >= sizeof(Header) && header().kind == kGoodbye);
    }

    Header header() const {
        Header made;
        std::memcpy(&made, in.data(), sizeof made);
        return made;
    }

    // Whether a header has arrived, and after it as many bytes.
    bool has(std::size_t bytes = 0) const { return in.size() >= sizeof(Header) + bytes; }
};

struct Comm {
    int rank = 0;
    int ranks = 0;
    int device = 0;
    int error = 0;
    bool is_aborted = false;
    std::uint64_t sequence = 0;
    std::vector<std::unique_ptr<Connection>> others;  // of the first rank: by rank, from 1; of the others: the first one

    void pump() {
        for (auto& other : others) {
            other->pump();
            if (other->is_broken && !other->has_left && error == 0) {
                fail(kRemoteError, "a rank is lost");
            }
        }
    }

    // The others are told by the end of their connections.
    void fail(int status, const std::string& text);

    void close() {
        for (auto& other : others) {
            other->close();
        }
    }
};

// Never destroyed, because the order of destruction at exit is unknown.
std::map<const void*, std::shared_ptr<Comm>>& comms = *new std::map<const void*, std::shared_ptr<Comm>>;
std::map<std::string, int>& listeners = *new std::map<std::string, int>;

// Of a thread, since tests use threads as processes.
thread_local std::string last_error;

int failed(int status, const std::string& text) {
    last_error = text;
    return status;
}

void Comm::fail(int status, const std::string& text) {
    error = failed(status, text);
    close();
    for (auto& other : others) {
        other->is_broken = true;
    }
}

std::shared_ptr<Comm> find(const void* handle) {
    auto found = comms.find(handle);
    return found == comms.end() ? nullptr : found->second;
}

sockaddr_un address_of(const std::string& name, socklen_t* length) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path + 1, name.data(), name.size());
    *length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
    return address;
}

// One sum of one rank.
struct Sum {
    std::shared_ptr<Comm> comm;
    const float* send;
    float* receive;
    Header header;
    bool is_begun = false;
    bool is_summed = false;
    std::chrono::steady_clock::time_point mismatched{};
    std::vector<float> values;

    std::size_t bytes() const { return header.count * sizeof(float); }

    bool is_ready() {
        if (comm->is_aborted || comm->error != 0) {
            return comm->is_aborted;
        }
        if (!is_begun && !begin()) {
            return true;
        }
        comm->pump();
        if (comm->error == 0 && !is_summed && (comm->rank == 0 ? has_all() : take())) {
            is_summed = true;
            comm->pump();
        }
        bool is_sent = true;
        for (const auto& other : comm->others) {
            is_sent = is_sent && other->out.empty();
        }
        return is_summed && is_sent;
    }

    void run() {
        if (is_summed && alive(reinterpret_cast<std::uintptr_t>(receive), bytes(), "sum of NCCL")) {
            std::memcpy(receive, values.data(), bytes());
        }
    }

  private:
    bool begin() {
        is_begun = true;
        if (!alive(reinterpret_cast<std::uintptr_t>(send), bytes(), "sum of NCCL")) {
            return false;
        }
        values.assign(send, send + header.count);
        if (comm->rank != 0) {
            comm->others[0]->write(&header, sizeof header);
            comm->others[0]->write(values.data(), bytes());
        }
        return true;
    }

    // The first rank: adds up, once the values of all ranks are there, and sends the sums.
    bool has_all() {
        for (const auto& other : comm->others) {
            if (!other->has() || other->has_left) {
                return false;
            }
            Header theirs = other->header();
            theirs.rank = 0;
            if (std::memcmp(&theirs, &header, sizeof header) != 0) {
                auto now = std::chrono::steady_clock::now();
                mismatched = mismatched == decltype(mismatched){} ? now : mismatched;
                if (now - mismatched > kMismatchTimeout) {
                    comm->fail(kInternalError, "the ranks add up " + std::to_string(header.count) + " and " +
                                                   std::to_string(theirs.count) + " values, or not in the same order");
                }
                return false;
            }
            if (!other->has(bytes())) {
                return false;
            }
        }
        for (const auto& other : comm->others) {
            std::vector<float> theirs(header.count);
            std::memcpy(theirs.data(), other->in.data() + sizeof header, bytes());
            other->in.erase(0, sizeof header + bytes());
            for (std::size_t i = 0; i < theirs.size(); i++) {
                values[i] += theirs[i];
            }
        }
        for (const auto& other : comm->others) {
            other->write(&header, sizeof header);
            other->write(values.data(), bytes());
        }
        return true;
    }

    // The other ranks: takes the sums of the first one.
    bool take() {
        Connection& first = *comm->others[0];
        if (!first.has(bytes())) {
            return false;
        }
        std::memcpy(values.data(), first.in.data() + sizeof header, bytes());
        first.in.erase(0, sizeof header + bytes());
        return true;
    }
};

// Waits for a header; false if the connection breaks before.
bool wait_for(Connection& connection) {
    while (!connection.has() && !connection.is_broken) {
        connection.pump();
        wait_a_moment();
    }
    return connection.has();
}

// The first rank: lets all others in, or tells all of them the same error.
int accept_all(Comm& comm, int listener) {
    int status = kSuccess;
    std::vector<std::unique_ptr<Connection>> joined(static_cast<std::size_t>(comm.ranks - 1));
    std::vector<int> devices{comm.device};
    for (int i = 1; i < comm.ranks; i++) {
        auto other = std::make_unique<Connection>();
        while ((other->socket = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC)) < 0) {
            wait_a_moment();
        }
        if (!wait_for(*other)) {
            return failed(kSystemError, "a rank was lost during the start");
        }
        const Header hello = other->header();
        other->in.erase(0, sizeof hello);
        bool fits = hello.ranks == comm.ranks && hello.rank > 0 && hello.rank < comm.ranks && !joined[hello.rank - 1];
        bool is_taken = std::find(devices.begin(), devices.end(), hello.device) != devices.end();
        devices.push_back(hello.device);
        if (!fits) {
            status = failed(kInvalidArgument, "rank " + std::to_string(hello.rank) + " of " + std::to_string(hello.ranks) +
                                                  " does not fit, or is there twice");
        } else if (is_taken) {
            status = failed(kInvalidUsage, "Duplicate GPU detected: device " + std::to_string(hello.device));
        }
        joined[fits ? hello.rank - 1 : 0] = std::move(other);
    }
    for (auto& other : joined) {
        Header welcome;
        welcome.kind = kWelcome;
        welcome.status = status;
        if (other) {
            other->write(&welcome, sizeof welcome);
            other->pump();
        }
    }
    comm.others = std::move(joined);
    return status;
}

int connect_to(Comm& comm, const std::string& name) {
    auto first = std::make_unique<Connection>();
    socklen_t length;
    const sockaddr_un address = address_of(name, &length);
    first->socket = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(first->socket, reinterpret_cast<const sockaddr*>(&address), length) != 0) {
        return failed(kSystemError, "no rank listens at " + name);
    }
    Header hello;
    hello.kind = kHello;
    hello.rank = comm.rank;
    hello.ranks = comm.ranks;
    hello.device = comm.device;
    first->write(&hello, sizeof hello);
    if (!wait_for(*first)) {
        return failed(kSystemError, "the first rank was lost during the start");
    }
    int status = static_cast<int>(first->header().status);
    first->in.erase(0, sizeof hello);
    comm.others.push_back(std::move(first));
    return status == kSuccess ? status : failed(status, "the first rank refused this one");
}

}  // namespace

}  // namespace standin::nccl

using namespace standin::nccl;

STANDIN_EXPORT const char* ncclGetErrorString(int result) {
    COUNT();
    switch (result) {
        case kSuccess: return "no error";
        case kUnhandledCudaError: return "unhandled cuda error";
        case kSystemError: return "unhandled system error";
        case kInternalError: return "internal error";
        case kInvalidArgument: return "invalid argument";
        case kInvalidUsage: return "invalid usage";
        case kRemoteError: return "remote process exited or there was a network error";
        default: return "unknown result code";
    }
}

STANDIN_EXPORT const char* ncclGetLastError(void*) {
    COUNT();
    return last_error.c_str();
}

STANDIN_EXPORT int ncclGetVersion(int* version) {
    ENTER();
    if (version == nullptr) {
        return kInvalidArgument;
    }
    *version = static_cast<int>(standin::setting("nccl_version", 22005));
    return kSuccess;
}

// The first rank must be in the process that makes the id.
STANDIN_EXPORT int ncclGetUniqueId(UniqueId* id) {
    ENTER();
    if (id == nullptr) {
        return kInvalidArgument;
    }
    const std::string name = "infadmm-nccl-" + std::to_string(getpid()) + "-" + std::to_string(std::random_device()());
    socklen_t length;
    const sockaddr_un address = address_of(name, &length);
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (listener < 0 || bind(listener, reinterpret_cast<const sockaddr*>(&address), length) != 0 ||
        listen(listener, SOMAXCONN) != 0) {
        close(listener);
        return failed(kSystemError, std::strerror(errno));
    }
    listeners[name] = listener;
    *id = {};
    std::memcpy(id->internal, name.data(), name.size());
    return kSuccess;
}

STANDIN_EXPORT int ncclCommInitRank(void** handle, int ranks, UniqueId id, int rank) {
    ENTER();
    if (handle == nullptr || ranks < 1 || rank < 0 || rank >= ranks) {
        return failed(kInvalidArgument, "rank " + std::to_string(rank) + " of " + std::to_string(ranks));
    }
    if (standin::ready() != 0 || standin::refuse_in_capture() != 0) {
        return failed(kUnhandledCudaError, "no context is current, or a stream is capturing");
    }
    const std::string name(id.internal, strnlen(id.internal, sizeof id.internal));
    auto comm = std::make_shared<Comm>();
    comm->rank = rank;
    comm->ranks = ranks;
    comm->device = standin::current()->device;
    auto listener = listeners.find(name);
    if (name.empty() || (rank == 0 && listener == listeners.end())) {
        return failed(kInvalidArgument, "the id is not one of ncclGetUniqueId in this process");
    }
    int status = rank == 0 ? accept_all(*comm, listener->second) : connect_to(*comm, name);
    if (rank == 0) {
        close(listeners[name]);
        listeners.erase(name);
    }
    if (status == kSuccess) {
        *handle = comm.get();
        comms[comm.get()] = std::move(comm);
    }
    return status;
}

STANDIN_EXPORT int ncclAllReduce(const void* send, void* receive, std::size_t count, int type, int op, void* handle,
                                 void* stream) {
    ENTER();
    std::shared_ptr<Comm> comm = find(handle);
    if (!comm) {
        return failed(kInvalidArgument, "the communicator was destroyed, aborted, or never made");
    }
    if (type < 0 || type >= kNumTypes || op < 0 || op >= kNumOps) {
        return failed(kInvalidArgument, "type " + std::to_string(type) + ", operation " + std::to_string(op));
    }
    if (type != kFloat32 || op != kSum || standin::is_capturing(stream)) {
        return failed(kInvalidUsage, "the stand-in adds up float32, outside of captures");
    }
    if (standin::ready() != 0 || standin::current()->device != comm->device) {
        return failed(kInvalidUsage, "the context is not that of the communicator");
    }
    if (count == 0) {
        return kSuccess;
    }
    if (!standin::is_device_memory(send, count * sizeof(float)) ||
        !standin::is_device_memory(receive, count * sizeof(float))) {
        return failed(kInvalidArgument, "the values are not in device memory");
    }
    if (comm->error != 0) {
        return comm->error;
    }
    auto sum = std::make_shared<Sum>();
    sum->comm = comm;
    sum->send = static_cast<const float*>(send);
    sum->receive = static_cast<float*>(receive);
    sum->header.kind = kValues;
    sum->header.ranks = comm->ranks;
    sum->header.type = type;
    sum->header.op = op;
    sum->header.sequence = ++comm->sequence;
    sum->header.count = count;
    int status = standin::enqueue(stream, [sum] { sum->run(); }, __func__, [sum] { return sum->is_ready(); });
    return status == 0 ? kSuccess : kUnhandledCudaError;
}

STANDIN_EXPORT int ncclCommGetAsyncError(void* handle, int* error) {
    ENTER();
    std::shared_ptr<Comm> comm = find(handle);
    if (!comm || error == nullptr) {
        return failed(kInvalidArgument, "the communicator was destroyed, aborted, or never made");
    }
    comm->pump();
    *error = comm->error;
    return kSuccess;
}

STANDIN_EXPORT int ncclCommAbort(void* handle) {
    ENTER();
    std::shared_ptr<Comm> comm = find(handle);
    if (!comm) {
        return failed(kInvalidArgument, "the communicator was destroyed, aborted, or never made");
    }
    comms.erase(handle);
    comm->is_aborted = true;
    comm->close();
    return kSuccess;
}

STANDIN_EXPORT int ncclCommDestroy(void* handle) {
    ENTER();
    std::shared_ptr<Comm> comm = find(handle);
    if (!comm) {
        return failed(kInvalidArgument, "the communicator was destroyed, aborted, or never made");
    }
    comms.erase(handle);
    Header goodbye;
    goodbye.kind = kGoodbye;
    for (auto& other : comm->others) {
        other->write(&goodbye, sizeof goodbye);
    }
    bool is_alone = false;
    while (!is_alone && comm->error == 0) {
        comm->pump();
        is_alone = std::all_of(comm->others.begin(), comm->others.end(),
                               [](const auto& other) { return other->has_left && other->out.empty(); });
        standin::wait_a_moment();
    }
    comm->close();
    return kSuccess;
}

// The number of communicators that were neither destroyed nor aborted.
STANDIN_EXPORT long long standin_live_communicators() {
    const std::lock_guard<std::recursive_mutex> lock(standin::mutex());
    return static_cast<long long>(comms.size());
}
