using InfAdmm.Engine;

namespace InfAdmm.Solvers.Operators;

/// <summary>One row of the matrix of a blur and decimation, from its definition in double precision.</summary>
internal static class BlurRow
{
    /// <summary>Appends (pixel, weight) for one measured pixel.</summary>
    /// <param name="kernel">The entries of the kernel at this pixel, in row-major order.</param>
    /// <param name="kernelShape">The shape of the kernel, (1, 1, kh, kw).</param>
    /// <param name="stride">The distance between measured pixels.</param>
    /// <param name="boundary">How the blur extends an image beyond its edges.</param>
    /// <param name="image">The shape of the image.</param>
    /// <param name="row">The row of the measured pixel.</param>
    /// <param name="column">The column of the measured pixel.</param>
    /// <param name="entries">Receives the entries; a pixel may occur more than once.</param>
    public static void Append(
        ReadOnlySpan<double> kernel, Shape kernelShape, int stride, Boundary boundary, Shape image, int row,
        int column, List<(int Pixel, double Weight)> entries)
    {
        // y(i) = Σ_a h(a)·x(place(i) + origin − a), where place is the pixel that is kept.
        int top = Place(row, kernelShape.H, stride, boundary);
        int left = Place(column, kernelShape.W, stride, boundary);
        for (int a = 0; a < kernelShape.H; a++)
        {
            int y = GridIndex.Beyond(top - a, image.H, boundary);
            for (int b = 0; b < kernelShape.W && y >= 0; b++)
            {
                int x = GridIndex.Beyond(left - b, image.W, boundary);
                double weight = kernel[a * kernelShape.W + b];
                if (x >= 0 && weight != 0)
                {
                    entries.Add((y * image.W + x, weight));
                }
            }
        }
    }

    /// <summary>
    /// The position of tap 0 for a measured row or column, with the kernel's origin at the pixel that is kept.
    /// </summary>
    private static int Place(int index, int size, int stride, Boundary boundary) =>
        index * stride + (boundary == Boundary.Valid ? size - 1 : (size - 1) / 2);
}
