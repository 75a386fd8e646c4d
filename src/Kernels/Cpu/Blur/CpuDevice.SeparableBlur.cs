using InfAdmm.Engine;

namespace InfAdmm.Kernels.Cpu;

/// <summary>
/// A x = S H x for a kernel with few separable terms. For each output row and term, first the columns: kh multiply-adds
/// on whole source rows into a line that stays in the first-level cache; then the rows: kw multiply-adds on every
/// stride-th element of that line. That is s·kh + kw multiply-adds per output and term instead of kh·kw, and the source
/// is read in place.
/// </summary>
internal sealed unsafe partial class CpuDevice<S, V>
{
    /// <summary>
    /// The largest number of separable terms that is cheaper than the sum over the whole kernel; 0 if none is. A term
    /// costs stride·height + width multiply-adds per output. A multiply-add of the whole kernel costs 1.5 times as
    /// much, since its loads are not aligned.
    /// </summary>
    private static int MaxTerms(int height, int width, int stride) =>
        Math.Min((int)(1.5 * height * width / (stride * height + width)), 8);

    private void SeparableBlur(
        Tensor x, KernelFactors factors, float* scratch, int stride, float scale, Tensor? addend, Tensor y)
    {
        Shape source = x.Shape;
        Shape target = y.Shape;
        int left = factors.Width - 1 - (factors.Width - 1) / 2;
        int padded = source.W + factors.Width - 1;
        int phasePitch = (int)CacheSizes.Aligned((padded + stride - 1) / stride + S.Width);
        int linePitch = stride * phasePitch;
        int taps = factors.Count * factors.Width;
        long tapLength = CacheSizes.Aligned(BlurTaps.ScratchLength(taps, 1));
        long workerLength = CacheSizes.Aligned(linePitch * (stride == 1 ? factors.Count : factors.Count + 1L));
        BlurTaps list = new() { Offsets = (int*)scratch, Weights = scratch + taps, Rows = 1 };
        for (int term = 0; term < factors.Count; term++)
        {
            for (int l = 0; l < factors.Width; l++)
            {
                // The weights of a correlation: the flipped row of the kernel.
                list.Weights[list.Count] = scale * factors.Rows[term * factors.Width + factors.Width - 1 - l];
                list.Offsets[list.Count++] = term * linePitch + l % stride * phasePitch + l / stride;
            }
        }

        var job = new SeparableBlurJob(
            Pointer(x), source, Pointer(y), target, PointerOrNull(addend), stride, factors, list, left, phasePitch,
            BandRows(target), scratch + tapLength, workerLength);
        _pool.Run(job, target.Planes * job.BandsPerPlane);
    }

    /// <summary>The floats of scratch for <see cref="SeparableBlur"/>.</summary>
    private long SeparableBlurScratch(Shape source, int width, int terms, int stride)
    {
        long phasePitch = CacheSizes.Aligned((source.W + width - 1 + stride - 1) / stride + S.Width);
        long workerLength = CacheSizes.Aligned(stride * phasePitch * (terms + 1));
        return CacheSizes.Aligned(BlurTaps.ScratchLength(terms * width, 1)) + workerLength * _pool.Count;
    }

    private readonly struct SeparableBlurJob(
        float* x, Shape source, float* y, Shape target, float* addend, int stride, KernelFactors factors, BlurTaps taps,
        int left, int phasePitch, int bandRows, float* scratch, long workerLength) : IJob
    {
        public int BandsPerPlane => (target.H + bandRows - 1) / bandRows;

        public void Execute(int index, int worker)
        {
            int plane = index / BandsPerPlane;
            int firstRow = index % BandsPerPlane * bandRows;
            int lastRow = Math.Min(firstRow + bandRows, target.H);
            float* image = x + (long)plane * source.PlaneSize;
            float* lines = scratch + worker * workerLength;
            int linePitch = stride * phasePitch;
            float* whole = lines + (long)factors.Count * linePitch;
            for (int i = firstRow; i < lastRow; i++)
            {
                for (int term = 0; term < factors.Count; term++)
                {
                    float* line = lines + (long)term * linePitch;
                    float* sums = stride == 1 ? line : whole;
                    SumColumns(image, i * stride, factors.Columns + (long)term * factors.Height, sums + left);
                    Wrap(sums, left);
                    if (stride > 1)
                    {
                        SplitPhases(sums, stride, phasePitch - S.Width, line, phasePitch);
                    }
                }

                long start = (long)plane * target.PlaneSize + (long)i * target.W;
                OneRow(lines, taps, y + start, addend == null ? null : addend + start, target.W);
            }
        }

        /// <summary>sums[j] = Σ_a column[a] · x[centre + origin − a, j].</summary>
        private void SumColumns(float* image, int centre, float* column, float* sums)
        {
            int top = centre + (factors.Height - 1) / 2;
            int j = 0;
            for (; j <= source.W - 4 * S.Width; j += 4 * S.Width)
            {
                V a = S.Zero;
                V b = S.Zero;
                V c = S.Zero;
                V d = S.Zero;
                for (int k = 0; k < factors.Height; k++)
                {
                    V weight = S.Broadcast(column[k]);
                    float* row = image + (long)WrapRow(top - k) * source.W + j;
                    a = S.MultiplyAdd(weight, S.Load(row), a);
                    b = S.MultiplyAdd(weight, S.Load(row + S.Width), b);
                    c = S.MultiplyAdd(weight, S.Load(row + 2 * S.Width), c);
                    d = S.MultiplyAdd(weight, S.Load(row + 3 * S.Width), d);
                }

                StoreFour(sums + j, null, a, b, c, d);
            }

            for (; j < source.W; j++)
            {
                float sum = 0;
                for (int k = 0; k < factors.Height; k++)
                {
                    sum += column[k] * image[(long)WrapRow(top - k) * source.W + j];
                }

                sums[j] = sum;
            }
        }

        /// <summary>Wraps a row that is less than one image height outside, without a division.</summary>
        private int WrapRow(int row) => row < 0 ? row + source.H : row >= source.H ? row - source.H : row;

        /// <summary>Repeats the line periodically before and after its source.W sums.</summary>
        private void Wrap(float* line, int before)
        {
            for (int j = before - 1; j >= 0; j--)
            {
                line[j] = line[j + source.W];
            }

            int end = source.W + factors.Width - 1;
            for (int j = before + source.W; j < end; j++)
            {
                line[j] = line[j - source.W];
            }
        }
    }
}
