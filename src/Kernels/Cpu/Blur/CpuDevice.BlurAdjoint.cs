using InfAdmm.Engine;

namespace InfAdmm.Kernels.Cpu;

/// <summary>
/// Aᵀ y = Hᵀ Sᵀ y. Kernels with few separable terms are handled by <see cref="SeparableBlurAdjoint"/>, boundaries that
/// are not periodic by <see cref="BoundedBlurAdjoint"/>. Otherwise pixel s·t + f is the sum of kernel[s·u + o − f]·y[t
/// + u] over u. So each of the s·s phases of the image is a small stride-1 correlation of y with its part of the
/// kernel, and no zero is ever multiplied. The phases of a row are computed separately and then interleaved: kh·kw/s²
/// multiply-adds per pixel, and 8 bytes per pixel of traffic, which is the bound for s ≥ 4.
/// </summary>
internal sealed unsafe partial class CpuDevice<S, V>
{
    protected override void BlurAdjointCore(
        Tensor y, Tensor kernel, int stride, Boundary boundary, float scale, Tensor? addend, Tensor x)
    {
        if (boundary != Boundary.Periodic)
        {
            BoundedBlurAdjoint(y, kernel, stride, boundary, scale, addend, x);
            return;
        }

        int height = kernel.Shape.H;
        int width = kernel.Shape.W;
        int maxTerms = MaxTerms(height, width, stride);
        if (maxTerms > 0)
        {
            long factorLength = CacheSizes.Aligned(KernelFactors.ScratchLength(height, width, maxTerms));
            float* scratch = Scratch(
                factorLength + SeparableBlurAdjointScratch(y.Shape, height, width, maxTerms, stride));
            if (KernelFactors.TryFactor(Pointer(kernel), height, width, maxTerms, scratch, out KernelFactors factors))
            {
                SeparableBlurAdjoint(y, factors, scratch + factorLength, stride, scale, addend, x);
                return;
            }
        }

        WholeBlurAdjoint(y, kernel, stride, scale, addend, x);
    }

    private void WholeBlurAdjoint(Tensor y, Tensor kernel, int stride, float scale, Tensor? addend, Tensor x)
    {
        int height = kernel.Shape.H;
        int width = kernel.Shape.W;
        PhaseRange vertical = PhaseRange.Of(height, stride);
        PhaseRange horizontal = PhaseRange.Of(width, stride);
        Shape source = y.Shape;
        int bandRows = BandRows(source);
        int pitch = (int)CacheSizes.Aligned(source.W + horizontal.Count - 1 + S.Width);
        int bandLength = (bandRows + vertical.Count - 1) * pitch;
        int phaseRow = (int)CacheSizes.Aligned(source.W);
        long workerLength = CacheSizes.Aligned(bandLength + 4L * stride * phaseRow);
        int phases = stride * stride;
        long partLength = CacheSizes.Aligned((long)vertical.Count * horizontal.Count);
        long singleLength = CacheSizes.Aligned(BlurTaps.ScratchLength(vertical.Count * horizontal.Count, 1));
        long quadLength = CacheSizes.Aligned(BlurTaps.ScratchLength((vertical.Count + 3) * horizontal.Count, 4));
        long listLength = CacheSizes.Aligned(phases * sizeof(BlurTaps) / sizeof(float) * 2L);
        long tapLength = singleLength + quadLength;
        float* part = Scratch(partLength + listLength + phases * tapLength + workerLength * _pool.Count);
        var lists = (BlurTaps*)(part + partLength);
        float* tapScratch = part + partLength + listLength;
        for (int phase = 0; phase < phases; phase++)
        {
            FillPart(Pointer(kernel), height, width, stride, phase, vertical, horizontal, scale, part);
            float* memory = tapScratch + phase * tapLength;
            lists[2 * phase] = BlurTaps.Build(memory, part, vertical.Count, horizontal.Count, 1, pitch, 1, 0);
            lists[2 * phase + 1] =
                BlurTaps.Build(memory + singleLength, part, vertical.Count, horizontal.Count, 4, pitch, 1, 0);
        }

        var job = new BlurAdjointJob(
            Pointer(y), source, Pointer(x), PointerOrNull(addend), stride, vertical, horizontal, lists, bandRows, pitch,
            phaseRow, tapScratch + phases * tapLength, workerLength);
        _pool.Run(job, source.Planes * job.BandsPerPlane);
    }

