using InfAdmm.Engine;

namespace InfAdmm.Kernels.Cpu;

/// <summary>
/// A x = S H x. Kernels with few separable terms are handled by <see cref="SeparableBlur"/>. For others each piece
/// copies the source rows of a band of output rows into its scratch, extended beyond the edges and, for stride s, split
/// into s column phases, so that every tap reads a contiguous run. <see cref="BlurRows"/> does the arithmetic: kh·kw
/// multiply-adds per output, bound by the vector units.
/// </summary>
internal sealed unsafe partial class CpuDevice<S, V>
{
    protected override void BlurCore(
        Tensor x, Tensor kernel, int stride, Boundary boundary, float scale, Tensor? addend, Tensor y)
    {
        int height = kernel.Shape.H;
        int width = kernel.Shape.W;
        int maxTerms = boundary == Boundary.Periodic ? MaxTerms(height, width, stride) : 0;
        if (maxTerms > 0)
        {
            long factorLength = CacheSizes.Aligned(KernelFactors.ScratchLength(height, width, maxTerms));
            float* scratch = Scratch(factorLength + SeparableBlurScratch(x.Shape, width, maxTerms, stride));
            if (KernelFactors.TryFactor(Pointer(kernel), height, width, maxTerms, scratch, out KernelFactors factors))
            {
                SeparableBlur(x, factors, scratch + factorLength, stride, scale, addend, y);
                return;
            }
        }

        WholeBlur(x, kernel, stride, boundary, scale, addend, y);
    }

    private void WholeBlur(
        Tensor x, Tensor kernel, int stride, Boundary boundary, float scale, Tensor? addend, Tensor y)
    {
        Shape source = x.Shape;
        Shape target = y.Shape;
        int height = kernel.Shape.H;
        int width = kernel.Shape.W;
        int bandRows = BandRows(target);
        int phaseLength = target.W + (width - 1) / stride;
        int phasePitch = (int)CacheSizes.Aligned(phaseLength + S.Width);
        int pitch = stride * phasePitch;
        int bandLength = ((bandRows - 1) * stride + height) * pitch;
        int lineLength = (int)CacheSizes.Aligned(stride * (long)phasePitch);
        long workerLength = CacheSizes.Aligned(bandLength + lineLength);
        long flippedLength = CacheSizes.Aligned((long)height * width);
        long singleLength = CacheSizes.Aligned(BlurTaps.ScratchLength(height * width, 1));
        long quadLength = CacheSizes.Aligned(BlurTaps.ScratchLength((height + 3) * width, 4));
        float* flipped = Scratch(flippedLength + singleLength + quadLength + workerLength * _pool.Count);
        float* tapScratch = flipped + flippedLength;
        FlipScaled(Pointer(kernel), height * width, scale, flipped);
        BlurTaps single = BlurTaps.Build(tapScratch, flipped, height, width, 1, pitch, stride, phasePitch);
        BlurTaps quad = stride == 1
            ? BlurTaps.Build(tapScratch + singleLength, flipped, height, width, 4, pitch, stride, phasePitch)
            : default;
        var job = new BlurJob(
            Pointer(x), source, Pointer(y), target, PointerOrNull(addend), stride, boundary, height, width, single,
            quad, bandRows, phasePitch, tapScratch + singleLength + quadLength, workerLength);
        _pool.Run(job, target.Planes * job.BandsPerPlane);
    }

    /// <summary>Output rows per piece: about two pieces for each thread, a multiple of four rows.</summary>
    private int BandRows(Shape target)
    {
        int pieces = 2 * _pool.Count;
        int rows = (target.Planes * target.H + pieces - 1) / pieces;
        return Math.Min((Math.Max(rows, 4) + 3) & ~3, (target.H + 3) & ~3);
    }

    private static void FlipScaled(float* kernel, int count, float scale, float* flipped)
    {
        for (int i = 0; i < count; i++)
        {
            flipped[i] = scale * kernel[count - 1 - i];
        }
    }

