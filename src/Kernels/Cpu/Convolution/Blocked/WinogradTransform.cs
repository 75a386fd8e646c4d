using System.Runtime.CompilerServices;

namespace InfAdmm.Kernels.Cpu;

/// <summary>
/// The one-dimensional transforms of Winograd's (Toom–Cook's) minimal filtering F(m, r) with m + r − 1 = 8 products: y
/// = Aᵀ [(G g) ⊙ (Bᵀ d)], for kernels of r = 3, 4 and 5 taps and m = 6, 5 and 4 outputs (Lavin and Gray, CVPR 2016;
/// Barabasz et al., ACM TOMS 46(4), 2020). The points are 0, ±1, ±2, ±½ and ∞ for all three sizes, so Bᵀ is the same,
/// and pairs of opposite points share their even and odd parts: 26 operations instead of 64.
/// <para>
/// Relative errors in two dimensions on normal data, compared with double: 3e-6 for each size; 5e-7 for direct
/// convolution.
/// </para>
/// </summary>
internal static unsafe class WinogradTransform<S, V>
    where S : struct, ISimd<V>
    where V : unmanaged
{
    /// <summary>target = Bᵀ source: eight vectors, with the given distances in floats.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Input(float* source, nint sourceStep, float* target, nint targetStep)
    {
        V x0 = S.Load(source);
        V x1 = S.Load(source + sourceStep);
        V x2 = S.Load(source + 2 * sourceStep);
        V x3 = S.Load(source + 3 * sourceStep);
        V x4 = S.Load(source + 4 * sourceStep);
        V x5 = S.Load(source + 5 * sourceStep);
        V x6 = S.Load(source + 6 * sourceStep);
        V x7 = S.Load(source + 7 * sourceStep);

        V c21_4 = S.Broadcast(5.25f);
        S.Store(target, S.MultiplyAdd(c21_4, S.Subtract(x2, x4), S.Subtract(x6, x0)));
        S.Store(target + 7 * targetStep, S.MultiplyAdd(c21_4, S.Subtract(x3, x5), S.Subtract(x7, x1)));

        V c17_4 = S.Broadcast(4.25f);
        V even = S.NegatedMultiplyAdd(c17_4, x4, S.Add(x2, x6));
        V odd = S.NegatedMultiplyAdd(c17_4, x3, S.Add(x1, x5));
        S.Store(target + targetStep, S.Add(even, odd));
        S.Store(target + 2 * targetStep, S.Subtract(even, odd));

        V c5_4 = S.Broadcast(1.25f);
        V c5_2 = S.Broadcast(2.5f);
        V half = S.Broadcast(0.5f);
        V two = S.Broadcast(2);
        even = S.NegatedMultiplyAdd(c5_4, x4, S.MultiplyAdd(S.Broadcast(0.25f), x2, x6));
        odd = S.MultiplyAdd(half, x1, S.NegatedMultiplyAdd(c5_2, x3, S.Add(x5, x5)));
        S.Store(target + 3 * targetStep, S.Add(even, odd));
        S.Store(target + 4 * targetStep, S.Subtract(even, odd));

        even = S.MultiplyAdd(S.Broadcast(4), x2, S.NegatedMultiplyAdd(S.Broadcast(5), x4, x6));
        odd = S.MultiplyAdd(two, x1, S.NegatedMultiplyAdd(c5_2, x3, S.Multiply(half, x5)));
        S.Store(target + 5 * targetStep, S.Add(even, odd));
        S.Store(target + 6 * targetStep, S.Subtract(even, odd));
    }

    /// <summary>
    /// Bᵀ d B of a tile of 8 × 8 pixels; <paramref name="memory"/> holds 64 vectors. Point (i, j) is stored at (8·i +
    /// j)·pitch.
    /// </summary>
    public static void InputTile(float* source, long rowPitch, float* memory, float* target, long pointPitch)
    {
        for (int i = 0; i < WinogradWeights.Points; i++)
        {
            Input(source + i * rowPitch, S.Width, memory + i * WinogradWeights.Points * S.Width, S.Width);
        }

        for (int j = 0; j < WinogradWeights.Points; j++)
        {
            Input(
                memory + j * S.Width, WinogradWeights.Points * S.Width,
                target + j * pointPitch, (nint)(WinogradWeights.Points * pointPitch));
        }
    }

    /// <summary>target = Aᵀ source: eight vectors to <paramref name="outputs"/> (4 to 6).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Output(float* source, nint sourceStep, float* target, nint targetStep, int outputs)
    {
        V x1 = S.Load(source + sourceStep);
        V x2 = S.Load(source + 2 * sourceStep);
        V x3 = S.Load(source + 3 * sourceStep);
        V x4 = S.Load(source + 4 * sourceStep);
        V x5 = S.Load(source + 5 * sourceStep);
        V x6 = S.Load(source + 6 * sourceStep);
        V x7 = S.Load(source + 7 * sourceStep);
        V even1 = S.Add(x1, x2);
        V odd1 = S.Subtract(x1, x2);
        V even2 = S.Add(x3, x4);
        V odd2 = S.Subtract(x3, x4);
        V even3 = S.Add(x5, x6);
        V odd3 = S.Subtract(x5, x6);

        S.Store(target, S.Add(S.Add(S.Load(source), even1), S.Add(even2, even3)));
        S.Store(target + targetStep, Combine(odd1, 2, odd2, 0.5f, odd3));
        S.Store(target + 2 * targetStep, Combine(even1, 4, even2, 0.25f, even3));
        V third = Combine(odd1, 8, odd2, 0.125f, odd3);
        S.Store(target + 3 * targetStep, outputs == 4 ? S.Add(third, x7) : third);
        if (outputs >= 5)
        {
            V fourth = Combine(even1, 16, even2, 0.0625f, even3);
            S.Store(target + 4 * targetStep, outputs == 5 ? S.Add(fourth, x7) : fourth);
        }

        if (outputs == 6)
        {
            S.Store(target + 5 * targetStep, S.Add(Combine(odd1, 32, odd2, 0.03125f, odd3), x7));
        }
    }

    /// <summary>target = A source, the adjoint of <see cref="Output"/>: 4 to 6 vectors to eight.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Spread(float* source, nint sourceStep, float* target, nint targetStep, int inputs)
    {
        V y0 = S.Load(source);
        V y1 = S.Load(source + sourceStep);
        V y2 = S.Load(source + 2 * sourceStep);
        V y3 = S.Load(source + 3 * sourceStep);
        V y4 = inputs > 4 ? S.Load(source + 4 * sourceStep) : S.Zero;
        V y5 = inputs > 5 ? S.Load(source + 5 * sourceStep) : S.Zero;
        S.Store(target, y0);
        StorePair(S.Add(S.Add(y0, y2), y4), S.Add(S.Add(y1, y3), y5), target + targetStep, targetStep);
        StorePair(
            Combine(y0, 4, y2, 16, y4), S.Multiply(S.Broadcast(2), Combine(y1, 4, y3, 16, y5)),
            target + 3 * targetStep, targetStep);
        StorePair(
            Combine(y0, 0.25f, y2, 0.0625f, y4), S.Multiply(S.Broadcast(0.5f), Combine(y1, 0.25f, y3, 0.0625f, y5)),
            target + 5 * targetStep, targetStep);
        S.Store(target + 7 * targetStep, inputs == 4 ? y3 : inputs == 5 ? y4 : y5);
    }

    /// <summary>Stores the values at a point and at its opposite.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StorePair(V even, V odd, float* target, nint targetStep)
    {
        S.Store(target, S.Add(even, odd));
        S.Store(target + targetStep, S.Subtract(even, odd));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Combine(V a, float weightB, V b, float weightC, V c) =>
        S.MultiplyAdd(S.Broadcast(weightC), c, S.MultiplyAdd(S.Broadcast(weightB), b, a));
}
