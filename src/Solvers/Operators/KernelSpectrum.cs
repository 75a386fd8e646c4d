using System.Numerics;
using InfAdmm.Engine;

namespace InfAdmm.Solvers.Operators;

/// <summary>
/// The DFT of a real kernel with its origin moved to (0, 0) on a periodic grid, in double precision: columns 0 …
/// ⌊width/2⌋ of each row; the others are conjugates. A small kernel is summed term by term, along its rows and then
/// along its columns, with height · width/2 · rows multiply-adds. Transforms of whole grids by MathNet took eleven of
/// the thirteen seconds of a first deblurring at 1024².
/// </summary>
internal static class KernelSpectrum
{
    /// <summary>The maximum number of rows of a kernel that is summed directly.</summary>
    private const int MostRows = 200;

    /// <summary>The number of columns that are computed.</summary>
    public static int Columns(int width) => width / 2 + 1;

    /// <summary>Computes the transform.</summary>
    /// <param name="kernel">The kernel in row-major order.</param>
    /// <param name="rows">The number of rows of the kernel.</param>
    /// <param name="originRow">The kernel row that is moved to row 0 of the grid.</param>
    /// <param name="originColumn">The kernel column that is moved to column 0.</param>
    /// <param name="height">The height of the grid. Entries outside the grid wrap around.</param>
    /// <param name="width">The width of the grid.</param>
    public static Complex[] Of(
        ReadOnlySpan<double> kernel, int rows, int originRow, int originColumn, int height, int width) =>
        rows <= MostRows
            ? Sum(kernel, rows, originRow, originColumn, height, width)
            : Transform(kernel, rows, originRow, originColumn, height, width);

    private static Complex[] Sum(
        ReadOnlySpan<double> kernel, int rows, int originRow, int originColumn, int height, int width)
    {
        int columns = kernel.Length / rows;
        int half = Columns(width);
        Complex[] roots = Roots(width);
        var lines = new Complex[rows * half];
        for (int a = 0; a < rows; a++)
        {
            for (int b = 0; b < columns; b++)
            {
                double value = kernel[a * columns + b];
                int step = IndexArithmetic.Modulo(b - originColumn, width);
                int place = 0;
                for (int v = 0; v < half && value != 0; v++)
                {
                    lines[a * half + v] += value * roots[place];
                    place = place + step < width ? place + step : place + step - width;
                }
            }
        }

        return SumRows(lines, rows, originRow, height);
    }

    private static Complex[] SumRows(Complex[] lines, int rows, int originRow, int height)
    {
        int half = lines.Length / rows;
        Complex[] roots = Roots(height);
        var spectrum = new Complex[height * half];
        for (int u = 0; u < height; u++)
        {
            Span<Complex> row = spectrum.AsSpan(u * half, half);
            for (int a = 0; a < rows; a++)
            {
                Complex root = roots[(int)((long)IndexArithmetic.Modulo(a - originRow, height) * u % height)];
                ReadOnlySpan<Complex> line = lines.AsSpan(a * half, half);
                for (int v = 0; v < half; v++)
                {
                    row[v] += root * line[v];
                }
            }
        }

        return spectrum;
    }

    private static Complex[] Transform(
        ReadOnlySpan<double> kernel, int rows, int originRow, int originColumn, int height, int width)
    {
        int columns = kernel.Length / rows;
        var grid = new Complex[height * width];
        for (int i = 0; i < kernel.Length; i++)
        {
            int row = IndexArithmetic.Modulo(i / columns - originRow, height);
            grid[row * width + IndexArithmetic.Modulo(i % columns - originColumn, width)] += kernel[i];
        }

        DoubleFourier.Forward(grid, height, width);
        int half = Columns(width);
        var spectrum = new Complex[height * half];
        for (int u = 0; u < height; u++)
        {
            Array.Copy(grid, u * width, spectrum, u * half, half);
        }

        return spectrum;
    }

    /// <summary>exp(−2πi k / count).</summary>
    private static Complex[] Roots(int count) =>
        [.. Enumerable.Range(0, count).Select(k => Complex.FromPolarCoordinates(1, -2 * Math.PI * k / count))];
}
