using System.Runtime.CompilerServices;

namespace InfAdmm.Kernels.Cpu;

/// <summary>The operands of one <see cref="MicroKernel{S, V}"/> call.</summary>
internal unsafe struct MicroTile
{
    /// <summary>The weights, [depth][rows].</summary>
    public float* Weights;

    /// <summary>The offset of step k from each source, in bytes.</summary>
    public nint* Offsets;

    /// <summary>The number of steps.</summary>
    public int Depth;

    /// <summary>The bias of each row.</summary>
    public float* Bias;

    /// <summary>Whether negative results are replaced by 0.</summary>
    public bool Relu;

    /// <summary>
    /// The source of the first vector. Each vector has its own pointer, since they need not be contiguous.
    /// </summary>
    public float* Source0;

    /// <summary>See <see cref="Source0"/>.</summary>
    public float* Source1;

    /// <summary>See <see cref="Source0"/>.</summary>
    public float* Source2;

    /// <summary>The destination of the first vector in the first row.</summary>
    public float* Target0;

    /// <summary>See <see cref="Target0"/>.</summary>
    public float* Target1;

    /// <summary>See <see cref="Target0"/>.</summary>
    public float* Target2;

    /// <summary>Floats from one row of the target to the next.</summary>
    public nint TargetPitch;
}

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
internal static unsafe class MicroKernel<S, V>
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

    private static void Run8x3(MicroTile* tile)
    {
        float* bias = tile->Bias;
        V sum00 = S.Broadcast(bias[0]);
        V sum10 = S.Broadcast(bias[1]);
        V sum20 = S.Broadcast(bias[2]);
        V sum30 = S.Broadcast(bias[3]);
        V sum40 = S.Broadcast(bias[4]);
        V sum50 = S.Broadcast(bias[5]);
        V sum60 = S.Broadcast(bias[6]);
        V sum70 = S.Broadcast(bias[7]);
        V sum01 = sum00;
        V sum11 = sum10;
        V sum21 = sum20;
        V sum31 = sum30;
        V sum41 = sum40;
        V sum51 = sum50;
        V sum61 = sum60;
        V sum71 = sum70;
        V sum02 = sum00;
        V sum12 = sum10;
        V sum22 = sum20;
        V sum32 = sum30;
        V sum42 = sum40;
        V sum52 = sum50;
        V sum62 = sum60;
        V sum72 = sum70;

        float* weights = tile->Weights;
        byte* source0 = (byte*)tile->Source0;
        byte* source1 = (byte*)tile->Source1;
        byte* source2 = (byte*)tile->Source2;
        nint* offset = tile->Offsets;
        nint* end = offset + tile->Depth;
        while (offset < end)
        {
            V value0 = S.Load((float*)(source0 + *offset));
            V value1 = S.Load((float*)(source1 + *offset));
            V value2 = S.Load((float*)(source2 + *offset));
            V weight = S.Broadcast(weights[0]);
            sum00 = S.MultiplyAdd(weight, value0, sum00);
            sum01 = S.MultiplyAdd(weight, value1, sum01);
            sum02 = S.MultiplyAdd(weight, value2, sum02);
            weight = S.Broadcast(weights[1]);
            sum10 = S.MultiplyAdd(weight, value0, sum10);
            sum11 = S.MultiplyAdd(weight, value1, sum11);
            sum12 = S.MultiplyAdd(weight, value2, sum12);
            weight = S.Broadcast(weights[2]);
            sum20 = S.MultiplyAdd(weight, value0, sum20);
            sum21 = S.MultiplyAdd(weight, value1, sum21);
            sum22 = S.MultiplyAdd(weight, value2, sum22);
            weight = S.Broadcast(weights[3]);
            sum30 = S.MultiplyAdd(weight, value0, sum30);
            sum31 = S.MultiplyAdd(weight, value1, sum31);
            sum32 = S.MultiplyAdd(weight, value2, sum32);
            weight = S.Broadcast(weights[4]);
            sum40 = S.MultiplyAdd(weight, value0, sum40);
            sum41 = S.MultiplyAdd(weight, value1, sum41);
            sum42 = S.MultiplyAdd(weight, value2, sum42);
            weight = S.Broadcast(weights[5]);
            sum50 = S.MultiplyAdd(weight, value0, sum50);
            sum51 = S.MultiplyAdd(weight, value1, sum51);
            sum52 = S.MultiplyAdd(weight, value2, sum52);
            weight = S.Broadcast(weights[6]);
            sum60 = S.MultiplyAdd(weight, value0, sum60);
            sum61 = S.MultiplyAdd(weight, value1, sum61);
            sum62 = S.MultiplyAdd(weight, value2, sum62);
            weight = S.Broadcast(weights[7]);
            sum70 = S.MultiplyAdd(weight, value0, sum70);
            sum71 = S.MultiplyAdd(weight, value1, sum71);
            sum72 = S.MultiplyAdd(weight, value2, sum72);
            weights += 8;
            offset++;
        }

        StoreRow(tile, 0, sum00, sum01, sum02);
        StoreRow(tile, 1, sum10, sum11, sum12);
        StoreRow(tile, 2, sum20, sum21, sum22);
        StoreRow(tile, 3, sum30, sum31, sum32);
        StoreRow(tile, 4, sum40, sum41, sum42);
        StoreRow(tile, 5, sum50, sum51, sum52);
        StoreRow(tile, 6, sum60, sum61, sum62);
        StoreRow(tile, 7, sum70, sum71, sum72);
    }

    private static void Run4x3(MicroTile* tile)
    {
        float* bias = tile->Bias;
        V sum00 = S.Broadcast(bias[0]);
        V sum10 = S.Broadcast(bias[1]);
        V sum20 = S.Broadcast(bias[2]);
        V sum30 = S.Broadcast(bias[3]);
        V sum01 = sum00;
        V sum11 = sum10;
        V sum21 = sum20;
        V sum31 = sum30;
        V sum02 = sum00;
        V sum12 = sum10;
        V sum22 = sum20;
        V sum32 = sum30;

        float* weights = tile->Weights;
        byte* source0 = (byte*)tile->Source0;
        byte* source1 = (byte*)tile->Source1;
        byte* source2 = (byte*)tile->Source2;
        nint* offset = tile->Offsets;
        nint* end = offset + tile->Depth;
        while (offset < end)
        {
            V value0 = S.Load((float*)(source0 + *offset));
            V value1 = S.Load((float*)(source1 + *offset));
            V value2 = S.Load((float*)(source2 + *offset));
            V weight = S.Broadcast(weights[0]);
            sum00 = S.MultiplyAdd(weight, value0, sum00);
            sum01 = S.MultiplyAdd(weight, value1, sum01);
            sum02 = S.MultiplyAdd(weight, value2, sum02);
            weight = S.Broadcast(weights[1]);
            sum10 = S.MultiplyAdd(weight, value0, sum10);
            sum11 = S.MultiplyAdd(weight, value1, sum11);
            sum12 = S.MultiplyAdd(weight, value2, sum12);
            weight = S.Broadcast(weights[2]);
            sum20 = S.MultiplyAdd(weight, value0, sum20);
            sum21 = S.MultiplyAdd(weight, value1, sum21);
            sum22 = S.MultiplyAdd(weight, value2, sum22);
            weight = S.Broadcast(weights[3]);
            sum30 = S.MultiplyAdd(weight, value0, sum30);
            sum31 = S.MultiplyAdd(weight, value1, sum31);
            sum32 = S.MultiplyAdd(weight, value2, sum32);
            weights += 4;
            offset++;
        }

        StoreRow(tile, 0, sum00, sum01, sum02);
        StoreRow(tile, 1, sum10, sum11, sum12);
        StoreRow(tile, 2, sum20, sum21, sum22);
        StoreRow(tile, 3, sum30, sum31, sum32);
    }

    private static void Run1x3(MicroTile* tile)
    {
        float* bias = tile->Bias;
        V sum00 = S.Broadcast(bias[0]);
        V sum01 = sum00;
        V sum02 = sum00;

        float* weights = tile->Weights;
        byte* source0 = (byte*)tile->Source0;
        byte* source1 = (byte*)tile->Source1;
        byte* source2 = (byte*)tile->Source2;
        nint* offset = tile->Offsets;
        nint* end = offset + tile->Depth;
        while (offset < end)
        {
            V value0 = S.Load((float*)(source0 + *offset));
            V value1 = S.Load((float*)(source1 + *offset));
            V value2 = S.Load((float*)(source2 + *offset));
            V weight = S.Broadcast(weights[0]);
            sum00 = S.MultiplyAdd(weight, value0, sum00);
            sum01 = S.MultiplyAdd(weight, value1, sum01);
            sum02 = S.MultiplyAdd(weight, value2, sum02);
            weights += 1;
            offset++;
        }

        StoreRow(tile, 0, sum00, sum01, sum02);
    }

    private static void Run8x1(MicroTile* tile)
    {
        float* bias = tile->Bias;
        V sum00 = S.Broadcast(bias[0]);
        V sum10 = S.Broadcast(bias[1]);
        V sum20 = S.Broadcast(bias[2]);
        V sum30 = S.Broadcast(bias[3]);
        V sum40 = S.Broadcast(bias[4]);
        V sum50 = S.Broadcast(bias[5]);
        V sum60 = S.Broadcast(bias[6]);
        V sum70 = S.Broadcast(bias[7]);

        float* weights = tile->Weights;
        byte* source0 = (byte*)tile->Source0;
        nint* offset = tile->Offsets;
        nint* end = offset + tile->Depth;
        while (offset < end)
        {
            V value0 = S.Load((float*)(source0 + *offset));
            V weight = S.Broadcast(weights[0]);
            sum00 = S.MultiplyAdd(weight, value0, sum00);
            weight = S.Broadcast(weights[1]);
            sum10 = S.MultiplyAdd(weight, value0, sum10);
            weight = S.Broadcast(weights[2]);
            sum20 = S.MultiplyAdd(weight, value0, sum20);
            weight = S.Broadcast(weights[3]);
            sum30 = S.MultiplyAdd(weight, value0, sum30);
            weight = S.Broadcast(weights[4]);
            sum40 = S.MultiplyAdd(weight, value0, sum40);
            weight = S.Broadcast(weights[5]);
            sum50 = S.MultiplyAdd(weight, value0, sum50);
            weight = S.Broadcast(weights[6]);
            sum60 = S.MultiplyAdd(weight, value0, sum60);
            weight = S.Broadcast(weights[7]);
            sum70 = S.MultiplyAdd(weight, value0, sum70);
            weights += 8;
            offset++;
        }

        StoreRow(tile, 0, sum00);
        StoreRow(tile, 1, sum10);
        StoreRow(tile, 2, sum20);
        StoreRow(tile, 3, sum30);
        StoreRow(tile, 4, sum40);
        StoreRow(tile, 5, sum50);
        StoreRow(tile, 6, sum60);
        StoreRow(tile, 7, sum70);
    }

    private static void Run4x1(MicroTile* tile)
    {
        float* bias = tile->Bias;
        V sum00 = S.Broadcast(bias[0]);
        V sum10 = S.Broadcast(bias[1]);
        V sum20 = S.Broadcast(bias[2]);
        V sum30 = S.Broadcast(bias[3]);

        float* weights = tile->Weights;
        byte* source0 = (byte*)tile->Source0;
        nint* offset = tile->Offsets;
        nint* end = offset + tile->Depth;
        while (offset < end)
        {
            V value0 = S.Load((float*)(source0 + *offset));
            V weight = S.Broadcast(weights[0]);
            sum00 = S.MultiplyAdd(weight, value0, sum00);
            weight = S.Broadcast(weights[1]);
            sum10 = S.MultiplyAdd(weight, value0, sum10);
            weight = S.Broadcast(weights[2]);
            sum20 = S.MultiplyAdd(weight, value0, sum20);
            weight = S.Broadcast(weights[3]);
            sum30 = S.MultiplyAdd(weight, value0, sum30);
            weights += 4;
            offset++;
        }

        StoreRow(tile, 0, sum00);
        StoreRow(tile, 1, sum10);
        StoreRow(tile, 2, sum20);
        StoreRow(tile, 3, sum30);
    }

    private static void Run1x1(MicroTile* tile)
    {
        float* bias = tile->Bias;
        V sum00 = S.Broadcast(bias[0]);

        float* weights = tile->Weights;
        byte* source0 = (byte*)tile->Source0;
        nint* offset = tile->Offsets;
        nint* end = offset + tile->Depth;
        while (offset < end)
        {
            V value0 = S.Load((float*)(source0 + *offset));
            V weight = S.Broadcast(weights[0]);
            sum00 = S.MultiplyAdd(weight, value0, sum00);
            weights += 1;
            offset++;
        }

        StoreRow(tile, 0, sum00);
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
