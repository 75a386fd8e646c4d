using InfAdmm.Engine;

namespace InfAdmm.Kernels.Cpu;

/// <summary>
/// The layout of padded images in scratch: each plane with its border, zero or periodic, split into stride × stride
/// phases (pixels [a::s, b::s]), so that the pixels that one kernel tap reads along an output row are contiguous. A pad
/// may be negative (a crop) or larger than the image.
/// </summary>
internal unsafe struct PaddedPlanes
{
    public int SourceHeight;
    public int SourceWidth;

    /// <summary>Padded row r is source row r − Top.</summary>
    public int Top;

    /// <summary>Padded column c is source column c − Left.</summary>
    public int Left;

    public int Stride;
    public Boundary Boundary;

    /// <summary>The number of row phases that a tap reads; only these are stored.</summary>
    public int RowPhases;

    /// <summary>The number of column phases that a tap reads.</summary>
    public int ColumnPhases;

    /// <summary>Rows of one phase.</summary>
    public int Height;

    /// <summary>Columns of one phase, and floats from one row to the next.</summary>
    public int Width;

    /// <summary>
    /// Floats from one phase to the next: an odd number of cache lines, so that the planes of many channels do not map
    /// to the same cache sets.
    /// </summary>
    public readonly long PhasePitch =>
        (CacheSizes.Aligned((long)Height * Width) / CacheSizes.LineFloats | 1) * CacheSizes.LineFloats;

    /// <summary>Floats from one plane to the next.</summary>
    public readonly long PlanePitch => PhasePitch * RowPhases * ColumnPhases;

    /// <summary>The layout of the input of a convolution with outputs of the given size.</summary>
    public static PaddedPlanes ForConvolution(Shape x, Shape weights, Shape y, Conv2dSpec spec) => new()
    {
        SourceHeight = x.H,
        SourceWidth = x.W,
        Top = spec.Top,
        Left = spec.Left,
        Stride = spec.Stride,
        Boundary = spec.Boundary,
        RowPhases = Math.Min(spec.Stride, weights.H),
        ColumnPhases = Math.Min(spec.Stride, weights.W),
        Height = y.H + (weights.H - 1) / spec.Stride,
        Width = y.W + (weights.W - 1) / spec.Stride,
    };

    /// <summary>The offset of tap (k, l) of the first output in a plane.</summary>
    public readonly long TapOffset(int k, int l) =>
        (k % Stride * ColumnPhases + l % Stride) * PhasePitch + (long)(k / Stride) * Width + l / Stride;

    /// <summary>
    /// Copies every step-th pixel of a padded row, starting at padded column <paramref name="first"/>.
    /// </summary>
    /// <param name="plane">The source plane.</param>
    /// <param name="row">The padded row.</param>
    /// <param name="first">The padded column of the first pixel.</param>
    /// <param name="step">Columns from one pixel to the next.</param>
    /// <param name="count">Pixels to copy.</param>
    /// <param name="target">Receives the pixels, contiguous.</param>
    public readonly void CopyRow(float* plane, int row, int first, int step, int count, float* target)
    {
        int sourceRow = row - Top;
        if ((uint)sourceRow >= (uint)SourceHeight)
        {
            if (Boundary == Boundary.Zero)
            {
                new Span<float>(target, count).Clear();
                return;
            }

            sourceRow = IndexArithmetic.Modulo(sourceRow, SourceHeight);
        }

        float* source = plane + (long)sourceRow * SourceWidth;
        int column = first - Left;
        int before = column >= 0 ? 0 : Math.Min(count, (-column + step - 1) / step);
        int inside = column >= SourceWidth ? 0 : Math.Min(count, (SourceWidth - 1 - column) / step + 1);
        inside = Math.Max(inside, before);
        CopyBorder(source, column, step, 0, before, target);
        if (step == 1)
        {
            new ReadOnlySpan<float>(source + column + before, inside - before).CopyTo(
                new Span<float>(target + before, inside - before));
        }
        else
        {
            for (int i = before; i < inside; i++)
            {
                target[i] = source[column + (long)i * step];
            }
        }

        CopyBorder(source, column, step, inside, count, target);
    }

    private readonly void CopyBorder(float* source, int column, int step, int from, int to, float* target)
    {
        for (int i = from; i < to; i++)
        {
            target[i] = Boundary == Boundary.Zero ? 0 : source[IndexArithmetic.Modulo(column + i * step, SourceWidth)];
        }
    }
}

/// <summary>Fills padded planes; a piece is one plane. Bound by memory: reads 4 bytes and writes 4 per pixel.</summary>
internal unsafe struct PadJob : IJob
{
    public PaddedPlanes Layout;
    public float* Source;
    public float* Target;

    public readonly void Execute(int index, int worker)
    {
        float* plane = Source + (long)index * Layout.SourceHeight * Layout.SourceWidth;
        float* target = Target + index * Layout.PlanePitch;
        for (int a = 0; a < Layout.RowPhases; a++)
        {
            for (int b = 0; b < Layout.ColumnPhases; b++)
            {
                float* row = target;
                for (int r = 0; r < Layout.Height; r++)
                {
                    Layout.CopyRow(plane, r * Layout.Stride + a, b, Layout.Stride, Layout.Width, row);
                    row += Layout.Width;
                }

                target += Layout.PhasePitch;
                new Span<float>(row, (int)(target - row)).Clear();
            }
        }
    }
}
