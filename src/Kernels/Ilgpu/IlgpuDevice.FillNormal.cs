using ILGPU;
using InfAdmm.Engine;

namespace InfAdmm.Kernels.Ilgpu;

/// <remarks>
/// Philox4x32-10 (Salmon et al., SC'11) followed by Box–Muller, element by element as on every backend: one thread
/// computes the four normals of a counter.
/// </remarks>
public sealed partial class IlgpuDevice
{
    /// <inheritdoc/>
    protected override void FillNormalCore(ulong seed, ulong stream, Tensor y) =>
        Launch(NormalKernels.Fill, Elements((y.Count + 3) / 4), new NormalArguments(
            View(y), (uint)seed, (uint)(seed >> 32), (uint)stream, (uint)(stream >> 32)));
}

internal readonly record struct NormalArguments(
    ArrayView<float> Y, uint SeedLow, uint SeedHigh, uint StreamLow, uint StreamHigh);

internal static class NormalKernels
{
    private const int Rounds = 10;

    public static void Fill(NormalArguments a)
    {
        int blocks = (a.Y.IntLength + 3) / 4;
        for (int block = Grid.GlobalIndex.X; block < blocks; block += Grid.DimX * Group.DimX)
        {
            uint c0 = (uint)block;
            uint c1 = 0;
            uint c2 = a.StreamLow;
            uint c3 = a.StreamHigh;
            uint k0 = a.SeedLow;
            uint k1 = a.SeedHigh;
            for (int round = 0; round < Rounds; round++)
            {
                ulong product0 = (ulong)0xD2511F53u * c0;
                ulong product1 = (ulong)0xCD9E8D57u * c2;
                c0 = (uint)(product1 >> 32) ^ c1 ^ k0;
                c2 = (uint)(product0 >> 32) ^ c3 ^ k1;
                c1 = (uint)product1;
                c3 = (uint)product0;
                k0 += 0x9E3779B9u;
                k1 += 0xBB67AE85u;
            }

            Store(a.Y, 4 * block, c0, c1);
            Store(a.Y, 4 * block + 2, c2, c3);
        }
    }

    /// <summary>The uniforms are (w + ½)/2²³ with w the top 23 bits: exact in float, never 0 or 1.</summary>
    private static void Store(ArrayView<float> y, int index, uint first, uint second)
    {
        const float Scale = 1f / (1 << 23);
        float radius = MathF.Sqrt(-2 * Arithmetic.Log(((int)(first >> 9) + 0.5f) * Scale));
        float turns = ((int)(second >> 9) + 0.5f) * Scale;
        if (index < y.IntLength)
        {
            y[index] = radius * Arithmetic.CosineOfTurns(turns);
        }

        if (index + 1 < y.IntLength)
        {
            y[index + 1] = radius * Arithmetic.SineOfTurns(turns);
        }
    }
}
