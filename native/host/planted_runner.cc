// Runs one planted kernel, given by name, in a separate process, which ends with the message of the harness.
#include "fibers.h"

#include <cstdio>
#include <memory>

int main(int argc, char** argv) {
    host::Kernel* kernel = argc > 1 ? host::find_kernel(argv[1]) : nullptr;
    if (kernel == nullptr) {
        std::fprintf(stderr, "usage: planted KERNEL\n");
        return 0;
    }
    constexpr int count = 256;
    std::unique_ptr<float[]> x(new float[count]());
    std::unique_ptr<float[]> y(new float[count]());
    std::unique_ptr<float[]> result(new float[count]());
    struct {
        const float* x;
        const float* y;
        float* result;
        int count;
    } arguments{x.get(), y.get(), result.get(), count};
    host::run(*kernel, &arguments, {1, 1, 1}, {count, 1, 1}, 0, false, false);
    std::printf("%g\n", result[0]);
    return 0;
}
