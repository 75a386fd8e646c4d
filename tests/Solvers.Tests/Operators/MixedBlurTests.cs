using InfAdmm.Engine;
using InfAdmm.Solvers.Operators;
using InfAdmm.Solvers.ZUpdate;
using InfAdmm.Tests.Shared;
using MathNet.Numerics.LinearAlgebra;

namespace InfAdmm.Solvers.Tests;

/// <summary>The operator that mixes channels, and the z-solvers on it.</summary>
public sealed class MixedBlurTests
{
    private static readonly double[] Grey = [0.299, 0.587, 0.114];

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    [InlineData(3, 4)]
    public void Adjoint_identity_holds(int images, int stride) => Fixture.OnDevice(device =>
    {
        var shape = new Shape(images, 3, 7 * stride, 9 * stride);
        using var a = new MixedBlur(device, Grey, BlurKernel.Motion(5, 30), stride, shape);
        using Tensor x = device.Allocate(shape, Fixture.Normal((int)shape.Count, 1));
        using Tensor y = device.Allocate(a.MeasurementShape, Fixture.Normal((int)a.MeasurementShape.Count, 2));
        using Tensor measured = device.Allocate(a.MeasurementShape);
        using Tensor image = device.Allocate(shape);
        a.Apply(x, measured);
        a.Adjoint(y, image);
        double difference = Fixture.Dot(measured.ToArray(), y.ToArray()) - Fixture.Dot(x.ToArray(), image.ToArray());
        double scale = Fixture.Norm(measured.ToArray()) * Fixture.Norm(y.ToArray());
        Assert.InRange(Math.Abs(difference), 0, 1e-5 * scale);
    });

    [Fact]
    public void Operator_and_adjoint_agree_with_the_dense_matrix() => Fixture.OnDevice(device =>
    {
        var shape = new Shape(1, 3, 8, 12);
        BlurKernel kernel = BlurKernel.Motion(5, 30);
        Matrix<double> matrix = Dense(kernel, 2, shape);
        using var a = new MixedBlur(device, Grey, kernel, 2, shape);
        using Tensor x = device.Allocate(shape, Fixture.Normal((int)shape.Count, 3));
        using Tensor y = device.Allocate(a.MeasurementShape, Fixture.Normal((int)a.MeasurementShape.Count, 4));
        using Tensor measured = device.Allocate(a.MeasurementShape);
        using Tensor image = device.Allocate(shape);
        a.Apply(x, measured);
        a.Adjoint(y, image);
        Assert.InRange(Fixture.RelativeError(measured, [.. matrix * Vector(x)]), 0, 5e-7);
        Assert.InRange(Fixture.RelativeError(image, [.. matrix.TransposeThisAndMultiply(Vector(y))]), 0, 5e-7);
    });

    [Theory]
    [InlineData("fft", 5, 1)]
    [InlineData("fft", 5, 1e-3)]
    [InlineData("fft", 3, 1e-3)]
    [InlineData("cholesky", 5, 1e-3)]
    [InlineData("cg", 5, 1e-3)]
    [InlineData("cg-image", 5, 1e-3)]
    [InlineData("gd", 5, 1e-2)]
    [InlineData("scalar", 2, 1e-3)]
    public void Every_solver_agrees_with_the_dense_solve(string solver, int size, double rho) =>
        Fixture.OnDevice(device =>
        {
            var shape = new Shape(1, 3, 8, 12);
            BlurKernel kernel = BlurKernel.Gaussian(size, 1);
            Matrix<double> matrix = Dense(kernel, 2, shape);
            using var a = new MixedBlur(device, Grey, kernel, 2, shape);
            using Tensor q = device.Allocate(shape, Fixture.Normal((int)shape.Count, 5));
            using Tensor y = device.Allocate(a.MeasurementShape, Fixture.Normal((int)a.MeasurementShape.Count, 6));
            using Tensor z = device.Allocate(shape);
            using IZUpdate normal = ZSolvers.Create(solver, new ZSolverContext(a, y, rho));
            normal.Solve(q, z);

            // The minimiser of ‖y − A z‖² + ρ‖z − q‖² satisfies (ρI + AᵀA) z = Aᵀy + ρq.
            Matrix<double> normalMatrix = matrix.TransposeThisAndMultiply(matrix);
            normalMatrix += rho * Matrix<double>.Build.DenseIdentity(normalMatrix.RowCount);
            Vector<double> right = matrix.TransposeThisAndMultiply(Vector(y)) + rho * Vector(q);
            Assert.InRange(Fixture.RelativeError(z, [.. normalMatrix.Solve(right)]), 0, 2e-5);
        });

    [Fact]
    public void Gram_is_the_squared_norm_of_the_weights_times_that_of_the_blur() => Fixture.OnDevice(device =>
    {
        BlurKernel kernel = BlurKernel.Gaussian(3, 1);
        using var a = new MixedBlur(device, Grey, kernel, 2, new Shape(1, 3, 8, 8));
        double expected = Grey.Sum(weight => weight * weight) * PeriodicKernel.Gram(kernel, 2).Centre;
        Assert.Equal(expected, a.Gram.Kernel!.Centre, 1e-12);
    });

    [Fact]
    public void Weights_must_match_the_channels() => Fixture.OnDevice(device =>
        Assert.Throws<ShapeException>(() => new ChannelMix(device, Grey, new Shape(1, 1, 8, 8)).Dispose()));

    [Theory]
    [InlineData("fft")]
    [InlineData("scalar")]
    public void A_solver_follows_a_measurement_that_changed(string solver) => Fixture.OnDevice(device =>
    {
        // At stride 1, the Fourier solver transforms y when it is created.
        var shape = new Shape(1, 3, 8, 12);
        using var a = new MixedBlur(device, Grey, BlurKernel.Gaussian(solver == "fft" ? 5 : 1, 1), 1, shape);
        using Tensor q = device.Allocate(shape, Fixture.Normal((int)shape.Count, 5));
        using Tensor y = device.AllocateZeros(a.MeasurementShape);
        using Tensor z = device.Allocate(shape);
        using IZUpdate kept = ZSolvers.Create(solver, new ZSolverContext(a, y, 0.01));
        device.Upload(Fixture.Normal(y.Count, 6), y);
        kept.MeasurementChanged();
        kept.Solve(q, z);
        float[] first = z.ToArray();
        using IZUpdate made = ZSolvers.Create(solver, new ZSolverContext(a, y, 0.01));
        made.Solve(q, z);
        Assert.Equal(z.ToArray(), first);
    });

    /// <summary>A from its definition: y = S H Σ a_c x_c, periodic.</summary>
    private static Matrix<double> Dense(BlurKernel kernel, int stride, Shape image)
    {
        int rows = image.H / stride;
        int columns = image.W / stride;
        Matrix<double> matrix = Matrix<double>.Build.Dense(rows * columns, (int)image.Count);
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j++)
            {
                for (int tap = 0; tap < kernel.Height * kernel.Width; tap++)
                {
                    int row = i * stride - (tap / kernel.Width - (kernel.Height - 1) / 2);
                    int column = j * stride - (tap % kernel.Width - (kernel.Width - 1) / 2);
                    int pixel = (row + image.H) % image.H * image.W + (column + image.W) % image.W;
                    for (int c = 0; c < 3; c++)
                    {
                        matrix[i * columns + j, c * image.PlaneSize + pixel] += Grey[c] * kernel.Values[tap];
                    }
                }
            }
        }

        return matrix;
    }

    private static Vector<double> Vector(Tensor tensor) =>
        Vector<double>.Build.DenseOfEnumerable(tensor.ToArray().Select(value => (double)value));
}
