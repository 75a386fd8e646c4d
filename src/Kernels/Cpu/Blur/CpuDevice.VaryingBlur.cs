using InfAdmm.Engine;

namespace InfAdmm.Kernels.Cpu;

/// <summary>
/// y = Σ_a window_a ∘ (S H_a x) with separable windows. A piece copies a band of source rows as
/// <see cref="WholeBlur"/> does. For each output row and each anchor column it combines the kernels of the anchor rows
/// into one list of taps, correlates the columns that the anchor's window covers, and adds them times the window's
/// column weights: kh·kw multiply-adds for each pixel and anchor column above it, bound by the vector units.
/// </summary>
internal sealed unsafe partial class CpuDevice<S, V>
{
    private const int VaryingBandRows = 64;

    protected override void VaryingBlurCore(
        Tensor x, VaryingKernels kernels, int stride, Boundary boundary, float scale, Tensor? addend, Tensor y)
    {
        Shape target = y.Shape;
        AnchorKernels anchors = Anchors(kernels, target, scale);
        int bandRows = Math.Min(BandRows(target), VaryingBandRows);
        int phasePitch = (int)CacheSizes.Aligned(target.W + (anchors.Width - 1) / stride + S.Width);
        int pitch = stride * phasePitch;
        int places = anchors.Height * anchors.Width;
        long placesLength = CacheSizes.Aligned(places);
        long sumLength = CacheSizes.Aligned(target.W);
        long workerLength = pitch * (((bandRows - 1L) * stride) + anchors.Height + 1)
            + CacheSizes.Aligned(BlurTaps.ScratchLength(places, 1)) + sumLength;
        float* scratch = Scratch(placesLength + workerLength * _pool.Count);
        int* offsets = (int*)scratch;
        for (int place = 0; place < places; place++)
        {
            int column = place % anchors.Width;
            offsets[place] = place / anchors.Width * pitch + column % stride * phasePitch + column / stride;
        }

        var job = new VaryingBlurJob(
            Pointer(x), x.Shape, Pointer(y), target, PointerOrNull(addend), anchors, stride, boundary, bandRows,
            phasePitch, offsets, sumLength, scratch + placesLength, workerLength);
        _pool.Run(job, target.Planes * job.BandsPerPlane);
    }

    private static AnchorKernels Anchors(VaryingKernels kernels, Shape measured, float scale) => new(
        Pointer(kernels.Kernels), Pointer(kernels.RowWeights), Pointer(kernels.ColumnWeights), kernels.Rows,
        kernels.Columns, measured, kernels.KernelShape, scale);

    private readonly struct VaryingBlurJob(
        float* x, Shape source, float* y, Shape target, float* addend, AnchorKernels anchors, int stride,
        Boundary boundary, int bandRows, int phasePitch, int* offsets, long sumLength, float* scratch,
        long workerLength) : IJob
    {
        public int BandsPerPlane => (target.H + bandRows - 1) / bandRows;

        public void Execute(int index, int worker)
        {
            int plane = index / BandsPerPlane;
            int firstRow = index % BandsPerPlane * bandRows;
            int rows = Math.Min(bandRows, target.H - firstRow);
            int pitch = stride * phasePitch;
            float* line = scratch + worker * workerLength;
            float* band = line + pitch;
            float* sums = band + pitch * (((bandRows - 1L) * stride) + anchors.Height);
            float* free = sums + sumLength;
            int top = firstRow * stride + FirstTap(anchors.Height, boundary);
            CopyBand(
                x + (long)plane * source.PlaneSize, source, top, FirstTap(anchors.Width, boundary), boundary, stride,
                (rows - 1) * stride + anchors.Height, line, band, phasePitch);

            for (int r = 0; r < rows; r++)
            {
                long start = (long)plane * target.PlaneSize + (long)(firstRow + r) * target.W;
                Begin(y + start, addend == null ? null : addend + start, target.W);
                for (int column = 0; column < anchors.Columns; column++)
                {
                    (int first, int end) = anchors.Range(column);
                    BlurTaps taps = Combine(firstRow + r, column, free);
                    if (taps.Count > 0 && first < end)
                    {
                        float* pixels = y + start + first;
                        OneRow(band + (long)r * stride * pitch + first, taps, sums, null, end - first);
                        AddProducts(sums, anchors.Column(column) + first, 1, pixels, pixels, end - first);
                    }
                }
            }
        }

        /// <summary>Sets the target to the addend, or to zero.</summary>
        private static void Begin(float* target, float* addend, int count)
        {
            if (addend == null)
            {
                new Span<float>(target, count).Clear();
            }
            else if (addend != target)
            {
                new ReadOnlySpan<float>(addend, count).CopyTo(new Span<float>(target, count));
            }
        }

        /// <summary>The taps of an output row: the combined kernel of an anchor column, flipped.</summary>
        private BlurTaps Combine(int row, int column, float* free)
        {
            int places = anchors.Height * anchors.Width;
            BlurTaps taps = new() { Offsets = (int*)free, Weights = free + places, Rows = 1 };
            new ReadOnlySpan<int>(offsets, places).CopyTo(new Span<int>(taps.Offsets, places));
            new Span<float>(taps.Weights, places).Clear();
            for (int k = 0; k < anchors.Height; k++)
            {
                anchors.AddEntries(
                    row, column, anchors.Height - 1 - k, anchors.Width - 1, -1, anchors.Width,
                    taps.Weights + (long)k * anchors.Width);
            }

            taps.DropZeros(places);
            return taps;
        }
    }
}
