using InfAdmm.Engine;

namespace InfAdmm.Kernels.Cpu;

/// <summary>
/// Aᵀ y for a kernel with few separable terms. For each measured row and term, first along the row: the s column
/// phases, interleaved into a line of the image's width; the lines of a band of rows stay in the second-level cache.
/// Then across rows: each image row is the sum of a few such lines and the addend, on whole vectors. (kw/s + kh)/s
/// multiply-adds per pixel and term; bound by the 12 bytes per pixel of addend and result.
/// </summary>
internal sealed unsafe partial class CpuDevice<S, V>
{
    private void SeparableBlurAdjoint(
        Tensor y, KernelFactors factors, float* scratch, int stride, float scale, Tensor? addend, Tensor x)
    {
        Shape source = y.Shape;
        PhaseRange vertical = PhaseRange.Of(factors.Height, stride);
        PhaseRange horizontal = PhaseRange.Of(factors.Width, stride);
        int bandRows = SeparableBandRows(source, stride, factors.Count);
        int lines = bandRows + vertical.Count - 1;
        int linePitch = (int)CacheSizes.Aligned(source.W * stride + S.Width);
        int paddedPitch = (int)CacheSizes.Aligned(source.W + horizontal.Count - 1 + S.Width);
        int phasePitch = (int)CacheSizes.Aligned(source.W);
        long termPitch = (long)lines * linePitch;
        var lists = (BlurTaps*)scratch;
        long listLength = CacheSizes.Aligned(2L * stride * sizeof(BlurTaps) / sizeof(float));
        float* free = scratch + listLength * (factors.Count + 1L);
        for (int term = 0; term < factors.Count; term++)
        {
            for (int phase = 0; phase < stride; phase++)
            {
                BlurTaps* list = lists + term * stride + phase;
                free += FillPhase(
                    factors.Rows + (long)term * factors.Width, factors.Width, stride, phase, horizontal, scale, 1, 0,
                    list, free);
            }
        }

        BlurTaps* across = lists + (long)factors.Count * stride;
        for (int phase = 0; phase < stride; phase++)
        {
            BlurTaps joined = new() { Offsets = (int*)free, Rows = 1 };
            joined.Weights = free + (long)factors.Count * vertical.Count;
            for (int term = 0; term < factors.Count; term++)
            {
                BlurTaps part = default;
                float* next = joined.Weights + (long)factors.Count * vertical.Count;
                FillPhase(
                    factors.Columns + (long)term * factors.Height, factors.Height, stride, phase, vertical, 1,
                    linePitch, (int)(term * termPitch), &part, next);
                for (int t = 0; t < part.Count; t++)
                {
                    joined.Offsets[joined.Count] = part.Offsets[t];
                    joined.Weights[joined.Count++] = part.Weights[t];
                }
            }

            across[phase] = joined;
            free = joined.Weights + CacheSizes.Aligned((long)factors.Count * vertical.Count);
        }

        free += CacheSizes.Aligned(2L * vertical.Count);
        long workerLength = CacheSizes.Aligned(factors.Count * termPitch + paddedPitch + (long)stride * phasePitch);
        var job = new SeparableBlurAdjointJob(
            Pointer(y), source, Pointer(x), PointerOrNull(addend), stride, factors.Count, lists, across, vertical,
            horizontal, bandRows, linePitch, paddedPitch, phasePitch, free, workerLength);
        _pool.Run(job, source.Planes * job.BandsPerPlane);
    }

    /// <summary>Measured rows in a piece: the lines of all terms fill half the second-level cache.</summary>
    private int SeparableBandRows(Shape source, int stride, int terms)
    {
        const int CachedFloats = CacheSizes.SecondLevel / 2 / sizeof(float);
        int most = CachedFloats / Math.Max(source.W * stride * Math.Max(terms, 1), 1);
        return Math.Min(BandRows(source), Math.Max(most & ~3, 4));
    }

