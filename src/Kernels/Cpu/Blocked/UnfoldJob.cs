using InfAdmm.Engine;
using InfAdmm.Kernels.Cpu.Simd;

namespace InfAdmm.Kernels.Cpu.Blocked;

/// <summary>
/// Brings NCHW images of few channels into the blocked layout with the taps of a kernel's row written out: lane l·C + c of
/// an output column j is channel c at input column j·stride + l − left. A kernel of Kh × Kw then is one of Kh × 1 over
/// Kw·C channels, whose steps are neighbours. Rows beyond the edge are written too. A piece is some rows; bound by
/// memory.
/// </summary>
internal unsafe struct UnfoldJob<S, V> : IJob
    where S : struct, ISimd<V>
    where V : unmanaged
{
    /// <summary>Pixels that make a piece worth handing out.</summary>
    private const int PixelsPerRun = 512;

    public float* Planes;
    public Shape Shape;
    public int Taps;
    public int Stride;
    public int Left;
    public Boundary Boundary;
    public BlockedPlanes Blocks;

    /// <summary>Pieces: runs of rows of all images, those of the border included.</summary>
    public readonly int Count => (AllRows + RowsPerRun - 1) / RowsPerRun;

    private readonly int AllRows => Blocks.Images * RowsWithBorder;

    private readonly int RowsPerRun => Math.Max(PixelsPerRun / Blocks.Width, 1);

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
        int source = Boundary == Boundary.Circular ? Wrap(row, Shape.H) : row;
        if (source < 0 || source >= Shape.H)
        {
            // Rows of a zero border were zero from the start.
            return;
        }

        float* line = Planes + (long)image * Shape.C * Shape.PlaneSize + (long)source * Shape.W;
        int whole = Stride == 1 ? Math.Max(Shape.W - Taps + 1, 0) / S.Width * S.Width : 0;
        int first = whole == 0 ? 0 : Left;
        whole = Math.Min(whole, (Blocks.Width - first) / S.Width * S.Width);
        for (int lane = 0; lane < Taps * Shape.C; lane++)
        {
            FillLane(line, lane, row, image, 0, first);
            FillLane(line, lane, row, image, first + whole, Blocks.Width);
        }

        for (int block = 0; whole > 0 && block < Blocks.Blocks; block++)
        {
            Transpose(line, block, Blocks.Pixel(image, block, row, 0), first, first + whole);
        }
    }

    /// <summary>Columns whose taps all lie inside, in squares of the vector width.</summary>
    private readonly void Transpose(float* line, int block, float* target, int first, int end)
    {
        float** sources = stackalloc float*[S.Width];
        float** targets = stackalloc float*[S.Width];
        for (int i = 0; i < S.Width; i++)
        {
            // Lanes that do not exist repeat one that does; nobody reads them.
            int lane = Math.Min(block * S.Width + i, Taps * Shape.C - 1);
            sources[i] = line + (long)(lane % Shape.C) * Shape.PlaneSize + lane / Shape.C - Left;
            targets[i] = target + i * S.Width;
        }

        for (int column = first; column < end; column += S.Width)
        {
            S.Transpose(sources, column, targets, column * S.Width);
        }
    }

    private readonly void FillLane(float* line, int lane, int row, int image, int first, int end)
    {
        float* source = line + (long)(lane % Shape.C) * Shape.PlaneSize;
        float* target = Blocks.Pixel(image, lane / S.Width, row, 0) + lane % S.Width;
        for (int column = first; column < end; column++)
        {
            int at = column * Stride + lane / Shape.C - Left;
            at = Boundary == Boundary.Circular ? Wrap(at, Shape.W) : at;
            target[column * S.Width] = at >= 0 && at < Shape.W ? source[at] : 0;
        }
    }

    private static int Wrap(int index, int size) => index >= 0 && index < size ? index : (index % size + size) % size;
}
