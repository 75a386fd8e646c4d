using InfAdmm.Engine;

namespace InfAdmm.Kernels.Cpu;

/// <summary>
/// x = Σ_a H_aᵀ Sᵀ (window_a ∘ y). A piece is a band of image rows. It multiplies the measured rows that reach the band
/// by the column weights of each anchor column. Then each image row, also where it is read beyond the edges, is a
/// correlation of those rows with the combined kernels of the measured rows, one for each of the s column phases. The
/// columns beyond the edges are added to the pixels that they stand for at the end. kh·kw/s² multiply-adds for each
/// pixel and anchor column above it.
/// </summary>
internal sealed unsafe partial class CpuDevice<S, V>
{
    protected override void VaryingBlurAdjointCore(
        Tensor y, VaryingKernels kernels, int stride, Boundary boundary, float scale, Tensor? addend, Tensor x)
    {
        AnchorKernels anchors = Anchors(kernels, y.Shape, scale);
        var geometry = AdjointGeometry.Of(y.Shape, x.Shape, anchors, stride, boundary);
        int bandRows = Math.Min(BandRows(x.Shape), VaryingBandRows);
        int widest = 0;
        for (int column = 0; column < anchors.Columns; column++)
        {
            (int first, int end) = anchors.Range(column);
            widest = Math.Max(widest, end - first);
        }

        int sourcePitch = (int)CacheSizes.Aligned(widest + 2 * geometry.Reach + S.Width);
        int sourceRows = (bandRows + anchors.Height - 2) / stride + 4;
        int linePitch = stride * geometry.PhasePitch;
        int places = anchors.Height * (geometry.Reach + 1);
        long workerLength = (long)anchors.Columns * sourceRows * sourcePitch + linePitch
            + CacheSizes.Aligned(BlurTaps.ScratchLength(places, 1));
        var job = new VaryingBlurAdjointJob(
            Pointer(y), y.Shape, Pointer(x), x.Shape, PointerOrNull(addend), anchors, geometry, bandRows, sourceRows,
            sourcePitch, Scratch(workerLength * _pool.Count), workerLength);
        _pool.Run(job, x.Shape.Planes * job.BandsPerPlane);
    }

    /// <summary>
    /// Where measured pixels land. Column j, inside the image or beyond its edges, is entry (j + Before)/stride of
    /// phase (j + Before) mod stride; entry q is reached by measured columns q − Reach … q.
    /// </summary>
    private readonly record struct AdjointGeometry(
        int Stride, Boundary Boundary, int LastRow, int LastColumn, int Before, int Reach, int PhasePitch)
    {
        public static AdjointGeometry Of(
            Shape measured, Shape image, AnchorKernels anchors, int stride, Boundary boundary)
        {
            int lastColumn = LastTap(anchors.Width, boundary);
            int before = (-FirstTap(anchors.Width, boundary) + stride - 1) / stride * stride;
            int reach = (lastColumn + before) / stride;
            int length = Math.Max(measured.W + reach, (image.W - 1 + before) / stride + 1);
            return new AdjointGeometry(
                stride, boundary, LastTap(anchors.Height, boundary), lastColumn, before, reach,
                (int)CacheSizes.Aligned(length));
        }

        /// <summary>
        /// The measured rows [first, end) that reach a row of the image, which may be beyond its edges. Periodic rows
        /// are not wrapped.
        /// </summary>
        public (int First, int End) Rows(int row, int kernelHeight, int measuredRows)
        {
            int first = FloorDivide(row - LastRow + Stride - 1);
            int end = FloorDivide(row + kernelHeight - 1 - LastRow) + 1;
            return Boundary == Boundary.Periodic
                ? (first, end)
                : (Math.Max(first, 0), Math.Max(Math.Min(end, measuredRows), Math.Max(first, 0)));
        }

        /// <summary>Column j in a line of phases.</summary>
        public float* At(float* line, int j) => line + (j + Before) % Stride * PhasePitch + (j + Before) / Stride;

        private int FloorDivide(int value) => value >= 0 ? value / Stride : -((-value + Stride - 1) / Stride);
    }

