using InfAdmm.Engine;

namespace InfAdmm.Kernels.Cpu;

/// <summary>
/// The extension of an image beyond its edges, and the adjoint of a blur that is not periodic. Each image row is the
/// sum over the measured rows that read it, directly or, with reflection, through its mirror images beyond the edges:
/// kh·kw/s² multiply-adds per pixel on contiguous runs, since each of the s column phases has a line of its own.
/// </summary>
internal sealed unsafe partial class CpuDevice<S, V>
{
    /// <summary>
    /// The image index that the first entry of the flipped kernel reads for the first output: o − (size − 1) for the
    /// origin o = (size − 1)/2, and 0 for the valid boundary.
    /// </summary>
    private static int FirstTap(int size, Boundary boundary) => LastTap(size, boundary) - (size - 1);

    /// <summary>The image index that the last entry of the flipped kernel reads for the first output.</summary>
    private static int LastTap(int size, Boundary boundary) =>
        boundary == Boundary.Valid ? size - 1 : (size - 1) / 2;

    /// <summary>The index in [0, size) that an index beyond the edges refers to; −1 for a zero.</summary>
    private static int Extended(int index, int size, Boundary boundary)
    {
        if (index >= 0 && index < size)
        {
            return index;
        }

        if (boundary == Boundary.Periodic)
        {
            return IndexArithmetic.Modulo(index, size);
        }

        int mirrored = index < 0 ? -index : 2 * (size - 1) - index;
        return boundary == Boundary.Reflect && mirrored >= 0 && mirrored < size ? mirrored : -1;
    }

    /// <summary>target[c] = source[c + start] for c in [0, length), extended; zeros if source is null.</summary>
    private static void CopyExtended(
        float* source, int size, int start, Boundary boundary, float* target, int length)
    {
        if (boundary == Boundary.Periodic)
        {
            CopyWrapped(source, size, start, target, length);
            return;
        }

        if (source == null)
        {
            new Span<float>(target, length).Clear();
            return;
        }

        int before = Math.Min(Math.Max(-start, 0), length);
        int run = Math.Clamp(size - start - before, 0, length - before);
        for (int c = 0; c < before; c++)
        {
            int place = Extended(c + start, size, boundary);
            target[c] = place < 0 ? 0 : source[place];
        }

        new ReadOnlySpan<float>(source + start + before, run).CopyTo(new Span<float>(target + before, run));
        for (int c = before + run; c < length; c++)
        {
            int place = Extended(c + start, size, boundary);
            target[c] = place < 0 ? 0 : source[place];
        }
    }

    private void BoundedBlurAdjoint(
        Tensor y, Tensor kernel, int stride, Boundary boundary, float scale, Tensor? addend, Tensor x)
    {
        int width = kernel.Shape.W;
        int before = -FirstTap(width, boundary);
        before += (stride - before % stride) % stride;
        long phasePitch = CacheSizes.Aligned((before + x.Shape.W + width) / stride + 1);
        float* lines = Scratch(stride * phasePitch * _pool.Count);
        var job = new BoundedBlurAdjointJob(
            Pointer(y), y.Shape, Pointer(kernel), kernel.Shape, stride, boundary, scale, PointerOrNull(addend),
            Pointer(x), x.Shape, before, phasePitch, lines);
        _pool.Run(job, x.Shape.Planes * x.Shape.H);
    }

    /// <summary>A piece is one row of the image.</summary>
    private readonly struct BoundedBlurAdjointJob(
        float* y, Shape source, float* kernel, Shape kernelShape, int stride, Boundary boundary, float scale,
        float* addend, float* x, Shape target, int before, long phasePitch, float* scratch) : IJob
    {
        public void Execute(int index, int worker)
        {
            int plane = index / target.H;
            int row = index % target.H;
            float* measured = y + (long)plane * source.PlaneSize;
            float* line = scratch + worker * stride * phasePitch;
            new Span<float>(line, (int)(stride * phasePitch)).Clear();
            GatherRow(measured, row, line);
            if (boundary == Boundary.Reflect)
            {
                if (row > 0)
                {
                    GatherRow(measured, -row, line);
                }

                if (row < target.H - 1)
                {
                    GatherRow(measured, 2 * (target.H - 1) - row, line);
                }

                FoldEdges(line);
            }

            float* pixels = x + (long)index * target.W;
            float* added = addend == null ? null : addend + (long)index * target.W;
            for (int j = 0; j < target.W; j++)
            {
                float value = scale * *At(line, j);
                pixels[j] = added == null ? value : value + added[j];
            }
        }

        /// <summary>Column j, inside the image or beyond its edges, in a line of phases.</summary>
        private float* At(float* line, int j) => line + (j + before) % stride * phasePitch + (j + before) / stride;

        /// <summary>
        /// line[s·j + last − b] += kernel[a, b]·y[i, j] for all rows i of y that read this image row.
        /// </summary>
        private void GatherRow(float* measured, int row, float* line)
        {
            int lastRow = LastTap(kernelShape.H, boundary);
            int lastColumn = LastTap(kernelShape.W, boundary);
            for (int a = 0; a < kernelShape.H; a++)
            {
                int place = row + a - lastRow;
                if (place < 0 || place % stride != 0 || place / stride >= source.H)
                {
                    continue;
                }

                float* values = measured + (long)(place / stride) * source.W;
                for (int b = 0; b < kernelShape.W; b++)
                {
                    AddScaled(kernel[a * kernelShape.W + b], values, At(line, lastColumn - b), source.W);
                }
            }
        }

        /// <summary>Adds the columns beyond the edges to the columns that they mirror.</summary>
        private void FoldEdges(float* line)
        {
            int first = FirstTap(kernelShape.W, boundary);
            for (int j = first; j < 0; j++)
            {
                *At(line, -j) += *At(line, j);
            }

            int end = (source.W - 1) * stride + LastTap(kernelShape.W, boundary);
            for (int j = target.W; j <= end; j++)
            {
                *At(line, 2 * (target.W - 1) - j) += *At(line, j);
            }
        }

        private static void AddScaled(float weight, float* source, float* target, int count)
        {
            int j = 0;
            for (; j <= count - S.Width; j += S.Width)
            {
                S.Store(target + j, S.MultiplyAdd(S.Broadcast(weight), S.Load(source + j), S.Load(target + j)));
            }

            for (; j < count; j++)
            {
                target[j] += weight * source[j];
            }
        }
    }
}
