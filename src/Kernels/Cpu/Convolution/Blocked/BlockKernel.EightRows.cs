namespace InfAdmm.Kernels.Cpu;

/// <content>Tiles of eight rows, for instruction sets with 32 vector registers.</content>
internal static unsafe partial class BlockKernel<S, V>
    where S : struct, ISimd<V>
    where V : unmanaged
{
    private static void Run8x3(BlockTile* tile)
    {
        float* initial = tile->Bias;
        V sum00 = S.Load(initial);
        V sum01 = S.Load(initial + S.Width);
        V sum02 = S.Load(initial + 2 * S.Width);
        V sum10 = sum00;
        V sum11 = sum01;
        V sum12 = sum02;
        V sum20 = sum00;
        V sum21 = sum01;
        V sum22 = sum02;
        V sum30 = sum00;
        V sum31 = sum01;
        V sum32 = sum02;
        V sum40 = sum00;
        V sum41 = sum01;
        V sum42 = sum02;
        V sum50 = sum00;
        V sum51 = sum01;
        V sum52 = sum02;
        V sum60 = sum00;
        V sum61 = sum01;
        V sum62 = sum02;
        V sum70 = sum00;
        V sum71 = sum01;
        V sum72 = sum02;

        byte** rows = tile->Rows;
        byte* row0 = rows[0];
        byte* row1 = rows[1];
        byte* row2 = rows[2];
        byte* row3 = rows[3];
        byte* row4 = rows[4];
        byte* row5 = rows[5];
        byte* row6 = rows[6];
        byte* row7 = rows[7];
        nint rowStep = tile->RowStep;
        nint weightStep = tile->WeightStep;
        float* weights = tile->Weights;
        Segment* end = tile->Segments + tile->SegmentCount;
        for (Segment* segment = tile->Segments; segment < end; segment++)
        {
            nint last = segment->Offset + segment->Length * rowStep;
            for (nint k = segment->Offset; k < last; k += rowStep)
            {
                V weight0 = S.Load(weights);
                V weight1 = S.Load(weights + S.Width);
                V weight2 = S.Load(weights + 2 * S.Width);
                weights += weightStep;
                V value = S.Broadcast(*(float*)(row0 + k));
                sum00 = S.MultiplyAdd(value, weight0, sum00);
                sum01 = S.MultiplyAdd(value, weight1, sum01);
                sum02 = S.MultiplyAdd(value, weight2, sum02);
                value = S.Broadcast(*(float*)(row1 + k));
                sum10 = S.MultiplyAdd(value, weight0, sum10);
                sum11 = S.MultiplyAdd(value, weight1, sum11);
                sum12 = S.MultiplyAdd(value, weight2, sum12);
                value = S.Broadcast(*(float*)(row2 + k));
                sum20 = S.MultiplyAdd(value, weight0, sum20);
                sum21 = S.MultiplyAdd(value, weight1, sum21);
                sum22 = S.MultiplyAdd(value, weight2, sum22);
                value = S.Broadcast(*(float*)(row3 + k));
                sum30 = S.MultiplyAdd(value, weight0, sum30);
                sum31 = S.MultiplyAdd(value, weight1, sum31);
                sum32 = S.MultiplyAdd(value, weight2, sum32);
                value = S.Broadcast(*(float*)(row4 + k));
                sum40 = S.MultiplyAdd(value, weight0, sum40);
                sum41 = S.MultiplyAdd(value, weight1, sum41);
                sum42 = S.MultiplyAdd(value, weight2, sum42);
                value = S.Broadcast(*(float*)(row5 + k));
                sum50 = S.MultiplyAdd(value, weight0, sum50);
                sum51 = S.MultiplyAdd(value, weight1, sum51);
                sum52 = S.MultiplyAdd(value, weight2, sum52);
                value = S.Broadcast(*(float*)(row6 + k));
                sum60 = S.MultiplyAdd(value, weight0, sum60);
                sum61 = S.MultiplyAdd(value, weight1, sum61);
                sum62 = S.MultiplyAdd(value, weight2, sum62);
                value = S.Broadcast(*(float*)(row7 + k));
                sum70 = S.MultiplyAdd(value, weight0, sum70);
                sum71 = S.MultiplyAdd(value, weight1, sum71);
                sum72 = S.MultiplyAdd(value, weight2, sum72);
            }
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

    private static void Run8x2(BlockTile* tile)
    {
        float* initial = tile->Bias;
        V sum00 = S.Load(initial);
        V sum01 = S.Load(initial + S.Width);
        V sum10 = sum00;
        V sum11 = sum01;
        V sum20 = sum00;
        V sum21 = sum01;
        V sum30 = sum00;
        V sum31 = sum01;
        V sum40 = sum00;
        V sum41 = sum01;
        V sum50 = sum00;
        V sum51 = sum01;
        V sum60 = sum00;
        V sum61 = sum01;
        V sum70 = sum00;
        V sum71 = sum01;

        byte** rows = tile->Rows;
        byte* row0 = rows[0];
        byte* row1 = rows[1];
        byte* row2 = rows[2];
        byte* row3 = rows[3];
        byte* row4 = rows[4];
        byte* row5 = rows[5];
        byte* row6 = rows[6];
        byte* row7 = rows[7];
        nint rowStep = tile->RowStep;
        nint weightStep = tile->WeightStep;
        float* weights = tile->Weights;
        Segment* end = tile->Segments + tile->SegmentCount;
        for (Segment* segment = tile->Segments; segment < end; segment++)
        {
            nint last = segment->Offset + segment->Length * rowStep;
            for (nint k = segment->Offset; k < last; k += rowStep)
            {
                V weight0 = S.Load(weights);
                V weight1 = S.Load(weights + S.Width);
                weights += weightStep;
                V value = S.Broadcast(*(float*)(row0 + k));
                sum00 = S.MultiplyAdd(value, weight0, sum00);
                sum01 = S.MultiplyAdd(value, weight1, sum01);
                value = S.Broadcast(*(float*)(row1 + k));
                sum10 = S.MultiplyAdd(value, weight0, sum10);
                sum11 = S.MultiplyAdd(value, weight1, sum11);
                value = S.Broadcast(*(float*)(row2 + k));
                sum20 = S.MultiplyAdd(value, weight0, sum20);
                sum21 = S.MultiplyAdd(value, weight1, sum21);
                value = S.Broadcast(*(float*)(row3 + k));
                sum30 = S.MultiplyAdd(value, weight0, sum30);
                sum31 = S.MultiplyAdd(value, weight1, sum31);
                value = S.Broadcast(*(float*)(row4 + k));
                sum40 = S.MultiplyAdd(value, weight0, sum40);
                sum41 = S.MultiplyAdd(value, weight1, sum41);
                value = S.Broadcast(*(float*)(row5 + k));
                sum50 = S.MultiplyAdd(value, weight0, sum50);
                sum51 = S.MultiplyAdd(value, weight1, sum51);
                value = S.Broadcast(*(float*)(row6 + k));
                sum60 = S.MultiplyAdd(value, weight0, sum60);
                sum61 = S.MultiplyAdd(value, weight1, sum61);
                value = S.Broadcast(*(float*)(row7 + k));
                sum70 = S.MultiplyAdd(value, weight0, sum70);
                sum71 = S.MultiplyAdd(value, weight1, sum71);
            }
        }

        StoreRow(tile, 0, sum00, sum01);
        StoreRow(tile, 1, sum10, sum11);
        StoreRow(tile, 2, sum20, sum21);
        StoreRow(tile, 3, sum30, sum31);
        StoreRow(tile, 4, sum40, sum41);
        StoreRow(tile, 5, sum50, sum51);
        StoreRow(tile, 6, sum60, sum61);
        StoreRow(tile, 7, sum70, sum71);
    }

    private static void Run8x1(BlockTile* tile)
    {
        float* initial = tile->Bias;
        V sum00 = S.Load(initial);
        V sum10 = sum00;
        V sum20 = sum00;
        V sum30 = sum00;
        V sum40 = sum00;
        V sum50 = sum00;
        V sum60 = sum00;
        V sum70 = sum00;

        byte** rows = tile->Rows;
        byte* row0 = rows[0];
        byte* row1 = rows[1];
        byte* row2 = rows[2];
        byte* row3 = rows[3];
        byte* row4 = rows[4];
        byte* row5 = rows[5];
        byte* row6 = rows[6];
        byte* row7 = rows[7];
        nint rowStep = tile->RowStep;
        nint weightStep = tile->WeightStep;
        float* weights = tile->Weights;
        Segment* end = tile->Segments + tile->SegmentCount;
        for (Segment* segment = tile->Segments; segment < end; segment++)
        {
            nint last = segment->Offset + segment->Length * rowStep;
            for (nint k = segment->Offset; k < last; k += rowStep)
            {
                V weight0 = S.Load(weights);
                weights += weightStep;
                V value = S.Broadcast(*(float*)(row0 + k));
                sum00 = S.MultiplyAdd(value, weight0, sum00);
                value = S.Broadcast(*(float*)(row1 + k));
                sum10 = S.MultiplyAdd(value, weight0, sum10);
                value = S.Broadcast(*(float*)(row2 + k));
                sum20 = S.MultiplyAdd(value, weight0, sum20);
                value = S.Broadcast(*(float*)(row3 + k));
                sum30 = S.MultiplyAdd(value, weight0, sum30);
                value = S.Broadcast(*(float*)(row4 + k));
                sum40 = S.MultiplyAdd(value, weight0, sum40);
                value = S.Broadcast(*(float*)(row5 + k));
                sum50 = S.MultiplyAdd(value, weight0, sum50);
                value = S.Broadcast(*(float*)(row6 + k));
                sum60 = S.MultiplyAdd(value, weight0, sum60);
                value = S.Broadcast(*(float*)(row7 + k));
                sum70 = S.MultiplyAdd(value, weight0, sum70);
            }
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
}
