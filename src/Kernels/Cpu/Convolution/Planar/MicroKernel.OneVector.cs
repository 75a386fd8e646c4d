namespace InfAdmm.Kernels.Cpu;

/// <content>What is left of a row: one vector of 8, 4 or 1 rows.</content>
internal static unsafe partial class MicroKernel<S, V>
    where S : struct, ISimd<V>
    where V : unmanaged
{
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
}
