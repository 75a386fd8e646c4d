using System.Runtime.CompilerServices;

namespace InfAdmm.Kernels.Cpu;

/// <summary>
/// 1 / (1 + exp(−x)) with a relative error of 2e-7. The exponential is 2ⁿ·exp(r) with −x = n·ln 2 + r and |r| ≤ ln 2 /
/// 2; exp(r) is a polynomial (expf of Moshier's Cephes). Results that would be subnormal may be 0.
/// </summary>
internal static class Logistic<S, V>
    where S : struct, ISimd<V>
    where V : unmanaged
{
    /// <summary>
    /// The exponential of the upper bound is infinite, so that the result is 0; that of the lower bound is negligible
    /// compared with 1.
    /// </summary>
    private const float Upper = 89;
    private const float Lower = -87;

    /// <summary>1.5·2²³: adding it to a small number and subtracting it again rounds to the nearest integer.</summary>
    private const float Rounder = 12582912;

    /// <summary>ln 2 in two parts; the first has few enough digits that its product with n is exact.</summary>
    private const float Ln2High = 0.693359375f;
    private const float Ln2Low = -2.12194440e-4f;
    private const float Log2E = 1.44269504f;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Of(V x)
    {
        V exponential = Exponential(S.Subtract(S.Zero, x));
        V one = S.Broadcast(1);
        return S.Divide(one, S.Add(one, exponential));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Exponential(V x)
    {
        x = S.Min(S.Max(x, S.Broadcast(Lower)), S.Broadcast(Upper));
        V rounder = S.Broadcast(Rounder);
        V n = S.Subtract(S.MultiplyAdd(x, S.Broadcast(Log2E), rounder), rounder);
        V r = S.NegatedMultiplyAdd(n, S.Broadcast(Ln2High), x);
        r = S.NegatedMultiplyAdd(n, S.Broadcast(Ln2Low), r);
        V p = S.Broadcast(1.9875691500e-4f);
        p = S.MultiplyAdd(p, r, S.Broadcast(1.3981999507e-3f));
        p = S.MultiplyAdd(p, r, S.Broadcast(8.3334519073e-3f));
        p = S.MultiplyAdd(p, r, S.Broadcast(4.1665795894e-2f));
        p = S.MultiplyAdd(p, r, S.Broadcast(1.6666665459e-1f));
        p = S.MultiplyAdd(p, r, S.Broadcast(0.5f));
        p = S.MultiplyAdd(S.Multiply(r, r), p, S.Add(r, S.Broadcast(1)));
        return S.Multiply(p, S.PowerOfTwo(n));
    }
}
