namespace InfAdmm.Kernels.Cpu;

/// <content>Full tiles: three vectors of 8, 4 or 1 rows.</content>
internal static unsafe partial class MicroKernel<S, V>
    where S : struct, ISimd<V>
    where V : unmanaged
{
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
}
