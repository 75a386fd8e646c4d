// The stand-in for cuBLAS: GemmEx with scalars on the host. A product during capture needs a workspace from the caller
// (otherwise the library would allocate one), and setting the stream resets the workspace, as in the library.
#include <cstdint>
#include <vector>

#include "live.h"
#include "numbers.h"
#include "products.h"

namespace standin::cublas {

namespace {

enum Status {
    kSuccess = 0,
    kNotInitialized = 1,
    kAllocationFailed = 3,
    kInvalidValue = 7,
    kExecutionFailed = 13,
    kNotSupported = 15,
};

enum MathMode { kDefaultMath = 0, kPedanticMath = 2, kTf32Math = 3, kNoReducedReduction = 16 };

enum DataType { kFloat = 0, kHalf = 2 };

enum ComputeType {
    kCompute32 = 68,
    kCompute32Pedantic = 69,
    kCompute32Fast16 = 74,
    kCompute32FastBfloat16 = 75,
    kCompute32FastTf32 = 77,
};

// The rounding of operands before they are multiplied.
enum class Rounding { None, Half, Bfloat16, Tf32 };

constexpr std::size_t kSpoiled = 4096;

struct Handle {
    void* stream = nullptr;
    void* workspace = nullptr;
    std::size_t workspace_bytes = 0;
    int math_mode = kDefaultMath;
};

// Never destroyed, because the order of destruction at exit is unknown.
Live<Handle>& handles = *new Live<Handle>;

struct Matrix {
    const void* p;
    int type;
    int rows, columns, leading;

    // Column-major: the last column ends with its last row.
    std::size_t bytes() const {
        if (rows == 0 || columns == 0) {
            return 0;
        }
        return (static_cast<std::size_t>(columns - 1) * leading + rows) * (type == kHalf ? 2 : 4);
    }

    double read(int row, int column) const {
        std::size_t i = static_cast<std::size_t>(column) * leading + row;
        return type == kHalf ? from_half(static_cast<const std::uint16_t*>(p)[i]) : static_cast<const float*>(p)[i];
    }

    void write(int row, int column, double value) const {
        std::size_t i = static_cast<std::size_t>(column) * leading + row;
        float v = static_cast<float>(value);
        if (type == kHalf) {
            static_cast<std::uint16_t*>(const_cast<void*>(p))[i] = to_half(v);
        } else {
            static_cast<float*>(const_cast<void*>(p))[i] = v;
        }
    }

    bool is_valid() const { return rows >= 0 && columns >= 0 && leading >= (rows > 1 ? rows : 1); }

    bool is_live() const {
        std::size_t size = bytes();
        return size == 0 || (p != nullptr && reinterpret_cast<std::uintptr_t>(p) % (type == kHalf ? 2 : 4) == 0 &&
                             is_device_memory(p, size));
    }
};

double operand(double value, Rounding rounding) {
    float v = static_cast<float>(value);
    switch (rounding) {
        case Rounding::Half: return from_half(to_half(v));
        case Rounding::Bfloat16: return to_bfloat16(v);
        case Rounding::Tf32: return to_tf32(v);
        default: return v;
    }
}

// op(matrix)ᵀ, row-major and contiguous, as the transposed product needs it. A column-major matrix read as row-major is
// its transpose.
std::vector<double> load(const Matrix& matrix, bool transpose, Rounding rounding) {
    std::vector<double> values;
    values.reserve(static_cast<std::size_t>(matrix.rows) * matrix.columns);
    int outer = transpose ? matrix.rows : matrix.columns;
    int inner = transpose ? matrix.columns : matrix.rows;
    for (int i = 0; i < outer; i++) {
        for (int j = 0; j < inner; j++) {
            values.push_back(operand(transpose ? matrix.read(i, j) : matrix.read(j, i), rounding));
        }
    }
    return values;
}

struct Product {
    Matrix a, b, c;
    bool transpose_a, transpose_b;
    int depth;
    double alpha, beta;
    Rounding rounding;
};

// Row-major Cᵀ = op(B)ᵀ·op(A)ᵀ is column-major C = op(A)·op(B).
void run(const Product& product) {
    int m = product.c.rows;
    int n = product.c.columns;
    std::vector<double> sums(static_cast<std::size_t>(m) * n);
    if (product.depth > 0 && product.alpha != 0) {
        std::vector<double> left = load(product.b, product.transpose_b, product.rounding);
        std::vector<double> right = load(product.a, product.transpose_a, product.rounding);
        multiply(n, m, product.depth, left.data(), right.data(), sums.data());
    }
    for (int j = 0; j < n; j++) {
        for (int i = 0; i < m; i++) {
            double value = product.alpha * sums[static_cast<std::size_t>(j) * m + i];
            product.c.write(i, j, product.beta == 0 ? value : value + product.beta * product.c.read(i, j));
        }
    }
}

bool is_algorithm(int algorithm) {
    return (algorithm >= -1 && algorithm <= 23) || (algorithm >= 99 && algorithm <= 115);
}

// False for a compute type that the library does not support for these matrices.
bool find_rounding(int math_mode, int compute_type, int a, int b, int c, Rounding* rounding) {
    bool halves = a == kHalf && b == kHalf && (c == kHalf || c == kFloat);
    bool floats = a == kFloat && b == kFloat && c == kFloat;
    bool fast = compute_type == kCompute32Fast16 || compute_type == kCompute32FastBfloat16 ||
                compute_type == kCompute32FastTf32;
    if (!(halves || floats) || !(fast || compute_type == kCompute32 || compute_type == kCompute32Pedantic) ||
        (halves && fast)) {
        return false;
    }
    int mode = math_mode & ~kNoReducedReduction;
    *rounding = Rounding::None;
    if (mode == kPedanticMath || compute_type == kCompute32Pedantic) {
        return true;
    }
    if (compute_type == kCompute32Fast16) {
        *rounding = Rounding::Half;
    } else if (compute_type == kCompute32FastBfloat16) {
        *rounding = Rounding::Bfloat16;
    } else if (compute_type == kCompute32FastTf32 || mode == kTf32Math) {
        *rounding = Rounding::Tf32;
    }
    return true;
}

}  // namespace

}  // namespace standin::cublas

