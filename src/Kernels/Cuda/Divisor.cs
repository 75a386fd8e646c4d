using System.Numerics;

namespace InfAdmm.Kernels.Cuda;

/// <summary>A divisor that kernels divide by with a multiplication (native/divisor.cuh).</summary>
/// <param name="Value">The divisor, from 1 to 2³¹ − 1.</param>
/// <param name="Multiplier">⌈2^(31+s)/value⌉.</param>
/// <param name="Shift">s = ⌈log₂ value⌉.</param>
internal readonly record struct Divisor(uint Value, uint Multiplier, uint Shift)
{
    /// <summary>Computes the multiplier of a divisor.</summary>
    public static Divisor Of(int value)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value);
        int s = value == 1 ? 0 : BitOperations.Log2((uint)value - 1) + 1;
        return new Divisor((uint)value, (uint)(((1UL << (31 + s)) + (uint)value - 1) / (uint)value), (uint)s);
    }
}
