using System.Numerics;
using InfAdmm.Engine;
using InfAdmm.Solvers.Operators;

namespace InfAdmm.Solvers.ZUpdate;

/// <summary>
/// The reference for a periodic blur: direct sums for A and Aᵀ, and a double-precision DFT on the low-resolution grid.
/// </summary>
public sealed class PeriodicReference : ExactReference
{
    /// <summary>
    /// Taps per pixel above which A and Aᵀ use the Fourier transform: direct sums would take seconds.
    /// </summary>
    private const int LargestDirect = 200;

    private readonly IBlur _operator;
    private readonly double[] _y;
    private readonly double[] _eigenvalues;
    private readonly (int Row, int Column, double Weight)[] _taps;
    private readonly Complex[] _transfer;

    /// <summary>Creates the reference for a measurement and ρ.</summary>
    public PeriodicReference(IBlur linearOperator, Tensor y, double rho)
        : base(rho)
    {
        _operator = linearOperator;
        _y = Array.ConvertAll(y.ToArray(), value => (double)value);
        BlurKernel kernel = linearOperator.Kernel;
        _taps =
        [
            .. from a in Enumerable.Range(0, kernel.Height)
               from b in Enumerable.Range(0, kernel.Width)
               where kernel[a, b] != 0
               select (a - (kernel.Height - 1) / 2, b - (kernel.Width - 1) / 2, kernel[a, b]),
        ];
        _transfer = Transfer();
        _eigenvalues = Eigenvalues();
    }

    /// <inheritdoc/>
    public override double[] Solve(double[] q, CancellationToken cancellation = default)
    {
        cancellation.ThrowIfCancellationRequested();
        Shape image = _operator.ImageShape;
        Shape grid = _operator.MeasurementShape;
        if (_taps.Length > LargestDirect * _operator.Stride * _operator.Stride)
        {
            return SolveInFourierSpace(q);
        }

        double[] z = [.. q];
        var w = new Complex[grid.PlaneSize];
        for (int plane = 0; plane < image.Planes; plane++)
        {
            int imageStart = plane * image.PlaneSize;
            int gridStart = plane * grid.PlaneSize;
            Parallel.For(0, grid.H, i => MeasureRow(q, imageStart, gridStart, i, w));
            DoubleFourier.Forward(w, grid.H, grid.W);
            for (int k = 0; k < w.Length; k++)
            {
                w[k] /= _eigenvalues[k] + Rho;
            }

            DoubleFourier.Inverse(w, grid.H, grid.W);
            AddAdjoint(w, z, imageStart);
        }

        return z;
    }

    /// <summary>
    /// Γ(k) = (1/s²) Σ |ĥ(K)|² over the frequencies K that alias onto k (docs/mathematics.md §3).
    /// </summary>
    private double[] Eigenvalues()
    {
        Shape image = _operator.ImageShape;
        Shape grid = _operator.MeasurementShape;
        double[] eigenvalues = new double[grid.PlaneSize];
        int aliases = _operator.Stride * _operator.Stride;
        for (int i = 0; i < image.H; i++)
        {
            for (int j = 0; j < image.W; j++)
            {
                Complex value = _transfer[i * image.W + j];
                double power = value.Real * value.Real + value.Imaginary * value.Imaginary;
                eigenvalues[i % grid.H * grid.W + j % grid.W] += power / aliases;
            }
        }

        return eigenvalues;
    }

    /// <summary>ĥ: the DFT of the kernel with its origin moved to (0, 0).</summary>
    private Complex[] Transfer()
    {
        Shape image = _operator.ImageShape;
        var transfer = new Complex[image.PlaneSize];
        foreach ((int rowOffset, int columnOffset, double weight) in _taps)
        {
            int row = IndexArithmetic.Modulo(rowOffset, image.H);
            transfer[row * image.W + IndexArithmetic.Modulo(columnOffset, image.W)] += weight;
        }

        DoubleFourier.Forward(transfer, image.H, image.W);
        return transfer;
    }

    /// <summary>The closed form of docs/mathematics.md §3 on full complex spectra.</summary>
    private double[] SolveInFourierSpace(double[] q)
    {
        Shape image = _operator.ImageShape;
        Shape grid = _operator.MeasurementShape;
        double[] z = new double[q.Length];
        int aliases = _operator.Stride * _operator.Stride;
        for (int plane = 0; plane < image.Planes; plane++)
        {
            var spectrum = new Complex[image.PlaneSize];
            var w = new Complex[grid.PlaneSize];
            for (int i = 0; i < spectrum.Length; i++)
            {
                spectrum[i] = q[plane * image.PlaneSize + i];
            }

            for (int i = 0; i < w.Length; i++)
            {
                w[i] = _y[plane * grid.PlaneSize + i];
            }

            DoubleFourier.Forward(spectrum, image.H, image.W);
            DoubleFourier.Forward(w, grid.H, grid.W);
            for (int i = 0; i < spectrum.Length; i++)
            {
                w[Alias(i)] -= _transfer[i] * spectrum[i] / aliases;
            }

            for (int i = 0; i < w.Length; i++)
            {
                w[i] /= _eigenvalues[i] + Rho;
            }

            for (int i = 0; i < spectrum.Length; i++)
            {
                spectrum[i] += Complex.Conjugate(_transfer[i]) * w[Alias(i)];
            }

            DoubleFourier.Inverse(spectrum, image.H, image.W);
            for (int i = 0; i < spectrum.Length; i++)
            {
                z[plane * image.PlaneSize + i] = spectrum[i].Real;
            }
        }

        return z;
    }

    /// <summary>The low-resolution frequency that a high-resolution one aliases onto.</summary>
    private int Alias(int frequency)
    {
        Shape image = _operator.ImageShape;
        Shape grid = _operator.MeasurementShape;
        return frequency / image.W % grid.H * grid.W + frequency % image.W % grid.W;
    }

    private void MeasureRow(double[] q, int imageStart, int gridStart, int i, Complex[] e)
    {
        Shape image = _operator.ImageShape;
        Shape grid = _operator.MeasurementShape;
        int stride = _operator.Stride;
        double[] row = new double[grid.W];
        foreach ((int rowOffset, int columnOffset, double weight) in _taps)
        {
            int source = imageStart + IndexArithmetic.Modulo(i * stride - rowOffset, image.H) * image.W;
            int column = IndexArithmetic.Modulo(-columnOffset, image.W);
            for (int j = 0; j < grid.W; j++)
            {
                row[j] += weight * q[source + column];
                column += stride;
                column = column >= image.W ? column - image.W : column;
            }
        }

        for (int j = 0; j < grid.W; j++)
        {
            e[i * grid.W + j] = _y[gridStart + i * grid.W + j] - row[j];
        }
    }

    private void AddAdjoint(Complex[] w, double[] z, int imageStart)
    {
        Shape image = _operator.ImageShape;
        Shape grid = _operator.MeasurementShape;
        int stride = _operator.Stride;
        foreach ((int rowOffset, int columnOffset, double weight) in _taps)
        {
            for (int i = 0; i < grid.H; i++)
            {
                int target = imageStart + IndexArithmetic.Modulo(i * stride - rowOffset, image.H) * image.W;
                int column = IndexArithmetic.Modulo(-columnOffset, image.W);
                for (int j = 0; j < grid.W; j++)
                {
                    z[target + column] += weight * w[i * grid.W + j].Real;
                    column += stride;
                    column = column >= image.W ? column - image.W : column;
                }
            }
        }
    }
}
