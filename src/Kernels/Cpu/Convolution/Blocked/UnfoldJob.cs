using InfAdmm.Engine;

namespace InfAdmm.Kernels.Cpu;

/// <summary>
/// Converts NCHW images of few channels to the blocked layout with the taps of a kernel row unfolded into channels:
/// lane l·C + c of output column j is channel c at input column j·stride + l − left. A Kh × Kw kernel then becomes a Kh
/// × 1 kernel over Kw·C channels, whose steps are contiguous. Rows beyond the edge are written too. A piece is a run of
/// rows; bound by memory.
/// </summary>
internal unsafe struct UnfoldJob<S, V> : IJob
    where S : struct, ISimd<V>
    where V : unmanaged
{
    public float* Planes;
    public Shape Shape;
    public int Taps;
    public int Stride;
    public int Left;
    public Boundary Boundary;
    public BlockedPlanes Blocks;

    /// <summary>The number of pieces: runs of rows of all images, including those of the border.</summary>
    public readonly int Count => (AllRows + RowsPerRun - 1) / RowsPerRun;

    private readonly int AllRows => Blocks.Images * RowsWithBorder;

    private readonly int RowsPerRun => Math.Max(PieceSizes.Pixels / Blocks.Width, 1);

    private readonly int RowsWithBorder => Blocks.Top + Blocks.Height + Blocks.Bottom;

    public readonly void Execute(int index, int worker)
    {
        int end = Math.Min((index + 1) * RowsPerRun, AllRows);
        for (int row = index * RowsPerRun; row < end; row++)
        {
            Unfold(row / RowsWithBorder, row % RowsWithBorder - Blocks.Top);
        }
    }

    private readonly void Unfold(int image, int row)
    {
        int source = Boundary == Boundary.Periodic ? IndexArithmetic.Modulo(row, Shape.H) : row;
        if (source < 0 || source >= Shape.H)
        {
            // The rows of a zero border are zero from the start.
            return;
        }

        float* line = Planes + (long)image * Shape.C * Shape.PlaneSize + (long)source * Shape.W;
        for (int column = 0; column < Blocks.Width; column += S.Width)
        {
            UnfoldColumns(line, image, row, column);
        }
    }

    /// <summary>Unfolds as many columns as lanes: fills one line per lane, then transposes the square.</summary>
    private readonly void UnfoldColumns(float* line, int image, int row, int column)
    {
        int first = column * Stride - Left;
        int reach = Stride * S.Width + Taps;
        bool inside = first >= 0 && first + reach <= Shape.W;
        float* window = stackalloc float[inside ? 0 : Shape.C * reach];
        float* square = stackalloc float[S.Width * S.Width];
        float* dump = stackalloc float[S.Width];
        float** lanes = stackalloc float*[S.Width];
        float** targets = stackalloc float*[S.Width];
        for (int c = 0; c < Shape.C && !inside; c++)
        {
            CopyWindow(line + (long)c * Shape.PlaneSize, first, new Span<float>(window + c * reach, reach));
        }

        for (int block = 0; block < Blocks.Blocks; block++)
        {
            float* pixels = Blocks.Pixel(image, block, row, column);
            for (int i = 0; i < S.Width; i++)
            {
                lanes[i] = square + i * S.Width;
                targets[i] = column + i < Blocks.Width ? pixels + i * S.Width : dump;
            }

            // Lanes beyond the last are undefined and not used.
            int count = Math.Min(S.Width, Taps * Shape.C - block * S.Width);
            for (int i = 0; i < count; i++)
            {
                int lane = block * S.Width + i;
                int c = lane % Shape.C;
                float* source = inside ? line + (long)c * Shape.PlaneSize + first : window + c * reach;
                LoadStrided(source + lane / Shape.C, lanes[i]);
            }

            S.Transpose(lanes, 0, targets, 0);
        }
    }

    private readonly void LoadStrided(float* source, float* target)
    {
        if (Stride == 1)
        {
            S.Store(target, S.Load(source));
        }
        else if (Stride == 2)
        {
            S.Deinterleave2(source, out V even, out _);
            S.Store(target, even);
        }
        else
        {
            for (int i = 0; i < S.Width; i++)
            {
                target[i] = source[i * Stride];
            }
        }
    }

    /// <summary>Copies a part of a row that crosses its ends, extended by zeros or periodically.</summary>
    private readonly void CopyWindow(float* line, int first, Span<float> window)
    {
        int begin = Math.Clamp(-first, 0, window.Length);
        int end = Math.Clamp(Shape.W - first, begin, window.Length);
        new ReadOnlySpan<float>(line + first + begin, end - begin).CopyTo(window[begin..]);
        if (Boundary != Boundary.Periodic)
        {
            window[..begin].Clear();
            window[end..].Clear();
            return;
        }

        for (int i = 0; i < window.Length; i++)
        {
            i = i == begin ? end : i;
            if (i < window.Length)
            {
                window[i] = line[IndexArithmetic.Modulo(first + i, Shape.W)];
            }
        }
    }
}
