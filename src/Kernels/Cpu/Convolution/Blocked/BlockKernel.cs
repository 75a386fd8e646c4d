using System.Runtime.CompilerServices;

namespace InfAdmm.Kernels.Cpu;

/// <summary>
/// The inner loop of the blocked convolutions, whose lanes are channels: a tile of rows × vectors of
/// target[r][v] = act(bias[v] + Σ_k row_r[k] · weights[k][v]), held in registers while k runs over all segments. It
/// computes convolutions by minimal filtering and everything in a compiled network; the planar stack
/// (<see cref="MicroKernel{S, V}"/>) computes the rest.
/// <para>
/// Lanes are output channels (weights are packed so that each step reads contiguous floats) and a row is one pixel. A
/// segment is the channels of one block for one tap of the kernel, so nothing is copied per tap, and since each row has
/// its own pointer, tiles cross image edges, strides and phases without special cases. With a row step of a whole block
/// the same loop sums over pixels, for the gradient with respect to the weights.
/// </para>
/// <para>
/// Bound by multiply-adds: an 8×3 tile in 32 registers does 24 for 3 loads and 8 broadcasts, a 4×3 tile in 16 registers
/// 12 for 3 loads and 4 broadcasts: 97 to 99 % of the peak on Zen 4. The sums are named locals because the JIT does not
/// keep arrays in registers.
/// </para>
/// </summary>
internal static unsafe partial class BlockKernel<S, V>
    where S : struct, ISimd<V>
    where V : unmanaged
{
    /// <summary>Vectors in the widest tile.</summary>
    public const int MaxVectors = 3;

    /// <summary>Rows in the tallest tile.</summary>
    public static int MaxRows => S.Registers == 32 ? 8 : 4;

    /// <summary>
    /// Rows of the tile for the given number of remaining rows: 8 or 4. Surplus rows are computed and discarded.
    /// </summary>
    public static int RowsFor(int left) => S.Registers == 32 && left > 4 ? 8 : 4;

    /// <summary>Computes a tile of 8 rows (with 32 registers) or 4 rows, and 1 to 3 vectors.</summary>
    public static void Run(BlockTile* tile, int rows, int vectors)
    {
        if (rows == 8)
        {
            RunEight(tile, vectors);
        }
        else
        {
            RunFour(tile, vectors);
        }
    }

    private static void RunEight(BlockTile* tile, int vectors)
    {
        if (vectors == 3)
        {
            Run8x3(tile);
        }
        else if (vectors == 2)
        {
            Run8x2(tile);
        }
        else
        {
            Run8x1(tile);
        }
    }

    private static void RunFour(BlockTile* tile, int vectors)
    {
        if (vectors == 3)
        {
            Run4x3(tile);
        }
        else if (vectors == 2)
        {
            Run4x2(tile);
        }
        else
        {
            Run4x1(tile);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreRow(BlockTile* tile, int row, V sum0, V sum1, V sum2)
    {
        float* target0 = tile->Targets[row] + tile->TargetOffset;
        float* target1 = target0 + tile->TargetPitch;
        float* target2 = target1 + tile->TargetPitch;
        if (tile->Accumulate)
        {
            sum0 = S.Add(sum0, S.Load(target0));
            sum1 = S.Add(sum1, S.Load(target1));
            sum2 = S.Add(sum2, S.Load(target2));
        }

        if (tile->Relu)
        {
            sum0 = S.Rectify(sum0);
            sum1 = S.Rectify(sum1);
            sum2 = S.Rectify(sum2);
        }

        S.Store(target0, sum0);
        S.Store(target1, sum1);
        S.Store(target2, sum2);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreRow(BlockTile* tile, int row, V sum0, V sum1)
    {
        float* target0 = tile->Targets[row] + tile->TargetOffset;
        float* target1 = target0 + tile->TargetPitch;
        if (tile->Accumulate)
        {
            sum0 = S.Add(sum0, S.Load(target0));
            sum1 = S.Add(sum1, S.Load(target1));
        }

        if (tile->Relu)
        {
            sum0 = S.Rectify(sum0);
            sum1 = S.Rectify(sum1);
        }

        S.Store(target0, sum0);
        S.Store(target1, sum1);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreRow(BlockTile* tile, int row, V sum)
    {
        float* target = tile->Targets[row] + tile->TargetOffset;
        if (tile->Accumulate)
        {
            sum = S.Add(sum, S.Load(target));
        }

        S.Store(target, tile->Relu ? S.Rectify(sum) : sum);
    }
}
