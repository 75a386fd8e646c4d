using System.Numerics;
using InfAdmm.Engine;
using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Factorization;

namespace InfAdmm.Solvers.Operators;

/// <summary>
/// A symmetric circulant operator on a periodic grid, as a small kernel of odd size with its origin in the centre:
/// A Aᵀ, ρI + A Aᵀ, or an approximate inverse. Symmetric means k(−u, −v) = k(u, v).
/// </summary>
/// <param name="RadiusY">Rows on either side of the centre.</param>
/// <param name="RadiusX">Columns on either side of the centre.</param>
/// <param name="Values">The (2·RadiusY + 1) × (2·RadiusX + 1) entries in row-major order.</param>
public sealed record PeriodicKernel(int RadiusY, int RadiusX, double[] Values)
{
    /// <summary>The maximum number of entries of a kernel whose autocorrelation is summed term by term.</summary>
    private const int LargestDirect = 2500;

    /// <summary>The number of rows.</summary>
    public int Height => 2 * RadiusY + 1;

    /// <summary>The number of columns.</summary>
    public int Width => 2 * RadiusX + 1;

    /// <summary>The entry at the centre: the mean eigenvalue of the operator.</summary>
    public double Centre => this[0, 0];

    /// <summary>Whether the operator is a multiple of the identity.</summary>
    public bool IsScalar
    {
        get
        {
            double centre = Centre;
            return Values.Where((value, i) => i != Values.Length / 2).All(value => Math.Abs(value) <= 1e-15 * centre);
        }
    }

    /// <summary>The entry at an offset from the centre.</summary>
    public double this[int y, int x] => Values[(y + RadiusY) * Width + x + RadiusX];

    /// <summary>
    /// A Aᵀ for A = S H on the low-resolution grid: the autocorrelation of the kernel at multiples of the stride, with
    /// support 2⌊(k − 1)/s⌋ + 1 (docs/mathematics.md §3).
    /// </summary>
    public static PeriodicKernel Gram(BlurKernel kernel, int stride)
    {
        int radiusY = (kernel.Height - 1) / stride;
        int radiusX = (kernel.Width - 1) / stride;
        double[] values = new double[(2 * radiusY + 1) * (2 * radiusX + 1)];
        Func<int, int, double> autocorrelation = kernel.Values.Length <= LargestDirect
            ? (dy, dx) => Autocorrelation(kernel, dy, dx)
            : FourierAutocorrelation(kernel);
        int index = 0;
        for (int u = -radiusY; u <= radiusY; u++)
        {
            for (int v = -radiusX; v <= radiusX; v++)
            {
                values[index++] = autocorrelation(stride * u, stride * v);
            }
        }

        return new PeriodicKernel(radiusY, radiusX, values);
    }

    /// <summary>Returns this operator plus a multiple of the identity.</summary>
    public PeriodicKernel PlusIdentity(double rho)
    {
        double[] values = [.. Values];
        values[Values.Length / 2] += rho;
        return this with { Values = values };
    }

    /// <summary>
    /// Returns the kernel without the entries that are farther than a radius from the centre, in rows or columns.
    /// </summary>
    public PeriodicKernel Truncate(int radius)
    {
        int radiusY = Math.Min(radius, RadiusY);
        int radiusX = Math.Min(radius, RadiusX);
        var values = new List<double>();
        for (int u = -radiusY; u <= radiusY; u++)
        {
            for (int v = -radiusX; v <= radiusX; v++)
            {
                values.Add(this[u, v]);
            }
        }

        return new PeriodicKernel(radiusY, radiusX, [.. values]);
    }

    /// <summary>
    /// Returns a cheaper kernel with a relative error of at most <paramref name="tolerance"/> in the root of the sum of
    /// squares, which is the error on white noise. Outer rings are dropped first, then separable terms (of the singular
    /// value decomposition, which the device applies one by one), each within half of the tolerance.
    /// </summary>
    public PeriodicKernel Simplify(double tolerance)
    {
        double allowed = Math.Pow(tolerance / 2, 2) * Values.Sum(value => value * value);
        PeriodicKernel kernel = this;
        for (int radius = Math.Max(RadiusY, RadiusX) - 1; radius >= 0; radius--)
        {
            PeriodicKernel smaller = Truncate(radius);
            if (Values.Sum(value => value * value) - smaller.Values.Sum(value => value * value) > allowed)
            {
                break;
            }

            kernel = smaller;
        }

        return kernel.LimitRank(allowed);
    }