using namespace standin::cublas;

STANDIN_EXPORT const char* cublasGetStatusString(int status) {
    COUNT();
    switch (status) {
        case kSuccess: return "the operation completed successfully";
        case kNotInitialized: return "the library was not initialized";
        case kAllocationFailed: return "the resource allocation failed";
        case kInvalidValue: return "an unsupported value or parameter was passed to the function";
        case kExecutionFailed: return "the GPU program failed to execute";
        case kNotSupported: return "the functionality requested is not supported";
        default: return "unknown status";
    }
}

STANDIN_EXPORT int cublasCreate_v2(void** handle) {
    ENTER();
    if (handle == nullptr) {
        return kInvalidValue;
    }
    if (standin::refuse_in_capture() != 0) {
        return kAllocationFailed;
    }
    *handle = handles.add();
    return kSuccess;
}

STANDIN_EXPORT int cublasDestroy_v2(void* handle) {
    ENTER();
    if (standin::refuse_in_capture() != 0) {
        return kExecutionFailed;
    }
    return handles.remove(handle) ? kSuccess : kNotInitialized;
}

STANDIN_EXPORT int cublasGetVersion_v2(void* handle, int* version) {
    ENTER();
    if (handles.find(handle) == nullptr) {
        return kNotInitialized;
    }
    if (version == nullptr) {
        return kInvalidValue;
    }
    *version = static_cast<int>(standin::setting("cublas_version", 130000));
    return kSuccess;
}

STANDIN_EXPORT int cublasSetStream_v2(void* handle, void* stream) {
    ENTER();
    Handle* live = handles.find(handle);
    if (live == nullptr) {
        return kNotInitialized;
    }
    live->stream = stream;
    live->workspace = nullptr;
    live->workspace_bytes = 0;
    return kSuccess;
}

STANDIN_EXPORT int cublasSetWorkspace_v2(void* handle, void* workspace, std::size_t bytes) {
    ENTER();
    Handle* live = handles.find(handle);
    if (live == nullptr) {
        return kNotInitialized;
    }
    if (bytes > 0 && (workspace == nullptr || reinterpret_cast<std::uintptr_t>(workspace) % 256 != 0 ||
                      !standin::is_device_memory(workspace, bytes))) {
        return kInvalidValue;
    }
    live->workspace = workspace;
    live->workspace_bytes = bytes;
    return kSuccess;
}

STANDIN_EXPORT int cublasSetMathMode(void* handle, int mode) {
    ENTER();
    Handle* live = handles.find(handle);
    if (live == nullptr) {
        return kNotInitialized;
    }
    if ((mode & ~kNoReducedReduction) < kDefaultMath || (mode & ~kNoReducedReduction) > kTf32Math) {
        return kInvalidValue;
    }
    live->math_mode = mode;
    return kSuccess;
}

STANDIN_EXPORT int cublasGemmEx(void* handle, int transpose_a, int transpose_b, int m, int n, int k, const void* alpha,
                                const void* a, int a_type, int lda, const void* b, int b_type, int ldb,
                                const void* beta, void* c, int c_type, int ldc, int compute_type, int algorithm) {
    ENTER();
    Handle* live = handles.find(handle);
    if (live == nullptr) {
        return kNotInitialized;
    }
    // For real matrices the conjugate transpose (2) is the transpose.
    if (transpose_a < 0 || transpose_a > 2 || transpose_b < 0 || transpose_b > 2 || m < 0 || n < 0 || k < 0 ||
        alpha == nullptr || beta == nullptr || !is_algorithm(algorithm)) {
        return kInvalidValue;
    }
    Product product{};
    product.transpose_a = transpose_a != 0;
    product.transpose_b = transpose_b != 0;
    product.a = {a, a_type, product.transpose_a ? k : m, product.transpose_a ? m : k, lda};
    product.b = {b, b_type, product.transpose_b ? n : k, product.transpose_b ? k : n, ldb};
    product.c = {c, c_type, m, n, ldc};
    product.depth = k;
    product.alpha = *static_cast<const float*>(alpha);
    product.beta = *static_cast<const float*>(beta);
    if (!find_rounding(live->math_mode, compute_type, a_type, b_type, c_type, &product.rounding)) {
        return kNotSupported;
    }
    for (const Matrix& matrix : {product.a, product.b, product.c}) {
        if (!matrix.is_valid() || !matrix.is_live()) {
            return kInvalidValue;
        }
    }
    if (m == 0 || n == 0) {
        return kSuccess;
    }
    standin::Range of_a{a, product.a.bytes()};
    standin::Range of_b{b, product.b.bytes()};
    standin::Range of_c{c, product.c.bytes()};
    standin::Range spoiled{live->workspace, live->workspace_bytes < kSpoiled ? live->workspace_bytes : kSpoiled};
    if (a == c || b == c || overlap(of_a, spoiled) || overlap(of_b, spoiled) || overlap(of_c, spoiled)) {
        return kInvalidValue;
    }
    if (live->workspace_bytes == 0 && standin::is_capturing(live->stream)) {
        return kAllocationFailed;
    }
    auto work = [=] {
        spoil(spoiled);
        run(product);
    };
    int status = standin::enqueue_on(live->stream, __func__, {of_a, of_b, of_c, spoiled}, work);
    return status == 0 ? kSuccess : kExecutionFailed;
}
