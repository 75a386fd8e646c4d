using InfAdmm.Engine;

namespace InfAdmm.Kernels.Cpu;

/// <summary>
/// Fills the border of blocked planes with the periodic extension of the image, or with zeros. A piece is one plane;
/// bound by memory.
/// </summary>
internal unsafe struct BorderJob : IJob
{
    public BlockedPlanes Planes;
    public bool Wraps;

    /// <summary>The number of pieces: the planes of all images.</summary>
    public readonly int Count => Planes.Images * Planes.Blocks;

    public readonly void Execute(int index, int worker)
    {
        int image = index / Planes.Blocks;
        int block = index % Planes.Blocks;
        for (int row = -Planes.Top; row < Planes.Height + Planes.Bottom; row++)
        {
            int source = IndexArithmetic.Modulo(row, Planes.Height);
            bool inside = source == row;
            for (int column = -Planes.Left; column < Planes.Width + Planes.Right; column++)
            {
                if (inside && column == 0)
                {
                    column = Planes.Width;
                    if (Planes.Right == 0)
                    {
                        break;
                    }
                }

                var target = new Span<float>(Planes.Pixel(image, block, row, column), Planes.Lanes);
                if (Wraps)
                {
                    float* from = Planes.Pixel(image, block, source, IndexArithmetic.Modulo(column, Planes.Width));
                    new ReadOnlySpan<float>(from, Planes.Lanes).CopyTo(target);
                }
                else
                {
                    target.Clear();
                }
            }
        }
    }
}
