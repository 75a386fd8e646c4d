namespace InfAdmm.Kernels.Cpu;

/// <content>Tiles of four rows, for 16 vector registers or for the last rows.</content>
internal static unsafe partial class BlockKernel<S, V>
    where S : struct, ISimd<V>
    where V : unmanaged
{
    private static void Run4x3(BlockTile* tile)
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

        byte** rows = tile->Rows;
        byte* row0 = rows[0];
        byte* row1 = rows[1];
        byte* row2 = rows[2];
        byte* row3 = rows[3];
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
            }
        }

        StoreRow(tile, 0, sum00, sum01, sum02);
        StoreRow(tile, 1, sum10, sum11, sum12);
        StoreRow(tile, 2, sum20, sum21, sum22);
        StoreRow(tile, 3, sum30, sum31, sum32);
    }

    private static void Run4x2(BlockTile* tile)
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

        byte** rows = tile->Rows;
        byte* row0 = rows[0];
        byte* row1 = rows[1];
        byte* row2 = rows[2];
        byte* row3 = rows[3];
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
            }
        }

        StoreRow(tile, 0, sum00, sum01);
        StoreRow(tile, 1, sum10, sum11);
        StoreRow(tile, 2, sum20, sum21);
        StoreRow(tile, 3, sum30, sum31);
    }

    private static void Run4x1(BlockTile* tile)
    {
        float* initial = tile->Bias;
        V sum00 = S.Load(initial);
        V sum10 = sum00;
        V sum20 = sum00;
        V sum30 = sum00;

        byte** rows = tile->Rows;
        byte* row0 = rows[0];
        byte* row1 = rows[1];
        byte* row2 = rows[2];
        byte* row3 = rows[3];
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
            }
        }

        StoreRow(tile, 0, sum00);
        StoreRow(tile, 1, sum10);
        StoreRow(tile, 2, sum20);
        StoreRow(tile, 3, sum30);
    }
}
