using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace InfAdmm.Kernels.Cpu.Simd;

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

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Min(Vector512<float> a, Vector512<float> b) => Vector512.Min(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Abs(Vector512<float> a) => Vector512.Abs(a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Divide(Vector512<float> a, Vector512<float> b) => a / b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Sqrt(Vector512<float> a) => Vector512.Sqrt(a);

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
        // Quarter rows are gathered by loads, so that only the transposes within 128 bits need shuffles.
        for (int i = 0; i < 16; i += 4)
        {
            nint from = sourceOffset + i;
            Vector512<float> row0 = Gather(sources, 0, from);
            Vector512<float> row1 = Gather(sources, 1, from);
            Vector512<float> row2 = Gather(sources, 2, from);
            Vector512<float> row3 = Gather(sources, 3, from);
            Vector512<double> low01 = Avx512F.UnpackLow(row0, row1).AsDouble();
            Vector512<double> high01 = Avx512F.UnpackHigh(row0, row1).AsDouble();
            Vector512<double> low23 = Avx512F.UnpackLow(row2, row3).AsDouble();
            Vector512<double> high23 = Avx512F.UnpackHigh(row2, row3).AsDouble();
            Avx512F.UnpackLow(low01, low23).AsSingle().Store(destinations[i] + destinationOffset);
            Avx512F.UnpackHigh(low01, low23).AsSingle().Store(destinations[i + 1] + destinationOffset);
            Avx512F.UnpackLow(high01, high23).AsSingle().Store(destinations[i + 2] + destinationOffset);
            Avx512F.UnpackHigh(high01, high23).AsSingle().Store(destinations[i + 3] + destinationOffset);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Gather(float** sources, int row, nint offset) =>
        Vector512.Create(
            Vector256.Create(Vector128.Load(sources[row] + offset), Vector128.Load(sources[row + 4] + offset)),
            Vector256.Create(Vector128.Load(sources[row + 8] + offset), Vector128.Load(sources[row + 12] + offset)));
}
