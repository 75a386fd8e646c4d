using InfAdmm.Engine;
using InfAdmm.Kernels.Cpu.Simd;

namespace InfAdmm.Kernels.Cpu.Blocked;

/// <summary>
/// Brings NCHW images of few channels into the blocked layout with the taps of a kernel's row written out: lane l·C + c of
/// an output column j is channel c at input column j·stride + l − left. A kernel of Kh × Kw then is one of Kh × 1 over
/// Kw·C channels, whose steps are neighbours. Rows beyond the edge are written too. A piece is one row of one image;
/// bound by memory.
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

    /// <summary>Pieces: rows of all images, those of the border included.</summary>
    public readonly int Count => Blocks.Images * RowsWithBorder;

    private readonly int RowsWithBorder => Blocks.Top + Blocks.Height + Blocks.Bottom;

    public readonly void Execute(int index, int worker)
    {
        int image = index / RowsWithBorder;
        int row = index % RowsWithBorder - Blocks.Top;
        int source = Boundary == Boundary.Circular ? Wrap(row, Shape.H) : row;
        float* planes = Planes + (long)image * Shape.C * Shape.PlaneSize;
        for (int tap = 0; tap < Taps; tap++)
        {
            for (int c = 0; c < Shape.C; c++)
            {
                int lane = tap * Shape.C + c;
                float* target = Blocks.Pixel(image, lane / S.Width, row, 0) + lane % S.Width;
                bool inside = source >= 0 && source < Shape.H;
                FillLane(inside ? planes + ((long)c * Shape.H + source) * Shape.W : null, tap - Left, target);
            }
        }
    }

    private readonly void FillLane(float* line, int shift, float* target)
    {
        for (int column = 0; column < Blocks.Width; column++)
        {
            int at = column * Stride + shift;
            at = Boundary == Boundary.Circular ? Wrap(at, Shape.W) : at;
            target[column * S.Width] = line != null && at >= 0 && at < Shape.W ? line[at] : 0;
        }
    }

    private static int Wrap(int index, int size) => index >= 0 && index < size ? index : (index % size + size) % size;
}
