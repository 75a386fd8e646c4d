using CsCheck;
using InfAdmm.Engine;
using InfAdmm.Solvers.Operators;
using InfAdmm.Tests.Shared;
using MathNet.Numerics.LinearAlgebra;

namespace InfAdmm.Solvers.Tests;

/// <summary>
/// A and Aᵀ against the reference values (a wrong flip, origin or phase fails), the adjoint identity on random
/// operators, and A Aᵀ as a small convolution.
/// </summary>
public sealed class OperatorTests
{
    public static TheoryData<string, int> Operators => [.. Fixture.Operators.Select(o => (o.Tag, o.Stride))];

    [Theory]
    [MemberData(nameof(Operators))]
    public void Operator_and_adjoint_agree_with_the_reference(string tag, int stride) => Fixture.OnDevice(device =>
    {
        using Tensor x = Fixture.Tensor(device, $"op_{tag}_x");
        using Tensor y = Fixture.Tensor(device, $"op_{tag}_y");
        using var a = new BlurDownsample(device, Fixture.Kernel($"op_{tag}_kernel"), stride, x.Shape);
        using Tensor measured = device.Allocate(a.MeasurementShape);
        using Tensor image = device.Allocate(a.ImageShape);
        a.Apply(x, measured);
        a.Adjoint(y, image);
        Assert.InRange(Fixture.RelativeError(measured, Fixture.Load($"op_{tag}_Ax").Values), 0, 5e-7);
        Assert.InRange(Fixture.RelativeError(image, Fixture.Load($"op_{tag}_Aty").Values), 0, 5e-7);
    });

    [Theory]
    [MemberData(nameof(Operators))]
    public void Gram_kernel_has_the_reference_spectrum(string tag, int stride) => Fixture.OnDevice(device =>
    {
        using Tensor x = Fixture.Tensor(device, $"op_{tag}_x");
        using var a = new BlurDownsample(device, Fixture.Kernel($"op_{tag}_kernel"), stride, x.Shape);
        (double smallest, double largest, bool isExact) = GramBounds.Of(a);
        Assert.True(isExact);
        using var facts = System.Text.Json.JsonDocument.Parse(File.ReadAllText(Fixture.PathOf("facts.json")));
        System.Text.Json.JsonElement expected = facts.RootElement.GetProperty(tag);
        Assert.Equal(expected.GetProperty("gamma_min").GetDouble(), smallest, 1e-12);
        Assert.Equal(expected.GetProperty("gamma_max").GetDouble(), largest, 1e-12);
    });

    [Fact]
    public void Adjoint_identity_holds_for_random_operators() => Fixture.OnDevice(device =>
        Gen.Select(Gen.Int[1, 9], Gen.Int[1, 9], Gen.Int[1, 5], Gen.Int[1, 4], Gen.Int[1, 4], Gen.Int[0, 1_000_000])
            .Sample(
                (height, width, stride, rows, columns, seed) =>
                {
                    int h = (height + stride - 1) / stride * stride + rows * stride;
                    int w = (width + stride - 1) / stride * stride + columns * stride;
                    CheckAdjoint(device, height, width, stride, new Shape(1, 2, h, w), seed);
                },
                iter: 200, threads: 1));

    [Fact]
    public void Gram_kernel_is_operator_times_adjoint() => Fixture.OnDevice(device =>
    {
        foreach ((string tag, int stride) in Fixture.Operators)
        {
            using Tensor y = Fixture.Tensor(device, $"op_{tag}_y");
            using var a = new BlurDownsample(
                device, Fixture.Kernel($"op_{tag}_kernel"), stride, y.Shape.Upsampled(stride));
            using Tensor image = device.Allocate(a.ImageShape);
            using Tensor twice = device.Allocate(y.Shape);
            using Tensor direct = device.Allocate(y.Shape);
            using Tensor gram = a.Gram.Kernel!.ToTensor(device, y.Shape);
            a.Adjoint(y, image);
            a.Apply(image, twice);
            device.Blur(y, gram, 1, 1, null, direct);
            Assert.InRange(
                Fixture.RelativeError(direct, Array.ConvertAll(twice.ToArray(), v => (double)v)), 0, 1e-6);
        }
    });

    [Fact]
    public void Gram_kernel_folds_where_it_exceeds_the_grid() => Fixture.OnDevice(device =>
    {
        // 9×9 at stride 1 on 10×12: the autocorrelation spans 17 pixels.
        var shape = new Shape(1, 1, 10, 12);
        using var a = new BlurDownsample(device, BlurKernel.Gaussian(9, 1.5), 1, shape);
        using Tensor y = device.Allocate(shape, Fixture.Normal((int)shape.Count, 3));
        using Tensor image = device.Allocate(shape);
        using Tensor twice = device.Allocate(shape);
        using Tensor direct = device.Allocate(shape);
        using Tensor gram = a.Gram.Kernel!.ToTensor(device, shape);
        a.Adjoint(y, image);
        a.Apply(image, twice);
        device.Blur(y, gram, 1, 1, null, direct);
        Assert.InRange(Fixture.RelativeError(direct, Array.ConvertAll(twice.ToArray(), v => (double)v)), 0, 1e-6);
    });