    /// <summary>The floats of scratch for <see cref="SeparableBlurAdjoint"/>.</summary>
    private long SeparableBlurAdjointScratch(Shape source, int height, int width, int terms, int stride)
    {
        PhaseRange vertical = PhaseRange.Of(height, stride);
        PhaseRange horizontal = PhaseRange.Of(width, stride);
        long lines = SeparableBandRows(source, stride, 1) + vertical.Count - 1;
        long linePitch = CacheSizes.Aligned(source.W * stride + S.Width);
        long paddedPitch = CacheSizes.Aligned(source.W + horizontal.Count - 1 + S.Width);
        long workerLength = CacheSizes.Aligned(
            terms * lines * linePitch + paddedPitch + stride * CacheSizes.Aligned(source.W));
        long lists = CacheSizes.Aligned(2L * stride * sizeof(BlurTaps) / sizeof(float)) * (terms + 1L);
        long along = (long)terms * stride * CacheSizes.Aligned(2L * horizontal.Count);
        long across = stride * CacheSizes.Aligned(2L * terms * vertical.Count + CacheSizes.LineFloats)
            + 2 * CacheSizes.Aligned(2L * vertical.Count);
        return lists + along + across + workerLength * _pool.Count;
    }

    /// <summary>
    /// Lists one phase of a one-dimensional kernel: entry s·u + o − f for the element at distance u. Returns the number
    /// of floats used.
    /// </summary>
    private static long FillPhase(
        float* entries, int size, int stride, int phase, PhaseRange range, float scale, int pitch, int start,
        BlurTaps* list, float* free)
    {
        *list = new BlurTaps { Offsets = (int*)free, Weights = free + range.Count, Rows = 1 };
        for (int u = 0; u < range.Count; u++)
        {
            int entry = stride * (u + range.First) + (size - 1) / 2 - phase;
            if (entry >= 0 && entry < size && entries[entry] != 0)
            {
                list->Offsets[list->Count] = start + u * pitch;
                list->Weights[list->Count++] = scale * entries[entry];
            }
        }

        return CacheSizes.Aligned(2L * range.Count);
    }

    private readonly struct SeparableBlurAdjointJob(
        float* y, Shape source, float* x, float* addend, int stride, int terms, BlurTaps* along, BlurTaps* across,
        PhaseRange vertical, PhaseRange horizontal, int bandRows, int linePitch, int paddedPitch, int phasePitch,
        float* scratch, long workerLength) : IJob
    {
        public int BandsPerPlane => (source.H + bandRows - 1) / bandRows;

        public void Execute(int index, int worker)
        {
            int plane = index / BandsPerPlane;
            int firstRow = index % BandsPerPlane * bandRows;
            int rows = Math.Min(bandRows, source.H - firstRow);
            float* lines = scratch + worker * workerLength;
            long termPitch = (bandRows + vertical.Count - 1L) * linePitch;
            float* padded = lines + terms * termPitch;
            float* phases = padded + paddedPitch;
            float* measured = y + (long)plane * source.PlaneSize;
            for (int r = 0; r < rows + vertical.Count - 1; r++)
            {
                int row = IndexArithmetic.Modulo(firstRow + vertical.First + r, source.H);
                CopyWrapped(measured + (long)row * source.W, source.W, horizontal.First, padded, paddedPitch);
                for (int term = 0; term < terms; term++)
                {
                    ExpandRow(padded, phases, along + term * stride, lines + term * termPitch + (long)r * linePitch);
                }
            }

            int width = source.W * stride;
            for (int r = 0; r < rows; r++)
            {
                for (int phase = 0; phase < stride; phase++)
                {
                    long place = ((long)plane * source.H * stride + (long)(firstRow + r) * stride + phase) * width;
                    float* added = addend == null ? null : addend + place;
                    OneRow(lines + (long)r * linePitch, across[phase], x + place, added, width);
                }
            }
        }

        private void ExpandRow(float* padded, float* phases, BlurTaps* lists, float* line)
        {
            if (stride == 1)
            {
                OneRow(padded, lists[0], line, null, source.W);
                return;
            }

            for (int phase = 0; phase < stride; phase++)
            {
                OneRow(padded, lists[phase], phases + (long)phase * phasePitch, null, source.W);
            }

            JoinPhases(phases, phasePitch, stride, source.W, line, null);
        }
    }
}