    /// <summary>
    /// Returns the kernel as a tensor for a device's periodic blur on a grid of the given size. Entries beyond the grid
    /// wrap around.
    /// </summary>
    public Tensor ToTensor(Device device, Shape grid)
    {
        int height = Math.Min(Height, grid.H);
        int width = Math.Min(Width, grid.W);
        float[] folded = new float[height * width];
        for (int u = -RadiusY; u <= RadiusY; u++)
        {
            for (int v = -RadiusX; v <= RadiusX; v++)
            {
                int row = IndexArithmetic.Modulo(u + (height - 1) / 2, height);
                int column = IndexArithmetic.Modulo(v + (width - 1) / 2, width);
                folded[row * width + column] += (float)this[u, v];
            }
        }

        return device.Allocate(Shape.Matrix(height, width), folded);
    }

    /// <summary>The eigenvalues on a grid of height × width: the kernel's DFT, which is real.</summary>
    public double[] Spectrum(int height, int width)
    {
        Complex[] half = KernelSpectrum.Of(Values, Height, RadiusY, RadiusX, height, width);
        int columns = KernelSpectrum.Columns(width);
        var spectrum = new double[height * width];
        for (int u = 0; u < height; u++)
        {
            int opposite = (height - u) % height;
            for (int v = 0; v < width; v++)
            {
                spectrum[u * width + v] =
                    v < columns ? half[u * columns + v].Real : half[opposite * columns + width - v].Real;
            }
        }

        return spectrum;
    }

    /// <summary>
    /// Returns a function of the eigenvalues as a gain for <see cref="Device.ScaleSpectrum"/>: (1, 1, height, ⌊width/2⌋
    /// + 1), on the half spectrum of the grid.
    /// </summary>
    public Tensor ToGain(Device device, Shape grid, Func<double, double> function)
    {
        double[] half = HalfSpectrum(grid.H, grid.W);
        return device.Allocate(
            Shape.Matrix(grid.H, half.Length / grid.H), Array.ConvertAll(half, value => (float)function(value)));
    }

    /// <summary>The eigenvalues of the columns 0 … ⌊width/2⌋ of each row of frequencies.</summary>
    public double[] HalfSpectrum(int height, int width) =>
        Array.ConvertAll(KernelSpectrum.Of(Values, Height, RadiusY, RadiusX, height, width), value => value.Real);

    /// <summary>Drops separable terms while the sum of squares of the dropped part stays within a bound.</summary>
    private PeriodicKernel LimitRank(double allowed)
    {
        Matrix<double> matrix = Matrix<double>.Build.Dense(Height, Width, (i, j) => Values[i * Width + j]);
        Svd<double> svd = matrix.Svd();
        int rank = svd.S.Count;
        double dropped = 0;
        while (rank > 1 && dropped + svd.S[rank - 1] * svd.S[rank - 1] <= allowed)
        {
            rank--;
            dropped += svd.S[rank] * svd.S[rank];
        }

        Matrix<double> kept = svd.U.SubMatrix(0, Height, 0, rank)
            * Matrix<double>.Build.DenseOfDiagonalVector(svd.S.SubVector(0, rank))
            * svd.VT.SubMatrix(0, rank, 0, Width);
        return this with { Values = kept.Transpose().ToColumnMajorArray() };
    }

    /// <summary>The autocorrelation of a large kernel, by a transform of twice its size.</summary>
    private static Func<int, int, double> FourierAutocorrelation(BlurKernel kernel)
    {
        int height = 2 * kernel.Height;
        int width = 2 * kernel.Width;
        var grid = new Complex[height * width];
        for (int i = 0; i < kernel.Height; i++)
        {
            for (int j = 0; j < kernel.Width; j++)
            {
                grid[i * width + j] = kernel[i, j];
            }
        }

        DoubleFourier.Forward(grid, height, width);
        for (int i = 0; i < grid.Length; i++)
        {
            grid[i] = grid[i].Real * grid[i].Real + grid[i].Imaginary * grid[i].Imaginary;
        }

        DoubleFourier.Inverse(grid, height, width);
        return (dy, dx) => grid[IndexArithmetic.Modulo(dy, height) * width + IndexArithmetic.Modulo(dx, width)].Real;
    }

    private static double Autocorrelation(BlurKernel kernel, int dy, int dx)
    {
        double sum = 0;
        for (int i = Math.Max(0, -dy); i < Math.Min(kernel.Height, kernel.Height - dy); i++)
        {
            for (int j = Math.Max(0, -dx); j < Math.Min(kernel.Width, kernel.Width - dx); j++)
            {
                sum += kernel[i, j] * kernel[i + dy, j + dx];
            }
        }

        return sum;
    }
}