    /// <summary>
    /// Appendix B of the paper, with 16 pixels: H is block-circulant with circulant blocks, S keeps every second pixel of
    /// both axes, A = S H. Catches an operator whose matrix has another structure: each axis has its own circulant matrix,
    /// and the kernel is not symmetric.
    /// </summary>
    [Fact]
    public void Sixteen_pixels_have_the_matrices_of_appendix_B() => Fixture.OnDevice(device =>
    {
        // y_i = 0.5 x_{i+1} + 0.3 x_i + 0.2 x_{i-1} for the rows, and 0.1, 0.7, 0.2 for the columns.
        Matrix<double> ofRows = Matrix<double>.Build.DenseOfRowArrays(
            [0.3, 0.5, 0, 0.2], [0.2, 0.3, 0.5, 0], [0, 0.2, 0.3, 0.5], [0.5, 0, 0.2, 0.3]);
        Matrix<double> ofColumns = Matrix<double>.Build.DenseOfRowArrays(
            [0.7, 0.1, 0, 0.2], [0.2, 0.7, 0.1, 0], [0, 0.2, 0.7, 0.1], [0.1, 0, 0.2, 0.7]);
        Matrix<double> everySecond = Matrix<double>.Build.DenseOfRowArrays([1, 0, 0, 0], [0, 0, 1, 0]);
        Matrix<double> h = ofRows.KroneckerProduct(ofColumns);
        Matrix<double> s = everySecond.KroneckerProduct(everySecond);
        double[] rows = [0.5, 0.3, 0.2];
        double[] columns = [0.1, 0.7, 0.2];
        var kernel = new BlurKernel(3, 3, rows.SelectMany(row => columns.Select(column => row * column)));

        AssertSame(h, MatrixOf(device, kernel, stride: 1));
        AssertSame(s * h, MatrixOf(device, kernel, stride: 2));

        static void AssertSame(Matrix<double> expected, Matrix<double> actual)
        {
            Assert.Equal((expected.RowCount, expected.ColumnCount), (actual.RowCount, actual.ColumnCount));
            Assert.InRange((expected - actual).Enumerate().Max(Math.Abs), 0, 1e-7);
        }

        static Matrix<double> MatrixOf(Device device, BlurKernel kernel, int stride)
        {
            var image = new Shape(1, 1, 4, 4);
            using var a = new BlurDownsample(device, kernel, stride, image);
            using Tensor y = device.Allocate(a.MeasurementShape);
            return Matrix<double>.Build.DenseOfColumns(Enumerable.Range(0, 16).Select(column =>
            {
                float[] unit = new float[16];
                unit[column] = 1;
                using Tensor x = device.Allocate(image, unit);
                a.Apply(x, y);
                return y.ToArray().Select(value => (double)value);
            }));
        }
    });

    [Fact]
    public void Gram_of_kernels_that_do_not_overlap_is_scalar()
    {
        Assert.True(PeriodicKernel.Gram(BlurKernel.Gaussian(3, 1), 4).IsScalar);
        Assert.True(PeriodicKernel.Gram(BlurKernel.Gaussian(4, 1), 4).IsScalar);
        Assert.False(PeriodicKernel.Gram(BlurKernel.Gaussian(5, 1), 4).IsScalar);
    }

    [Fact]
    public void Simplified_kernel_stays_within_its_tolerance()
    {
        PeriodicKernel gram = PeriodicKernel.Gram(BlurKernel.Motion(9, 30), 1);
        foreach (double tolerance in (double[])[1e-6, 1e-3, 0.1])
        {
            PeriodicKernel simple = gram.Simplify(tolerance);
            double error = 0;
            for (int u = -gram.RadiusY; u <= gram.RadiusY; u++)
            {
                for (int v = -gram.RadiusX; v <= gram.RadiusX; v++)
                {
                    bool kept = Math.Abs(u) <= simple.RadiusY && Math.Abs(v) <= simple.RadiusX;
                    error += Math.Pow(gram[u, v] - (kept ? simple[u, v] : 0), 2);
                }
            }

            Assert.InRange(Math.Sqrt(error / gram.Values.Sum(v => v * v)), 0, tolerance);
        }

        Assert.True(gram.Simplify(0.3).Values.Length < gram.Values.Length);
    }

    private static void CheckAdjoint(Device device, int height, int width, int stride, Shape shape, int seed)
    {
        float[] weights = Fixture.Normal(height * width, seed);
        var kernel = new BlurKernel(height, width, weights.Select(v => (double)v));
        using var a = new BlurDownsample(device, kernel, stride, shape);
        using Tensor x = device.Allocate(shape, Fixture.Normal((int)shape.Count, seed + 1));
        using Tensor y = device.Allocate(
            a.MeasurementShape, Fixture.Normal((int)a.MeasurementShape.Count, seed + 2));
        using Tensor measured = device.Allocate(a.MeasurementShape);
        using Tensor image = device.Allocate(shape);
        a.Apply(x, measured);
        a.Adjoint(y, image);
        double left = Fixture.Dot(measured.ToArray(), y.ToArray());
        double right = Fixture.Dot(x.ToArray(), image.ToArray());
        double scale = Fixture.Norm(measured.ToArray()) * Fixture.Norm(y.ToArray());
        Assert.True(
            Math.Abs(left - right) <= 1e-5 * scale, $"{height}x{width}, stride {stride}, {shape}: {left} and {right}");
    }
}