    /// <summary>
    /// The kernel entries of one phase: part[u, v] = scale · kernel[s·u + o − f, s·v + o' − f'], else 0.
    /// </summary>
    private static void FillPart(
        float* kernel, int height, int width, int stride, int phase,
        PhaseRange vertical, PhaseRange horizontal, float scale, float* part)
    {
        for (int u = 0; u < vertical.Count; u++)
        {
            int a = stride * (u + vertical.First) + (height - 1) / 2 - phase / stride;
            for (int v = 0; v < horizontal.Count; v++)
            {
                int b = stride * (v + horizontal.First) + (width - 1) / 2 - phase % stride;
                bool inside = a >= 0 && a < height && b >= 0 && b < width;
                part[u * horizontal.Count + v] = inside ? scale * kernel[a * width + b] : 0;
            }
        }
    }

    /// <summary>
    /// Copies phase f of source, at f·phasePitch, to target[f::stride]; adds an addend of the target's layout.
    /// </summary>
    private static void JoinPhases(float* source, int phasePitch, int stride, int count, float* target, float* addend)
    {
        int i = 0;
        if (stride is 2 or 4)
        {
            float* joined = stackalloc float[8 * S.Width];
            float* pairs = joined + 4 * S.Width;
            for (; i <= count - S.Width; i += S.Width)
            {
                if (stride == 2)
                {
                    S.Interleave2(joined, S.Load(source + i), S.Load(source + phasePitch + i));
                }
                else
                {
                    S.Interleave2(pairs, S.Load(source + i), S.Load(source + 2 * phasePitch + i));
                    S.Interleave2(
                        pairs + 2 * S.Width, S.Load(source + phasePitch + i), S.Load(source + 3 * phasePitch + i));
                    S.Interleave2(joined, S.Load(pairs), S.Load(pairs + 2 * S.Width));
                    S.Interleave2(joined + 2 * S.Width, S.Load(pairs + S.Width), S.Load(pairs + 3 * S.Width));
                }

                for (int j = 0; j < stride * S.Width; j += S.Width)
                {
                    V value = S.Load(joined + j);
                    float* place = target + stride * i + j;
                    S.Store(place, addend == null ? value : S.Add(value, S.Load(addend + stride * i + j)));
                }
            }
        }

        for (; i < count; i++)
        {
            for (int phase = 0; phase < stride; phase++)
            {
                int place = i * stride + phase;
                float value = source[phase * phasePitch + i];
                target[place] = addend == null ? value : value + addend[place];
            }
        }
    }

    /// <summary>The values of u for which 0 ≤ s·u + o − f &lt; size for at least one phase f in [0, s).</summary>
    private readonly record struct PhaseRange(int First, int Count)
    {
        public static PhaseRange Of(int size, int stride)
        {
            int origin = (size - 1) / 2;
            int first = -(origin / stride);
            int last = (size - 1 + stride - 1 - origin) / stride;
            return new PhaseRange(first, last - first + 1);
        }
    }

    private readonly struct BlurAdjointJob(
        float* y, Shape source, float* x, float* addend, int stride, PhaseRange vertical, PhaseRange horizontal,
        BlurTaps* lists, int bandRows, int pitch, int phaseRow, float* scratch, long workerLength) : IJob
    {
        public int BandsPerPlane => (source.H + bandRows - 1) / bandRows;

        public void Execute(int index, int worker)
        {
            int plane = index / BandsPerPlane;
            int firstRow = index % BandsPerPlane * bandRows;
            int rows = Math.Min(bandRows, source.H - firstRow);
            float* phaseRows = scratch + worker * workerLength;
            float* band = phaseRows + 4L * stride * phaseRow;
            float* image = y + (long)plane * source.PlaneSize;
            for (int r = 0; r < rows + vertical.Count - 1; r++)
            {
                int row = IndexArithmetic.Modulo(firstRow + vertical.First + r, source.H);
                CopyWrapped(image + (long)row * source.W, source.W, horizontal.First, band + r * pitch, pitch);
            }

            int width = source.W * stride;
            long start = ((long)plane * source.H + firstRow) * stride * width;
            float* target = x + start;
            float* added = addend == null ? null : addend + start;
            if (stride == 1)
            {
                BlurRows(band, pitch, lists[0], lists[1], rows, target, added, width, width);
                return;
            }

            for (int r = 0; r < rows; r += 4)
            {
                int block = Math.Min(4, rows - r);
                for (int verticalPhase = 0; verticalPhase < stride; verticalPhase++)
                {
                    for (int phase = 0; phase < stride; phase++)
                    {
                        int list = 2 * (verticalPhase * stride + phase);
                        BlurRows(
                            band + r * pitch, pitch, lists[list], lists[list + 1], block, phaseRows + phase * phaseRow,
                            null, stride * phaseRow, source.W);
                    }

                    for (int i = 0; i < block; i++)
                    {
                        long place = (long)((r + i) * stride + verticalPhase) * width;
                        float* addedRow = added == null ? null : added + place;
                        JoinPhases(
                            phaseRows + (long)i * stride * phaseRow, phaseRow, stride, source.W, target + place,
                            addedRow);
                    }
                }
            }
        }
    }
}
