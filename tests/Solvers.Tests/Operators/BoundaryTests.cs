using CsCheck;
using InfAdmm.Engine;
using InfAdmm.Solvers.Operators;
using InfAdmm.Solvers.ZUpdate;
using InfAdmm.Tests.Shared;
using MathNet.Numerics.LinearAlgebra;

namespace InfAdmm.Solvers.Tests;

/// <summary>
/// Blurs with every boundary: A and Aᵀ compared with a dense matrix built from the definition, and every z-solver that
/// applies compared with a dense double-precision solve.
/// </summary>
public sealed class BoundaryTests
{
    /// <summary>Image height and width, kernel height and width, stride: with 1, 7 and 33 among the sizes.</summary>
    private static readonly (int H, int W, int Kh, int Kw, int Stride)[] Sizes =
        [(1, 33, 1, 5, 1), (7, 33, 3, 5, 1), (33, 7, 5, 3, 1), (7, 7, 7, 4, 7), (12, 33, 4, 5, 3), (33, 33, 9, 9, 3)];

    public static TheoryData<Boundary, int> Cases => BoundaryCases.WithEach(Sizes.Length);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Operator_and_adjoint_agree_with_the_dense_matrix(Boundary boundary, int size) => OnCase(
        boundary, size, (a, matrix) =>
        {
            Device device = a.Device;
            using Tensor x = device.Allocate(a.ImageShape, Fixture.Normal((int)a.ImageShape.Count, 1));
            using Tensor y = device.Allocate(a.MeasurementShape, Fixture.Normal((int)a.MeasurementShape.Count, 2));
            using Tensor measured = device.Allocate(a.MeasurementShape);
            using Tensor image = device.Allocate(a.ImageShape);
            a.Apply(x, measured);
            a.Adjoint(y, image);
            Assert.InRange(Fixture.RelativeError(measured, [.. matrix * Vector(x)]), 0, 1e-6);
            Assert.InRange(Fixture.RelativeError(image, [.. matrix.TransposeThisAndMultiply(Vector(y))]), 0, 1e-6);
        });

    [Fact]
    public void Adjoint_identity_holds_for_random_operators_and_every_boundary() => Fixture.OnDevice(device =>
        Gen.Select(
            Gen.Int[0, 3], Gen.Int[1, 9], Gen.Int[1, 9], Gen.Int[1, 5], Gen.Int[1, 4], Gen.Int[1, 4],
            Gen.Int[0, 1 << 20])
            .Sample(
                (boundary, height, width, stride, rows, columns, seed) =>
                {
                    int h = (height + stride - 1) / stride * stride + rows * stride;
                    int w = (width + stride - 1) / stride * stride + columns * stride;
                    var kernel = new BlurKernel(
                        height, width, Fixture.Normal(height * width, seed).Select(value => (double)value));
                    using var a = new BlurDownsample(device, kernel, stride, new Shape(1, 2, h, w), (Boundary)boundary);
                    using Tensor x = device.Allocate(a.ImageShape, Fixture.Normal((int)a.ImageShape.Count, seed + 1));
                    using Tensor y = device.Allocate(
                        a.MeasurementShape, Fixture.Normal((int)a.MeasurementShape.Count, seed + 2));
                    using Tensor measured = device.Allocate(a.MeasurementShape);
                    using Tensor image = device.Allocate(a.ImageShape);
                    a.Apply(x, measured);
                    a.Adjoint(y, image);
                    double difference = Fixture.Dot(measured.ToArray(), y.ToArray())
                        - Fixture.Dot(x.ToArray(), image.ToArray());
                    double scale = Fixture.Norm(measured.ToArray()) * Fixture.Norm(y.ToArray());
                    Assert.True(Math.Abs(difference) <= 1e-5 * scale, $"{(Boundary)boundary}: {difference / scale}");
                },
                iter: 200, threads: 1));

