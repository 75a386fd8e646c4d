using System.Numerics.Tensors;
using InfAdmm.Engine;
using InfAdmm.Solvers.Operators;

namespace InfAdmm.Solvers.LearnedOperator;

/// <summary>Constraints on an estimated kernel, and its regularisation.</summary>
public sealed record KernelConstraints
{
    /// <summary>
    /// The weight R of the penalty R‖h‖² beside the mean squared error of the measurements, for values in [0, 1].
    /// </summary>
    public double Ridge { get; init; }

    /// <summary>Whether the entries sum to 1, as for a blur that keeps the mean of an image.</summary>
    public bool SumIsOne { get; init; }

    /// <summary>Whether no entry is below 0, as for a blur by motion or defocus.</summary>
    public bool IsNonNegative { get; init; }
}

/// <summary>A kernel estimated from pairs.</summary>
/// <param name="Kernel">The kernel.</param>
/// <param name="Residual">
/// The root mean square of y − A x over all measurements, which is the noise σ if the model fits.
/// </param>
public sealed record EstimatedKernel(BlurKernel Kernel, double Residual);

/// <summary>
/// The learned A of the paper (appendix A, (17)): from pairs of images and measurements, the kernel h of A = S H that
/// minimises the mean of ‖y − A x‖² plus a penalty. The problem is linear least squares in the k² entries: the normal
/// equations are summed pair by pair in double precision, so that memory does not depend on the number of pairs, and
/// solved in closed form; with <see cref="KernelConstraints.IsNonNegative"/>, by an active-set method (Nocedal and
/// Wright, Numerical Optimization, §16.5).
/// </summary>
public sealed class KernelEstimation
{
    /// <summary>The most rows and columns of an estimated kernel.</summary>
    public const int LargestSize = 31;

    private readonly int _size;
    private readonly int _stride;
    private readonly Boundary _boundary;
    private readonly int _threads;
    private readonly double[] _normal;
    private readonly double[] _right;
    private double _energy;
    private long _count;

    /// <summary>Prepares an estimation without pairs.</summary>
    /// <param name="size">The rows and columns of the kernel, at most <see cref="LargestSize"/>.</param>
    /// <param name="stride">The stride of the decimation S.</param>
    /// <param name="boundary">How the blur extends an image beyond its edges.</param>
    /// <param name="threads">The number of threads.</param>
    public KernelEstimation(int size, int stride, Boundary boundary = Boundary.Periodic, int threads = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(size, LargestSize);
        ArgumentOutOfRangeException.ThrowIfLessThan(stride, 1);
        _size = size;
        _stride = stride;
        _boundary = boundary;
        _threads = Math.Max(threads, 1);
        _normal = new double[Unknowns * Unknowns];
        _right = new double[Unknowns];
    }

    private int Unknowns => _size * _size;

    /// <summary>Adds a pair. Every channel is measured by the same kernel.</summary>
    /// <param name="x">The image, planes in row-major order.</param>
    /// <param name="imageShape">Its shape; rows and columns beyond the last measurement are not used.</param>
    /// <param name="y">The measurement.</param>
    /// <param name="measurementShape">Its shape.</param>
    /// <exception cref="InputException">The shapes do not belong together; the message says why.</exception>
    public void Add(ReadOnlySpan<float> x, Shape imageShape, ReadOnlySpan<float> y, Shape measurementShape)
    {
        Shape image = Used(imageShape, measurementShape);
        for (int plane = 0; plane < image.Planes; plane++)
        {
            double[][] rows = PhaseRows(x.Slice(plane * imageShape.PlaneSize, imageShape.PlaneSize), imageShape, image);
            double[] measured = new double[measurementShape.PlaneSize];
            for (int i = 0; i < measured.Length; i++)
            {
                measured[i] = y[plane * measured.Length + i];
            }

            AddPlane(rows, measured, measurementShape);
        }

        _count += measurementShape.Count;
    }

    /// <summary>Returns the best kernel for the pairs added so far.</summary>
    /// <param name="constraints">The constraints; null for none.</param>
    /// <param name="name">The name of the kernel.</param>
    /// <exception cref="InputException">The pairs do not determine the kernel; the message names a way out.</exception>
    public EstimatedKernel Solve(KernelConstraints? constraints = null, string name = "estimated")
    {
        KernelConstraints chosen = constraints ?? new KernelConstraints();
        if (_count == 0)
        {
            throw new InvalidOperationException("there is no pair to estimate a kernel from");
        }

        double[] matrix = new double[_normal.Length];
        for (int i = 0; i < Unknowns; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                double value = _normal[i * Unknowns + j] / _count;
                matrix[i * Unknowns + j] = value;
                matrix[j * Unknowns + i] = value;
            }

            matrix[i * Unknowns + i] += chosen.Ridge;
        }