    private readonly struct VaryingBlurAdjointJob(
        float* y, Shape source, float* x, Shape target, float* addend, AnchorKernels anchors, AdjointGeometry geometry,
        int bandRows, int sourceRows, int sourcePitch, float* scratch, long workerLength) : IJob
    {
        public int BandsPerPlane => (target.H + bandRows - 1) / bandRows;

        public void Execute(int index, int worker)
        {
            int plane = index / BandsPerPlane;
            int firstRow = index % BandsPerPlane * bandRows;
            int rows = Math.Min(bandRows, target.H - firstRow);
            int linePitch = geometry.Stride * geometry.PhasePitch;
            float* line = scratch + worker * workerLength;
            float* weighted = line + linePitch;
            float* free = weighted + (long)anchors.Columns * sourceRows * sourcePitch;
            (int low, int high) = MeasuredRows(firstRow, rows);
            WeightColumns(y + (long)plane * source.PlaneSize, low, high, weighted);
            for (int row = firstRow; row < firstRow + rows; row++)
            {
                new Span<float>(line, linePitch).Clear();
                AddRow(row, low, weighted, free, line);
                if (geometry.Boundary == Boundary.Reflect)
                {
                    AddMirroredRows(row, low, weighted, free, line);
                }

                FoldColumns(line);
                long start = (long)plane * target.PlaneSize + (long)row * target.W;
                Finish(line, addend == null ? null : addend + start, x + start);
            }
        }

        /// <summary>All measured rows [low, high) that reach a band, directly or through mirrored rows.</summary>
        private (int Low, int High) MeasuredRows(int firstRow, int rows)
        {
            int low = int.MaxValue;
            int high = int.MinValue;
            for (int row = firstRow; row < firstRow + rows; row++)
            {
                Include(row, ref low, ref high);
                if (geometry.Boundary == Boundary.Reflect)
                {
                    Include(-row, ref low, ref high);
                    Include(2 * (target.H - 1) - row, ref low, ref high);
                }
            }

            return low < high ? (low, high) : (0, 0);
        }

        private void Include(int row, ref int low, ref int high)
        {
            (int first, int end) = geometry.Rows(row, anchors.Height, source.H);
            if (first < end)
            {
                low = Math.Min(low, first);
                high = Math.Max(high, end);
            }
        }

        /// <summary>
        /// Copies the measured rows times each anchor's column weights, with geometry.Reach zeros before and after.
        /// </summary>
        private void WeightColumns(float* measured, int low, int high, float* weighted)
        {
            for (int column = 0; column < anchors.Columns; column++)
            {
                (int first, int end) = anchors.Range(column);
                for (int row = low; row < high; row++)
                {
                    float* target = weighted + ((long)column * sourceRows + row - low) * sourcePitch;
                    new Span<float>(target, sourcePitch).Clear();
                    float* pixels = measured + (long)IndexArithmetic.Modulo(row, source.H) * source.W + first;
                    AddProducts(pixels, anchors.Column(column) + first, 1, null, target + geometry.Reach, end - first);
                }
            }
        }

        private void AddMirroredRows(int row, int low, float* weighted, float* free, float* line)
        {
            if (row > 0)
            {
                AddRow(-row, low, weighted, free, line);
            }

            if (row < target.H - 1)
            {
                AddRow(2 * (target.H - 1) - row, low, weighted, free, line);
            }
        }

        /// <summary>Adds what the measured rows give to a row, inside the image or beyond its edges.</summary>
        private void AddRow(int row, int low, float* weighted, float* free, float* line)
        {
            (int firstRow, int endRow) = geometry.Rows(row, anchors.Height, source.H);
            for (int column = 0; column < anchors.Columns && firstRow < endRow; column++)
            {
                (int first, int end) = anchors.Range(column);
                float* from = weighted + (long)column * sourceRows * sourcePitch;
                for (int phase = 0; phase < geometry.Stride && first < end; phase++)
                {
                    BlurTaps taps = Combine(row, low, column, phase, free);
                    float* to = line + (long)phase * geometry.PhasePitch + first;
                    if (taps.Count > 0)
                    {
                        OneRow(from, taps, to, to, end - first + geometry.Reach);
                    }
                }
            }
        }

        /// <summary>
        /// The taps of one phase of a row: entry (a, b) of the combined kernel of measured row i with
        /// a = s·i + LastRow − row and b = s·u + LastColumn + Before − phase, for the column at distance u ≤ 0.
        /// </summary>
        private BlurTaps Combine(int row, int low, int column, int phase, float* free)
        {
            int width = geometry.Reach + 1;
            (int first, int end) = geometry.Rows(row, anchors.Height, source.H);
            int places = (end - first) * width;
            BlurTaps taps = new() { Offsets = (int*)free, Weights = free + places, Rows = 1 };
            new Span<float>(taps.Weights, places).Clear();

            // The distances u = l − Reach for which b lies inside the kernel.
            int entry = geometry.LastColumn + geometry.Before - phase - geometry.Reach * geometry.Stride;
            int skipped = entry < 0 ? (-entry + geometry.Stride - 1) / geometry.Stride : 0;
            int firstEntry = entry + skipped * geometry.Stride;
            int entries = Math.Max((anchors.Width - 1 - firstEntry + geometry.Stride) / geometry.Stride, 0);
            for (int i = first; i < end; i++)
            {
                long start = (long)(i - first) * width;
                for (int l = 0; l < width; l++)
                {
                    taps.Offsets[start + l] = (i - low) * sourcePitch + l;
                }

                anchors.AddEntries(
                    IndexArithmetic.Modulo(i, source.H), column, geometry.Stride * i + geometry.LastRow - row,
                    firstEntry, geometry.Stride, entries, taps.Weights + start + skipped);
            }

            taps.DropZeros(places);
            return taps;
        }

        /// <summary>Adds the columns beyond the edges to the pixels that they stand for.</summary>
        private void FoldColumns(float* line)
        {
            FoldColumns(line, FirstTap(anchors.Width, geometry.Boundary), 0);
            FoldColumns(line, target.W, (source.W - 1) * geometry.Stride + geometry.LastColumn + 1);
        }

        private void FoldColumns(float* line, int first, int end)
        {
            for (int j = first; j < end; j++)
            {
                int pixel = Extended(j, target.W, geometry.Boundary);
                if (pixel >= 0)
                {
                    *geometry.At(line, pixel) += *geometry.At(line, j);
                }
            }
        }

        /// <summary>Interleaves the phases of a line and adds the addend.</summary>
        private void Finish(float* line, float* added, float* pixels)
        {
            int whole = target.W / geometry.Stride;
            float* inside = line + geometry.Before / geometry.Stride;
            if (geometry.Stride == 1)
            {
                AddLine(inside, added, pixels, target.W);
                return;
            }

            JoinPhases(inside, geometry.PhasePitch, geometry.Stride, whole, pixels, added);
            for (int j = whole * geometry.Stride; j < target.W; j++)
            {
                pixels[j] = *geometry.At(line, j) + (added == null ? 0 : added[j]);
            }
        }

        private static void AddLine(float* source, float* added, float* target, int count)
        {
            int j = 0;
            for (; j <= count - S.Width; j += S.Width)
            {
                V value = S.Load(source + j);
                S.Store(target + j, added == null ? value : S.Add(value, S.Load(added + j)));
            }

            for (; j < count; j++)
            {
                target[j] = added == null ? source[j] : source[j] + added[j];
            }
        }
    }
}