    [Theory]
    [MemberData(nameof(Cases))]
    public void Every_solver_that_applies_agrees_with_the_dense_solve_from_any_start(Boundary boundary, int size) => OnCase(
        boundary, size, (a, matrix) =>
        {
            const double Rho = 0.02;
            Device device = a.Device;
            using Tensor first = device.Allocate(a.ImageShape, Fixture.Normal((int)a.ImageShape.Count, 3));
            using Tensor second = device.Allocate(a.ImageShape, Fixture.Normal((int)a.ImageShape.Count, 8));
            using Tensor y = device.Allocate(a.MeasurementShape, Fixture.Normal((int)a.MeasurementShape.Count, 4));
            using Tensor z = device.Allocate(a.ImageShape);
            var context = new ZSolverContext(a, y, Rho);
            (Tensor, double[])[] cases = [.. ((Tensor[])[first, second]).Select(q => (q, Solve(matrix, Rho, y, q)))];
            var applied = new List<string>();
            foreach (ZSolver solver in ZSolvers.All.Where(s => s != LocalSolver.Analytic && s.WhyNot(context) is null))
            {
                using IZUpdate update = solver.Create(context);

                // Inner loops start at the last solution: zero for the first call, that of another q for the second.
                foreach ((Tensor q, double[] expected) in cases)
                {
                    update.Solve(q, z);
                    double error = Fixture.RelativeError(z, expected);
                    Assert.True(error <= 1e-5, $"{solver.Name}: {error:e2}");
                }

                applied.Add(solver.Name);
            }

            Assert.Subset(applied.ToHashSet(), new HashSet<string>(["cholesky", "cg", "cg-image", "gd"]));
            Assert.Equal(boundary == Boundary.Periodic || a.Gram is ScalarGram, applied.Contains("fft"));
            Assert.Equal(a.Gram is UnstructuredGram, applied.Contains("pcg-circulant"));
            Assert.InRange(ExactReference.Create(a, y, Rho)!.RelativeError(second, z), 0, 1e-5);
        });

    [Fact]
    public void The_reference_solves_every_plane_of_a_batch() => Fixture.OnDevice(device =>
    {
        const double Rho = 0.02;
        using var a = new BlurDownsample(
            device, BlurKernel.Gaussian(5, 1), 2, new Shape(2, 2, 8, 10), Boundary.Zero);
        using Tensor q = device.Allocate(a.ImageShape, Fixture.Normal((int)a.ImageShape.Count, 1));
        using Tensor y = device.Allocate(a.MeasurementShape, Fixture.Normal((int)a.MeasurementShape.Count, 2));
        double[] z = ExactReference.Create(a, y, Rho)!.Solve(Array.ConvertAll(q.ToArray(), value => (double)value));
        Matrix<double> matrix = Dense(a);
        for (int plane = 0; plane < 4; plane++)
        {
            using Tensor qPlane = Plane(q, plane);
            using Tensor yPlane = Plane(y, plane);
            double[] expected = Solve(matrix, Rho, yPlane, qPlane);
            Assert.All(expected, (value, i) => Assert.Equal(value, z[plane * expected.Length + i], 1e-9));
        }
    });

    [Fact]
    public void Gram_is_scalar_where_whole_kernels_do_not_overlap() => Fixture.OnDevice(device =>
    {
        GramStructure Gram(int size, Boundary boundary)
        {
            using var a = new BlurDownsample(
                device, BlurKernel.Gaussian(size, 1), 4, new Shape(1, 1, 32, 32), boundary);
            return a.Gram;
        }

        Assert.IsType<ScalarGram>(Gram(3, Boundary.Periodic));
        Assert.IsType<ScalarGram>(Gram(4, Boundary.Valid));
        Assert.IsType<UnstructuredGram>(Gram(3, Boundary.Zero));
        Assert.IsType<UnstructuredGram>(Gram(5, Boundary.Valid));
        Assert.IsType<ScalarGram>(Gram(1, Boundary.Reflect));
        Assert.IsType<CirculantGram>(Gram(5, Boundary.Periodic));
    });

    [Fact]
    public void Estimated_bounds_enclose_the_spectrum() => Fixture.OnDevice(device =>
    {
        foreach (Boundary boundary in (Boundary[])[Boundary.Zero, Boundary.Reflect, Boundary.Valid])
        {
            using var a = new BlurDownsample(device, BlurKernel.Gaussian(7, 1), 1, new Shape(1, 1, 16, 16), boundary);
            Matrix<double> matrix = Dense(a);
            double[] eigenvalues = [.. (matrix * matrix.Transpose()).Evd().EigenValues.Select(value => value.Real)];
            GramBounds bounds = GramBounds.Of(a);
            Assert.False(bounds.IsExact);
            Assert.InRange(bounds.Largest, eigenvalues.Max(), 1.05 * eigenvalues.Max());
            Assert.InRange(bounds.Smallest, 0, eigenvalues.Min() + 0.05 * eigenvalues.Max());
        }
    });

