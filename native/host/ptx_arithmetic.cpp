// The instructions of the interpreter that compute with registers and predicates. All lanes are computed at once by
// loops that the compiler turns into vector instructions; only the active ones are stored. Rounding is to nearest, as
// the instructions say; subnormal numbers are kept, as without .ftz.
#include "ptx_run.h"

#include <cmath>
#include <immintrin.h>
#include <limits>
#include <unordered_map>

namespace ptx {

namespace {

using U16 = std::uint16_t;
using U32 = std::uint32_t;
using U64 = std::uint64_t;
using S16 = std::int16_t;
using S32 = std::int32_t;
using S64 = std::int64_t;
using F32 = float;
using F64 = double;

template <std::size_t kBytes>
struct Bits;
template <>
struct Bits<2> {
    using Type = U16;
};
template <>
struct Bits<4> {
    using Type = U32;
};
template <>
struct Bits<8> {
    using Type = U64;
};

// Calls of(i) for the value of each lane, and stores those of the active ones.
template <typename R, typename F>
inline __attribute__((always_inline)) void put(Warp& w, const Instruction& in, F of) {
    R* to = lanes_at<R>(w, in.to);
    if (w.mask == kAll) {
        EACH_LANE { to[i] = of(i); }
        return;
    }
    using B = typename Bits<sizeof(R)>::Type;
    alignas(64) R made[kLanes];
    EACH_LANE { made[i] = of(i); }
    const B* given = reinterpret_cast<const B*>(made);
    B* bits = reinterpret_cast<B*>(to);
    const unsigned mask = w.mask;
    EACH_LANE { bits[i] = (mask >> i & 1) != 0 ? given[i] : bits[i]; }
}

template <typename R, typename A, typename F>
void unary(Warp& w, const Instruction& in) {
    const A* a = lanes_at<A>(w, in.a);
    put<R>(w, in, [=](int i) { return F::of(a[i]); });
}

template <typename R, typename A, typename F>
void binary(Warp& w, const Instruction& in) {
    const A* a = lanes_at<A>(w, in.a);
    const A* b = lanes_at<A>(w, in.b);
    put<R>(w, in, [=](int i) { return static_cast<R>(F::of(a[i], b[i])); });
}

// The second operand is a number of bits.
template <typename A, typename F>
void shift(Warp& w, const Instruction& in) {
    const A* a = lanes_at<A>(w, in.a);
    const U32* b = lanes_at<U32>(w, in.b);
    put<A>(w, in, [=](int i) { return F::of(a[i], b[i]); });
}

template <typename A, typename F>
void ternary(Warp& w, const Instruction& in) {
    const A* a = lanes_at<A>(w, in.a);
    const A* b = lanes_at<A>(w, in.b);
    const A* c = lanes_at<A>(w, in.c);
    put<A>(w, in, [=](int i) { return F::of(a[i], b[i], c[i]); });
}

template <typename A>
void select(Warp& w, const Instruction& in) {
    const A* a = lanes_at<A>(w, in.a);
    const A* b = lanes_at<A>(w, in.b);
    const unsigned chosen = w.predicates[in.c];
    put<A>(w, in, [=](int i) { return (chosen >> i & 1) != 0 ? a[i] : b[i]; });
}

// Each of: an active lane divides by zero, which the PTX leaves undefined.
template <typename A, typename F>
void divide(Warp& w, const Instruction& in) {
    const A* a = lanes_at<A>(w, in.a);
    const A* b = lanes_at<A>(w, in.b);
    A* to = lanes_at<A>(w, in.to);
    for (int i = 0; i < kLanes; i++) {
        if ((w.mask >> i & 1) == 0) {
            continue;
        }
        if (b[i] == 0) {
            w.worker->fail(w, in, 719, "a division by zero");
        }
        if (std::numeric_limits<A>::is_signed && b[i] == static_cast<A>(-1)) {
            using U = typename Bits<sizeof(A)>::Type;
            to[i] = F::is_rest ? 0 : static_cast<A>(U{0} - static_cast<U>(a[i]));
        } else {
            to[i] = F::of(a[i], b[i]);
        }
    }
}

template <typename A, typename F>
void compare(Warp& w, const Instruction& in) {
    const A* a = lanes_at<A>(w, in.a);
    const A* b = lanes_at<A>(w, in.b);
    unsigned bits = 0;
    if constexpr (sizeof(A) == 8) {
        alignas(64) S64 made[kLanes];
        EACH_LANE { made[i] = F::of(a[i], b[i]) ? -1 : 0; }
        for (int i = 0; i < kLanes; i += 4) {
            bits |= static_cast<unsigned>(_mm256_movemask_pd(_mm256_load_pd(reinterpret_cast<double*>(made + i)))) << i;
        }
    } else {
        alignas(64) S32 made[kLanes];
        EACH_LANE { made[i] = F::of(a[i], b[i]) ? -1 : 0; }
        for (int i = 0; i < kLanes; i += 8) {
            bits |= static_cast<unsigned>(_mm256_movemask_ps(_mm256_load_ps(reinterpret_cast<float*>(made + i)))) << i;
        }
    }
    unsigned& to = w.predicates[in.to];
    to = (to & ~w.mask) | (bits & w.mask);
}

template <typename F>
void logic(Warp& w, const Instruction& in) {
    unsigned& to = w.predicates[in.to];
    to = (to & ~w.mask) | (F::of(w.predicates[in.a], w.predicates[in.b]) & w.mask);
}

template <typename F>
void logic_of_one(Warp& w, const Instruction& in) {
    unsigned& to = w.predicates[in.to];
    to = (to & ~w.mask) | (F::of(w.predicates[in.a]) & w.mask);
}

#define BINARY(name, expression)                        \
    struct name {                                       \
        template <typename T>                           \
        static auto of(T a, T b) { return expression; } \
    }
#define UNARY(name, expression)                    \
    struct name {                                  \
        template <typename T>                      \
        static auto of(T a) { return expression; } \
    }

UNARY(Same, a);
UNARY(Not, static_cast<T>(~a));
UNARY(Negative, static_cast<T>(-a));
UNARY(Magnitude, std::fabs(a));
UNARY(Reciprocal, 1 / a);
UNARY(Root, std::sqrt(a));
BINARY(Add, static_cast<T>(a + b));
BINARY(Subtract, static_cast<T>(a - b));
BINARY(Multiply, static_cast<T>(a * b));
BINARY(Quotient, a / b);
BINARY(And, static_cast<T>(a & b));
BINARY(Or, static_cast<T>(a | b));
BINARY(Xor, static_cast<T>(a ^ b));
BINARY(Smaller, b < a ? b : a);
BINARY(Larger, a < b ? b : a);
BINARY(Equal, a == b);
BINARY(NotEqual, a != b);
BINARY(Less, a < b);
BINARY(LessOrEqual, a <= b);
BINARY(Greater, a > b);
BINARY(GreaterOrEqual, a >= b);

// Of floating-point numbers. An ordered comparison is false if an operand is NaN; these are true (and "ne" is false).
BINARY(OrderedNotEqual, (a < b) | (a > b));
BINARY(UnorderedEqual, !((a < b) | (a > b)));
BINARY(UnorderedLess, !(a >= b));
BINARY(UnorderedLessOrEqual, !(a > b));
BINARY(UnorderedGreater, !(a <= b));
BINARY(UnorderedGreaterOrEqual, !(a < b));
BINARY(BothNumbers, (a == a) & (b == b));
BINARY(EitherNan, (a != a) | (b != b));

struct WideProduct {
    static U64 of(U32 a, U32 b) { return static_cast<U64>(a) * b; }
    static S64 of(S32 a, S32 b) { return static_cast<S64>(a) * b; }
};
struct HighProduct {
    static U32 of(U32 a, U32 b) { return static_cast<U32>(WideProduct::of(a, b) >> 32); }
    static S32 of(S32 a, S32 b) { return static_cast<S32>(WideProduct::of(a, b) >> 32); }
};
struct MultiplyAdd {
    static U32 of(U32 a, U32 b, U32 c) { return a * b + c; }
    static U64 of(U64 a, U64 b, U64 c) { return a * b + c; }
};
struct Fused {
    static F32 of(F32 a, F32 b, F32 c) { return __builtin_fmaf(a, b, c); }
    static F64 of(F64 a, F64 b, F64 c) { return __builtin_fma(a, b, c); }
};

// Shifts by more than the width shift everything out.
struct Left {
    template <typename T>
    static T of(T a, U32 n) {
        constexpr U32 width = 8 * sizeof(T);
        return n < width ? static_cast<T>(a << (n & (width - 1))) : T{0};
    }
};
struct Right {
    template <typename T>
    static T of(T a, U32 n) {
        constexpr U32 width = 8 * sizeof(T);
        constexpr T zero = 0;
        const T rest = std::numeric_limits<T>::is_signed && a < zero ? static_cast<T>(~zero) : zero;
        return n < width ? static_cast<T>(a >> (n & (width - 1))) : rest;
    }
};

struct Divide {
    static constexpr bool is_rest = false;
    template <typename T>
    static T of(T a, T b) { return static_cast<T>(a / b); }
};
struct Rest {
    static constexpr bool is_rest = true;
    template <typename T>
    static T of(T a, T b) { return static_cast<T>(a % b); }
};

template <typename R>
struct To {
    template <typename T>
    static R of(T a) { return static_cast<R>(a); }
};

// Towards zero; out of range gives the nearest bound, NaN gives 0.
struct ToInteger {
    static S32 of(F32 a) {
        return a != a ? 0 : a >= 2147483648.0f ? std::numeric_limits<S32>::max()
               : a <= -2147483648.0f           ? std::numeric_limits<S32>::min()
                                               : static_cast<S32>(a);
    }
};

struct Field {
    static U32 of(U32 a, U32 from, U32 bits) {
        const U32 begin = from & 0xff;
        const U32 count = bits & 0xff;
        const U32 moved = begin < 32 ? a >> begin : 0;
        return count >= 32 ? moved : moved & ((1u << count) - 1);
    }
};

using Table = std::unordered_map<std::string, Operation>;

template <typename T>
void add_moves(Table& table, const char* type, const char* types) {
    table[std::string("mov.") + type] = {unary<T, T, Same>, types};
}

// Comparisons of a type with the suffix given.
template <typename T>
void add_comparisons(Table& table, const std::string& type, const char* types) {
    table["setp.eq." + type] = {compare<T, Equal>, types};
    table["setp.lt." + type] = {compare<T, Less>, types};
    table["setp.le." + type] = {compare<T, LessOrEqual>, types};
    table["setp.gt." + type] = {compare<T, Greater>, types};
    table["setp.ge." + type] = {compare<T, GreaterOrEqual>, types};
    if constexpr (std::numeric_limits<T>::is_integer) {
        table["setp.ne." + type] = {compare<T, NotEqual>, types};
    } else {
        table["setp.ne." + type] = {compare<T, OrderedNotEqual>, types};
        table["setp.neu." + type] = {compare<T, NotEqual>, types};
        table["setp.equ." + type] = {compare<T, UnorderedEqual>, types};
        table["setp.ltu." + type] = {compare<T, UnorderedLess>, types};
        table["setp.leu." + type] = {compare<T, UnorderedLessOrEqual>, types};
        table["setp.gtu." + type] = {compare<T, UnorderedGreater>, types};
        table["setp.geu." + type] = {compare<T, UnorderedGreaterOrEqual>, types};
        table["setp.num." + type] = {compare<T, BothNumbers>, types};
        table["setp.nan." + type] = {compare<T, EitherNan>, types};
    }
}

// Arithmetic of integers of a width: unsigned U and signed S, with the letter of their registers.
template <typename U, typename S>
void add_integers(Table& table, const std::string& bits, const char* two, const char* three, const char* comparison,
                  const char* selection, const char* shifted) {
    const std::string s = "s" + bits;
    const std::string u = "u" + bits;
    const std::string b = "b" + bits;
    for (const std::string& type : {s, u}) {
        table["add." + type] = {binary<U, U, Add>, three};
        table["sub." + type] = {binary<U, U, Subtract>, three};
        table["mul.lo." + type] = {binary<U, U, Multiply>, three};
    }
    for (const std::string& type : {s, u, b}) {
        add_moves<U>(table, type.c_str(), two);
        table["selp." + type] = {select<U>, selection};
    }
    table["neg." + s] = {unary<U, U, Negative>, two};
    table["not." + b] = {unary<U, U, Not>, two};
    table["and." + b] = {binary<U, U, And>, three};
    table["or." + b] = {binary<U, U, Or>, three};
    table["xor." + b] = {binary<U, U, Xor>, three};
    table["min." + s] = {binary<S, S, Smaller>, three};
    table["min." + u] = {binary<U, U, Smaller>, three};
    table["max." + s] = {binary<S, S, Larger>, three};
    table["max." + u] = {binary<U, U, Larger>, three};
    table["div." + s] = {divide<S, Divide>, three};
    table["div." + u] = {divide<U, Divide>, three};
    table["rem." + s] = {divide<S, Rest>, three};
    table["rem." + u] = {divide<U, Rest>, three};
    table["shl." + b] = {shift<U, Left>, shifted};
    table["shr." + u] = {shift<U, Right>, shifted};
    table["shr." + b] = {shift<U, Right>, shifted};
    table["shr." + s] = {shift<S, Right>, shifted};
    add_comparisons<S>(table, s, comparison);
    add_comparisons<U>(table, u, comparison);
    table["setp.eq." + b] = {compare<U, Equal>, comparison};
    table["setp.ne." + b] = {compare<U, NotEqual>, comparison};
}

template <typename T>
void add_floats(Table& table, const std::string& type, const char* two, const char* three, const char* four,
                const char* comparison, const char* selection) {
    // Without a rounding mode an assembler may fuse a product and a sum; here each is rounded.
    for (const char* rounding : {"", "rn."}) {
        table[std::string("add.") + rounding + type] = {binary<T, T, Add>, three};
        table[std::string("sub.") + rounding + type] = {binary<T, T, Subtract>, three};
        table[std::string("mul.") + rounding + type] = {binary<T, T, Multiply>, three};
    }
    table["fma.rn." + type] = {ternary<T, Fused>, four};
    table["div.rn." + type] = {binary<T, T, Quotient>, three};
    table["rcp.rn." + type] = {unary<T, T, Reciprocal>, two};
    table["sqrt.rn." + type] = {unary<T, T, Root>, two};
    table["neg." + type] = {unary<T, T, Negative>, two};
    table["abs." + type] = {unary<T, T, Magnitude>, two};
    table["selp." + type] = {select<T>, selection};
    add_moves<T>(table, type.c_str(), two);
    add_comparisons<T>(table, type, comparison);
}

Table make_table() {
    Table table;
    add_integers<U16, S16>(table, "16", "hh", "hhh", "phh", "hhhp", "hhw");
    add_integers<U32, S32>(table, "32", "ww", "www", "pww", "wwwp", "www");
    add_integers<U64, S64>(table, "64", "dd", "ddd", "pdd", "dddp", "ddw");
    add_floats<F32>(table, "f32", "ff", "fff", "ffff", "pff", "fffp");
    add_floats<F64>(table, "f64", "gg", "ggg", "gggg", "pgg", "gggp");
    table["mul.wide.u32"] = {binary<U64, U32, WideProduct>, "dww"};
    table["mul.wide.s32"] = {binary<S64, S32, WideProduct>, "dww"};
    table["mul.hi.u32"] = {binary<U32, U32, HighProduct>, "www"};
    table["mul.hi.s32"] = {binary<S32, S32, HighProduct>, "www"};
    table["mad.lo.s32"] = table["mad.lo.u32"] = {ternary<U32, MultiplyAdd>, "wwww"};
    table["mad.lo.s64"] = table["mad.lo.u64"] = {ternary<U64, MultiplyAdd>, "dddd"};
    table["bfe.u32"] = {ternary<U32, Field>, "wwww"};
    table["mov.pred"] = {logic_of_one<Same>, "pp"};
    table["not.pred"] = {logic_of_one<Not>, "pp"};
    table["and.pred"] = {logic<And>, "ppp"};
    table["or.pred"] = {logic<Or>, "ppp"};
    table["xor.pred"] = {logic<Xor>, "ppp"};
    table["cvt.u64.u32"] = {unary<U64, U32, To<U64>>, "dw"};
    table["cvt.s64.s32"] = {unary<S64, S32, To<S64>>, "dw"};
    table["cvt.u32.u64"] = {unary<U32, U64, To<U32>>, "wd"};
    table["cvt.u32.u16"] = {unary<U32, U16, To<U32>>, "wh"};
    table["cvt.s32.s16"] = {unary<S32, S16, To<S32>>, "wh"};
    table["cvt.u16.u32"] = {unary<U16, U32, To<U16>>, "hw"};
    table["cvt.f64.f32"] = {unary<F64, F32, To<F64>>, "gf"};
    table["cvt.rn.f32.f64"] = {unary<F32, F64, To<F32>>, "fg"};
    table["cvt.rn.f32.s32"] = {unary<F32, S32, To<F32>>, "fw"};
    table["cvt.rn.f32.u32"] = {unary<F32, U32, To<F32>>, "fw"};
    table["cvt.rn.f64.s32"] = {unary<F64, S32, To<F64>>, "gw"};
    table["cvt.rn.f64.s64"] = {unary<F64, S64, To<F64>>, "gd"};
    table["cvt.rzi.s32.f32"] = {unary<S32, F32, ToInteger>, "wf"};
    return table;
}

struct ToWindow {
    static U64 of(U64 a) { return a - kSharedBegin + kSharedWindow; }
};

}  // namespace

const Operation* find_operation(const std::string& opcode) {
    static const Table& table = *[] {
        auto* made = new Table(make_table());
        // Global addresses are generic ones; shared memory has a window there.
        (*made)["cvta.to.global.u64"] = (*made)["cvta.global.u64"] = {unary<U64, U64, Same>, "dd"};
        (*made)["cvta.shared.u64"] = {unary<U64, U64, ToWindow>, "dd"};
        return made;
    }();
    auto found = table.find(opcode);
    return found == table.end() ? nullptr : &found->second;
}

namespace {

void run_unpack(Warp& w, const Instruction& in) {
    const U64* a = lanes_at<U64>(w, in.a);
    U32* low = lanes_at<U32>(w, in.to);
    U32* high = lanes_at<U32>(w, in.more[0]);
    const unsigned mask = w.mask;
    EACH_LANE {
        low[i] = (mask >> i & 1) != 0 ? static_cast<U32>(a[i]) : low[i];
        high[i] = (mask >> i & 1) != 0 ? static_cast<U32>(a[i] >> 32) : high[i];
    }
}

void run_pack(Warp& w, const Instruction& in) {
    const U32* low = lanes_at<U32>(w, in.a);
    const U32* high = lanes_at<U32>(w, in.b);
    put<U64>(w, in, [=](int i) { return static_cast<U64>(high[i]) << 32 | low[i]; });
}

}  // namespace

const Handler unpack = run_unpack;
const Handler pack = run_pack;

}  // namespace ptx