        double[] right = [.. _right.Select(value => value / _count)];
        var problem = new QuadraticProgram(matrix, right, chosen.SumIsOne, chosen.IsNonNegative);
        double[] h = problem.Solve()
            ?? throw new InputException(
                $"the images do not determine a kernel of {_size}x{_size}: they have too little detail; give more or " +
                "other images, a smaller kernel, or a ridge above 0");
        double squared = _energy / _count - 2 * TensorPrimitives.Dot<double>(right, h);
        for (int i = 0; i < Unknowns; i++)
        {
            double product = TensorPrimitives.Dot<double>(matrix.AsSpan(i * Unknowns, Unknowns), h);
            squared += h[i] * (product - chosen.Ridge * h[i]);
        }

        return new EstimatedKernel(new BlurKernel(_size, _size, h, name), Math.Sqrt(Math.Max(squared, 0)));
    }

    /// <summary>The part of the image that was measured; checks the shapes.</summary>
    private Shape Used(Shape image, Shape measurement)
    {
        int border = _boundary == Boundary.Valid ? _size - 1 : 0;
        int height = (image.H - border + _stride - 1) / _stride;
        int width = (image.W - border + _stride - 1) / _stride;
        bool isCropped = _boundary != Boundary.Valid
            && (measurement.H, measurement.W) == (image.H / _stride, image.W / _stride);
        if (image.Planes != measurement.Planes
            || !(isCropped || (measurement.H, measurement.W) == (height, width)))
        {
            string boundary = _boundary.ToString().ToLowerInvariant();
            throw new InputException(
                $"a measurement of {measurement.W}x{measurement.H} with {measurement.Planes} channels does not belong to " +
                $"an image of {image.W}x{image.H} with {image.Planes} channels at stride {_stride} and {boundary} " +
                "boundary");
        }

        return _boundary == Boundary.Valid
            ? image
            : image with { H = measurement.H * _stride, W = measurement.W * _stride };
    }

    /// <summary>
    /// The image in double precision, extended beyond its edges: for each row, its pixels of every phase of the stride
    /// side by side, so that the pixels that one entry of the kernel meets along a row of y are contiguous.
    /// </summary>
    private double[][] PhaseRows(ReadOnlySpan<float> x, Shape stored, Shape image)
    {
        int before = Before;
        int rows = image.H + _size;
        int length = PhaseLength(image.W);
        double[][] extended = new double[rows][];
        for (int i = 0; i < rows; i++)
        {
            extended[i] = new double[length * _stride];
            int row = Source(i - before, image.H);
            for (int j = 0; j < length * _stride && row >= 0; j++)
            {
                int column = Source(j - before, image.W);
                if (column >= 0)
                {
                    extended[i][j % _stride * length + j / _stride] = x[row * stored.W + column];
                }
            }
        }

        return extended;
    }

    /// <summary>The rows above the image that a kernel reaches: y(i) = Σ_a h(a) x(s·i + origin − a).</summary>
    private int Before => _boundary == Boundary.Valid ? 0 : _size - 1 - (_size - 1) / 2;

    private int PhaseLength(int width) => (width + _size) / _stride + 1;

    private int Source(int index, int size)
    {
        if (_boundary == Boundary.Valid)
        {
            return index < size ? index : -1;
        }

        // The last rows of the extension may lie beyond what the kernel reaches.
        return index > size + _size ? -1 : GridIndex.Beyond(index, size, _boundary);
    }

    private void AddPlane(double[][] rows, double[] measured, Shape shape)
    {
        int width = shape.W;
        int length = rows[0].Length / _stride;
        int chunks = Math.Min(_threads, shape.H);
        var sums = new (double[] Normal, double[] Right, double Energy)[chunks];
        Parallel.For(0, chunks, new ParallelOptions { MaxDegreeOfParallelism = _threads }, chunk =>
        {
            double[] normal = new double[_normal.Length];
            double[] right = new double[_right.Length];
            double energy = 0;
            for (int i = chunk * shape.H / chunks; i < (chunk + 1) * shape.H / chunks; i++)
            {
                ReadOnlySpan<double> y = measured.AsSpan(i * width, width);
                energy += TensorPrimitives.Dot(y, y);
                for (int t = 0; t < right.Length; t++)
                {
                    ReadOnlySpan<double> first = Met(i, t);
                    right[t] += TensorPrimitives.Dot(first, y);
                    for (int u = 0; u <= t; u++)
                    {
                        normal[t * right.Length + u] += TensorPrimitives.Dot(first, Met(i, u));
                    }
                }
            }

            sums[chunk] = (normal, right, energy);
        });

        foreach ((double[] normal, double[] right, double energy) in sums)
        {
            TensorPrimitives.Add<double>(_normal, normal, _normal);
            TensorPrimitives.Add<double>(_right, right, _right);
            _energy += energy;
        }

        // The pixels that entry t of the kernel meets along row i of y: row s·i + size − 1 − a of the extension.
        ReadOnlySpan<double> Met(int i, int t)
        {
            int column = _size - 1 - t % _size;
            return rows[i * _stride + _size - 1 - t / _size].AsSpan(
                column % _stride * length + column / _stride, width);
        }
    }
}