    /// <summary>target[c] = source[(c + start) mod size] for c in [0, length).</summary>
    private static void CopyWrapped(float* source, int size, int start, float* target, int length)
    {
        int from = IndexArithmetic.Modulo(start, size);
        for (int done = 0; done < length;)
        {
            int run = Math.Min(size - from, length - done);
            new ReadOnlySpan<float>(source + from, run).CopyTo(new Span<float>(target + done, run));
            done += run;
            from = 0;
        }
    }

    /// <summary>Copies source[f::stride] to phase f of target, at f·phasePitch; count elements per phase.</summary>
    private static void SplitPhases(float* source, int stride, int count, float* target, int phasePitch)
    {
        int i = 0;
        if (stride == 2)
        {
            for (; i <= count - S.Width; i += S.Width)
            {
                S.Deinterleave2(source + 2 * i, out V even, out V odd);
                S.Store(target + i, even);
                S.Store(target + phasePitch + i, odd);
            }
        }
        else if (stride == 4)
        {
            float* pairs = stackalloc float[4 * S.Width];
            for (; i <= count - S.Width; i += S.Width)
            {
                S.Deinterleave2(source + 4 * i, out V even, out V odd);
                S.Deinterleave2(source + 4 * i + 2 * S.Width, out V evenNext, out V oddNext);
                S.Store(pairs, even);
                S.Store(pairs + S.Width, evenNext);
                S.Store(pairs + 2 * S.Width, odd);
                S.Store(pairs + 3 * S.Width, oddNext);
                S.Deinterleave2(pairs, out V phase0, out V phase2);
                S.Deinterleave2(pairs + 2 * S.Width, out V phase1, out V phase3);
                S.Store(target + i, phase0);
                S.Store(target + phasePitch + i, phase1);
                S.Store(target + 2 * phasePitch + i, phase2);
                S.Store(target + 3 * phasePitch + i, phase3);
            }
        }

        for (; i < count; i++)
        {
            for (int phase = 0; phase < stride; phase++)
            {
                target[phase * phasePitch + i] = source[i * stride + phase];
            }
        }
    }

    /// <summary>
    /// Copies rows [top, top + count) of an image, extended beyond its edges, to a band: each row from column left on,
    /// split into stride phases. line is scratch for one row.
    /// </summary>
    private static void CopyBand(
        float* image, Shape source, int top, int left, Boundary boundary, int stride, int count, float* line,
        float* band, int phasePitch)
    {
        int pitch = stride * phasePitch;
        for (int r = 0; r < count; r++)
        {
            int row = Extended(top + r, source.H, boundary);
            float* pixels = row < 0 ? null : image + (long)row * source.W;
            float* target = band + (long)r * pitch;
            if (stride == 1)
            {
                CopyExtended(pixels, source.W, left, boundary, target, phasePitch);
            }
            else
            {
                CopyExtended(pixels, source.W, left, boundary, line, pitch);
                SplitPhases(line, stride, phasePitch, target, phasePitch);
            }
        }
    }

    private readonly struct BlurJob(
        float* x, Shape source, float* y, Shape target, float* addend, int stride, Boundary boundary,
        int height, int width, BlurTaps single, BlurTaps quad, int bandRows, int phasePitch, float* scratch,
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
            float* band = line + CacheSizes.Aligned(stride * (long)phasePitch);
            float* image = x + (long)plane * source.PlaneSize;

            int top = firstRow * stride + FirstTap(height, boundary);
            int left = FirstTap(width, boundary);
            CopyBand(image, source, top, left, boundary, stride, (rows - 1) * stride + height, line, band, phasePitch);

            long start = (long)plane * target.PlaneSize + (long)firstRow * target.W;
            float* added = addend == null ? null : addend + start;
            BlurRows(band, stride * pitch, single, quad, rows, y + start, added, target.W, target.W);
        }
    }
}