    [Fact]
    public void Preconditioning_saves_iterations() => Fixture.OnDevice(device =>
    {
        using var a = new BlurDownsample(
            device, BlurKernel.Gaussian(9, 1.5), 4, new Shape(1, 1, 128, 128), Boundary.Reflect);
        using Tensor q = device.AllocateZeros(a.ImageShape);
        using Tensor y = device.Allocate(a.MeasurementShape, Fixture.Normal((int)a.MeasurementShape.Count, 5));
        using Tensor z = device.Allocate(a.ImageShape);
        var context = new ZSolverContext(a, y, 1e-3);
        using IZUpdate plain = ZSolvers.Create("cg", context);
        using IZUpdate preconditioned = ZSolvers.Create("pcg-circulant", context);
        plain.Solve(q, z);
        preconditioned.Solve(q, z);
        Assert.True(
            preconditioned.InnerIterations <= 0.7 * plain.InnerIterations,
            $"{preconditioned.InnerIterations} of {plain.InnerIterations}");
    });

    [Fact]
    public void Stride_and_kernel_are_named_where_they_do_not_fit() => Fixture.OnDevice(device =>
    {
        InputException stride = Assert.Throws<InputException>(() =>
            new BlurDownsample(device, BlurKernel.Gaussian(3, 1), 3, new Shape(1, 1, 8, 9), Boundary.Zero));
        Assert.Equal("stride", stride.Parameter);
        InputException kernel = Assert.Throws<InputException>(() =>
            new BlurDownsample(device, BlurKernel.Gaussian(9, 1), 1, new Shape(1, 1, 8, 9), Boundary.Valid));
        Assert.Equal("kernel", kernel.Parameter);
    });

    private static void OnCase(Boundary boundary, int size, Action<BlurDownsample, Matrix<double>> test) =>
        Fixture.OnDevice(device =>
        {
            (int h, int w, int kh, int kw, int stride) = Sizes[size];
            if (boundary != Boundary.Valid && (h % stride != 0 || w % stride != 0))
            {
                (h, w) = ((h + stride - 1) / stride * stride, (w + stride - 1) / stride * stride);
            }

            var kernel = new BlurKernel(kh, kw, Fixture.Normal(kh * kw, 7).Select(value => (double)value / (kh * kw)));
            using var a = new BlurDownsample(device, kernel, stride, new Shape(1, 1, h, w), boundary);
            test(a, Dense(a));
        });

    /// <summary>
    /// A from its definition: y(i) = Σ_u h(u) x̃(place(i) − u), where x̃ is x extended beyond its edges.
    /// </summary>
    private static Matrix<double> Dense(BlurDownsample a)
    {
        Shape image = a.ImageShape;
        Shape grid = a.MeasurementShape;
        BlurKernel kernel = a.Kernel;
        Matrix<double> matrix = Matrix<double>.Build.Dense(grid.PlaneSize, image.PlaneSize);
        for (int tap = 0; tap < kernel.Values.Length; tap++)
        {
            int u = tap / kernel.Width - (kernel.Height - 1) / 2;
            int v = tap % kernel.Width - (kernel.Width - 1) / 2;
            for (int i = 0; i < grid.H; i++)
            {
                for (int j = 0; j < grid.W; j++)
                {
                    int row = Continued(i * a.Stride + First(kernel.Height) - u, image.H);
                    int column = Continued(j * a.Stride + First(kernel.Width) - v, image.W);
                    if (row >= 0 && column >= 0)
                    {
                        matrix[i * grid.W + j, row * image.W + column] += kernel.Values[tap];
                    }
                }
            }
        }

        return matrix;

        int First(int size) => a.Boundary == Boundary.Valid ? size / 2 : 0;

        int Continued(int index, int size) => a.Boundary switch
        {
            Boundary.Periodic => (index + 2 * size) % size,
            Boundary.Reflect when index < 0 => -index,
            Boundary.Reflect when index >= size => 2 * size - 2 - index,
            _ when index < 0 || index >= size => -1,
            _ => index,
        };
    }

    /// <summary>(ρI + AᵀA) z = Aᵀy + ρq.</summary>
    private static double[] Solve(Matrix<double> matrix, double rho, Tensor y, Tensor q)
    {
        Matrix<double> normal = matrix.TransposeThisAndMultiply(matrix)
            + rho * Matrix<double>.Build.DenseIdentity(matrix.ColumnCount);
        return [.. normal.Cholesky().Solve(matrix.TransposeThisAndMultiply(Vector(y)) + rho * Vector(q))];
    }

    private static Tensor Plane(Tensor tensor, int plane)
    {
        Shape shape = tensor.Shape;
        float[] values = tensor.ToArray()[(plane * shape.PlaneSize)..((plane + 1) * shape.PlaneSize)];
        return tensor.Device.Allocate(Shape.Matrix(shape.H, shape.W), values);
    }

    private static Vector<double> Vector(Tensor tensor) =>
        Vector<double>.Build.DenseOfEnumerable(tensor.ToArray().Select(value => (double)value));
}
