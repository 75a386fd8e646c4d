using InfAdmm.Engine;
using InfAdmm.Solvers.Operators;
using InfAdmm.Tests.Shared;
using MathNet.Numerics.LinearAlgebra;

namespace InfAdmm.Solvers.Tests;

/// <summary>The Wiener filter, compared with dense matrices in double precision.</summary>
public sealed class WienerFilterTests
{
    public static TheoryData<int, int, int, double> Cases => new()
    {
        { 8, 12, 1, 2 },
        { 7, 9, 1, 1.3 },
        { 8, 12, 2, 2 },
        { 9, 6, 3, 1 },
        { 8, 16, 4, 1.7 },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void It_is_the_best_linear_estimate(int height, int width, int stride, double power) =>
        Fixture.OnDevice(device =>
        {
            const double Weight = 0.02;
            BlurKernel kernel = Fixture.Kernel("op_random3x7_s1_kernel").Normalized();
            var small = new BlurKernel(3, 3, [.. Enumerable.Range(0, 9).Select(i => kernel.Values[i])], "part").Normalized();
            var shape = new Shape(1, 2, height / stride, width / stride);
            float[] measured = Fixture.Normal((int)shape.Count, 5);
            using Tensor y = device.Allocate(shape, measured);
            using Tensor x = device.Allocate(shape.Upsampled(stride));
            using var filter = new WienerFilter(small, stride, y, Weight, power);
            filter.Apply(x);

            double[] expected = [.. Enumerable.Range(0, 2).SelectMany(plane => Reference(
                measured.AsSpan(plane * shape.PlaneSize, shape.PlaneSize), small, stride, height, width, Weight, power))];
            Assert.InRange(Fixture.RelativeError(x, expected), 0, 2e-6);
        });

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void A_constant_stays_constant(int stride) => Fixture.OnDevice(device =>
    {
        var shape = new Shape(1, 1, 64, 48);
        using Tensor y = device.Allocate(shape);
        using Tensor x = device.Allocate(shape.Upsampled(stride));
        device.Fill(0.7f, y);
        using var filter = new WienerFilter(BlurKernel.Motion(9, 30), stride, y, 0.005, 1.7);
        filter.Apply(x);
        Assert.All(x.ToArray(), value => Assert.InRange(value, 0.7f - 1e-5f, 0.7f + 1e-5f));
    });

    /// <summary>x̂ = m + P Aᵀ (A P Aᵀ + w I)⁻¹ (y − m) with dense matrices; P has no power at the mean m.</summary>
    private static double[] Reference(
        ReadOnlySpan<float> y, BlurKernel kernel, int stride, int height, int width, double weight, double power)
    {
        int count = height * width;
        Matrix<double> p = Matrix<double>.Build.Dense(count, count, (i, j) => Covariance(
            i / width - j / width, i % width - j % width, height, width, stride, power));
        Matrix<double> a = Matrix<double>.Build.Dense(y.Length, count);
        int columns = width / stride;
        for (int row = 0; row < y.Length; row++)
        {
            for (int k = 0; k < kernel.Height; k++)
            {
                for (int l = 0; l < kernel.Width; l++)
                {
                    int i = (row / columns * stride - (k - (kernel.Height - 1) / 2) + height) % height;
                    int j = (row % columns * stride - (l - (kernel.Width - 1) / 2) + width) % width;
                    a[row, i * width + j] += kernel[k, l];
                }
            }
        }

        Vector<double> values = Vector<double>.Build.DenseOfEnumerable(Array.ConvertAll(y.ToArray(), v => (double)v));
        double mean = values.Average();
        Matrix<double> gram = a * p * a.Transpose() + weight * Matrix<double>.Build.DenseIdentity(y.Length);
        return [.. (p * a.Transpose() * gram.Solve(values - mean) + mean)];
    }

    /// <summary>The covariance of two pixels of images with the power 1/|ℓ̂|ᵖ, as a sum over all frequencies.</summary>
    private static double Covariance(int rows, int columns, int height, int width, int stride, double power)
    {
        double sum = 0;
        for (int u = 0; u < height; u++)
        {
            for (int v = 0; v < width; v++)
            {
                if (u % (height / stride) == 0 && v % (width / stride) == 0)
                {
                    // What cannot be told from the mean counts as mean.
                    continue;
                }

                double laplacian = 4 - 2 * Math.Cos(2 * Math.PI * u / height) - 2 * Math.Cos(2 * Math.PI * v / width);
                sum += Math.Pow(laplacian, -power) *
                    Math.Cos(2 * Math.PI * ((double)u * rows / height + (double)v * columns / width));
            }
        }

        return sum / (height * width);
    }
}
