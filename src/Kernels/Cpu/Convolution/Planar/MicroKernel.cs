using System.Runtime.CompilerServices;

namespace InfAdmm.Kernels.Cpu;

/// <summary>
/// The inner loop of the planar convolutions, whose lanes are pixels of NCHW planes: a tile of rows × vectors of
/// target[r][v] = act(bias[r] + Σ_k weights[k][r] · source_v[offset[k]]), held in registers while k runs. It computes
/// matrix products, and convolutions of few channels or of strides and kernels that minimal filtering does not cover.
/// The other stack is the blocked one (<see cref="BlockKernel{S, V}"/>), whose lanes are channels: it computes
/// convolutions by minimal filtering and everything in a compiled network.
/// <para>
/// Layout: weights are packed so that each step reads contiguous floats; a source vector is a run of pixels in a padded
/// plane and a step's offset is that of a kernel tap, so nothing is copied per tap (no im2col). Each vector has its own
/// pointer: tiles cross rows and images, and rows of a multiple of the vector width waste no lane.
/// </para>
/// <para>
/// Bound by multiply-adds: an 8×3 tile in 32 registers does 24 for 3 loads and 8 broadcasts, a 4×3 tile in 16 registers
/// 12 for 3 loads and 4 broadcasts; a single row is bound by its loads. The sums are named locals because the JIT does
/// not keep arrays in registers.
/// </para>
/// </summary>
internal static unsafe partial class MicroKernel<S, V>
    where S : struct, ISimd<V>
    where V : unmanaged
{
    /// <summary>Vectors in a full tile.</summary>
    public const int Vectors = 3;

    /// <summary>Rows in the largest tile.</summary>
    public static int MaxRows => S.Registers == 32 ? 8 : 4;

    /// <summary>Computes a tile of three vectors; rows is 8, 4 or 1.</summary>
    public static void RunThree(MicroTile* tile, int rows)
    {
        if (rows == 8)
        {
            Run8x3(tile);
        }
        else if (rows == 4)
        {
            Run4x3(tile);
        }
        else
        {
            Run1x3(tile);
        }
    }

    /// <summary>Computes the first vector of a tile alone; rows is 8, 4 or 1.</summary>
    public static void RunOne(MicroTile* tile, int rows)
    {
        if (rows == 8)
        {
            Run8x1(tile);
        }
        else if (rows == 4)
        {
            Run4x1(tile);
        }
        else
        {
            Run1x1(tile);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreRow(MicroTile* tile, int row, V sum0, V sum1, V sum2)
    {
        if (tile->Relu)
        {
            sum0 = S.Max(sum0, S.Zero);
            sum1 = S.Max(sum1, S.Zero);
            sum2 = S.Max(sum2, S.Zero);
        }

        nint start = row * tile->TargetPitch;
        S.Store(tile->Target0 + start, sum0);
        S.Store(tile->Target1 + start, sum1);
        S.Store(tile->Target2 + start, sum2);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreRow(MicroTile* tile, int row, V sum)
    {
        if (tile->Relu)
        {
            sum = S.Max(sum, S.Zero);
        }

        S.Store(tile->Target0 + row * tile->TargetPitch, sum);
    }
}
