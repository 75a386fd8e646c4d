using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using V16 = System.Runtime.Intrinsics.Vector512<float>;

namespace InfAdmm.Kernels.Cpu;

/// <summary>16 lanes: AVX-512F.</summary>
internal readonly unsafe struct Simd512 : ISimd<Vector512<float>>
{
    public static int Width => 16;

    public static int Registers => 32;

    public static Vector512<float> Zero => Vector512<float>.Zero;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load(float* source) => Vector512.Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(float* destination, Vector512<float> value) => Vector512.Store(value, destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreStreaming(float* destination, Vector512<float> value) =>
        Vector512.StoreAlignedNonTemporal(value, destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Fence() => Sse.StoreFence();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Broadcast(float value) => Vector512.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Add(Vector512<float> a, Vector512<float> b) => a + b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Subtract(Vector512<float> a, Vector512<float> b) => a - b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Multiply(Vector512<float> a, Vector512<float> b) => a * b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> MultiplyAdd(Vector512<float> a, Vector512<float> b, Vector512<float> c) =>
        Vector512.MultiplyAddEstimate(a, b, c);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Max(Vector512<float> a, Vector512<float> b) => Vector512.Max(a, b);

    // The instruction returns its second operand if either is NaN.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Rectify(Vector512<float> a) => Avx512F.Max(Vector512<float>.Zero, a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Min(Vector512<float> a, Vector512<float> b) => Vector512.Min(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Abs(Vector512<float> a) => Vector512.Abs(a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Divide(Vector512<float> a, Vector512<float> b) => a / b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Sqrt(Vector512<float> a) => Vector512.Sqrt(a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> PowerOfTwo(Vector512<float> n) =>
        ((Vector512.ConvertToInt32(n) + Vector512.Create(127)) << 23).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> SelectPositive(Vector512<float> test, Vector512<float> value) =>
        Vector512.ConditionalSelect(Vector512.GreaterThan(test, Vector512<float>.Zero), value, Vector512<float>.Zero);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Sum(Vector512<float> a)
    {
        (Vector512<double> low, Vector512<double> high) = Vector512.Widen(a);
        return Vector512.Sum(low + high);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Deinterleave2(float* source, out Vector512<float> a, out Vector512<float> b)
    {
        Vector512<float> low = Vector512.Load(source);
        Vector512<float> high = Vector512.Load(source + 16);
        a = Avx512F.PermuteVar16x32x2(
            low, Vector512.Create(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30), high);
        b = Avx512F.PermuteVar16x32x2(
            low, Vector512.Create(1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31), high);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Interleave2(float* destination, Vector512<float> a, Vector512<float> b)
    {
        Vector512<float> low = Avx512F.PermuteVar16x32x2(
            a, Vector512.Create(0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23), b);
        Vector512<float> high = Avx512F.PermuteVar16x32x2(
            a, Vector512.Create(8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31), b);
        low.Store(destination);
        high.Store(destination + 16);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> NegatedMultiplyAdd(Vector512<float> a, Vector512<float> b, Vector512<float> c) =>
        Avx512F.FusedMultiplyAddNegated(a, b, c);

    public static void Transpose(
        float** sources, nint sourceOffset, float** destinations, nint destinationOffset)
    {
        // Each source is loaded once as a whole: rows are often a power of two apart and would evict each other.
        LoadQuad(sources, sourceOffset, out V16 a0, out V16 a1, out V16 a2, out V16 a3);
        LoadQuad(sources + 4, sourceOffset, out V16 b0, out V16 b1, out V16 b2, out V16 b3);
        LoadQuad(sources + 8, sourceOffset, out V16 c0, out V16 c1, out V16 c2, out V16 c3);
        LoadQuad(sources + 12, sourceOffset, out V16 d0, out V16 d1, out V16 d2, out V16 d3);
        StoreQuads(a0, b0, c0, d0, destinations, destinationOffset);
        StoreQuads(a1, b1, c1, d1, destinations + 1, destinationOffset);
        StoreQuads(a2, b2, c2, d2, destinations + 2, destinationOffset);
        StoreQuads(a3, b3, c3, d3, destinations + 3, destinationOffset);
    }

    /// <summary>Transposes four rows in 4 × 4 tiles: quarter q of part i is column 4·q + i.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void LoadQuad(
        float** sources, nint offset, out V16 part0, out V16 part1, out V16 part2, out V16 part3)
    {
        V16 row0 = Vector512.Load(sources[0] + offset);
        V16 row1 = Vector512.Load(sources[1] + offset);
        V16 row2 = Vector512.Load(sources[2] + offset);
        V16 row3 = Vector512.Load(sources[3] + offset);
        Vector512<double> low01 = Avx512F.UnpackLow(row0, row1).AsDouble();
        Vector512<double> high01 = Avx512F.UnpackHigh(row0, row1).AsDouble();
        Vector512<double> low23 = Avx512F.UnpackLow(row2, row3).AsDouble();
        Vector512<double> high23 = Avx512F.UnpackHigh(row2, row3).AsDouble();
        part0 = Avx512F.UnpackLow(low01, low23).AsSingle();
        part1 = Avx512F.UnpackHigh(low01, low23).AsSingle();
        part2 = Avx512F.UnpackLow(high01, high23).AsSingle();
        part3 = Avx512F.UnpackHigh(high01, high23).AsSingle();
    }

    /// <summary>Combines equal quarters of four vectors and stores them to destinations 0, 4, 8 and 12.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreQuads(V16 a, V16 b, V16 c, V16 d, float** destinations, nint offset)
    {
        V16 abLow = Avx512F.Shuffle4x128(a, b, 0b01_00_01_00);
        V16 abHigh = Avx512F.Shuffle4x128(a, b, 0b11_10_11_10);
        V16 cdLow = Avx512F.Shuffle4x128(c, d, 0b01_00_01_00);
        V16 cdHigh = Avx512F.Shuffle4x128(c, d, 0b11_10_11_10);
        Avx512F.Shuffle4x128(abLow, cdLow, 0b10_00_10_00).Store(destinations[0] + offset);
        Avx512F.Shuffle4x128(abLow, cdLow, 0b11_01_11_01).Store(destinations[4] + offset);
        Avx512F.Shuffle4x128(abHigh, cdHigh, 0b10_00_10_00).Store(destinations[8] + offset);
        Avx512F.Shuffle4x128(abHigh, cdHigh, 0b11_01_11_01).Store(destinations[12] + offset);
    }
}
