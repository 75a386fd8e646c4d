using CsCheck;
using InfAdmm.Engine;
using InfAdmm.Solvers.Operators;
using InfAdmm.Tests.Shared;
using MathNet.Numerics.LinearAlgebra;

namespace InfAdmm.Solvers.Tests;

/// <summary>A blur that varies across the image, its windows and its generated kernels.</summary>
public sealed class VaryingBlurTests
{
    /// <summary>Image height and width, kernel height and width, stride, rows and columns of anchors.</summary>
    private static readonly (int H, int W, int Kh, int Kw, int Stride, int Rows, int Columns)[] Sizes =
    [
        (7, 9, 3, 5, 1, 2, 3), (10, 22, 4, 3, 2, 3, 2), (9, 15, 5, 4, 3, 2, 2), (6, 6, 6, 5, 1, 1, 1),
        (21, 7, 5, 3, 1, 4, 1), (1, 33, 1, 7, 1, 1, 5),
    ];

    public static TheoryData<Boundary, int> Cases => BoundaryCases.WithEach(Sizes.Length);

    /// <summary>
    /// Catches a kernel that is flipped or transposed, anchors in the wrong order, a window that is shifted or applied
    /// to the image in place of the measurement, a missing plane, and an adjoint that windows after the blur.
    /// </summary>
    [Theory]
    [MemberData(nameof(Cases))]
    public void Operator_and_adjoint_agree_with_the_definition(Boundary boundary, int size) =>
        OnCase(boundary, size, new Shape(2, 3, 0, 0), DenseProblem.CheckOperator);

    /// <summary>
    /// Catches errors that need images larger than a vector or a band of rows: anchors in different parts of a row, and
    /// rows that are computed four at a time.
    /// </summary>
    [Theory]
    [InlineData(Boundary.Periodic, 1)]
    [InlineData(Boundary.Reflect, 1)]
    [InlineData(Boundary.Zero, 2)]
    [InlineData(Boundary.Valid, 1)]
    [InlineData(Boundary.Valid, 3)]
    public void Long_images_agree_with_the_definition(Boundary boundary, int stride) => Fixture.OnDevice(device =>
    {
        foreach (var shape in (Shape[])[new(1, 1, 10, 198), new(1, 1, 198, 10)])
        {
            KernelField field = Kernels(5, 4, 2, 2, 11);
            using var a = new VaryingBlur(device, field, stride, shape, boundary);
            DenseProblem.CheckOperator(a, Dense(a));
        }
    });

    /// <summary>Catches an adjoint that is not that of A for some boundary, size, stride or grid of anchors.</summary>
    [Fact]
    public void Adjoint_identity_holds_for_random_operators() => Fixture.OnDevice(device =>
        Gen.Select(
            Gen.Int[0, 3], Gen.Int[1, 9], Gen.Int[1, 9], Gen.Int[1, 5], Gen.Int[1, 7], Gen.Int[1, 7],
            Gen.Int[0, 1 << 20])
            .Sample(
                (boundary, height, width, stride, rows, columns, seed) =>
                {
                    var shape = new Shape(
                        1, 2, ((height + stride - 1) / stride + rows) * stride,
                        ((width + stride - 1) / stride + columns) * stride);
                    KernelField field = Kernels(height, width, 1 + seed % rows, 1 + seed / 7 % columns, seed);
                    using var a = new VaryingBlur(device, field, stride, shape, (Boundary)boundary);
                    DenseProblem.CheckAdjointIdentity(a, seed);
                },
                iter: 200, threads: 1));

    /// <summary>
    /// Catches matrix rows that disagree with the operator (in cholesky and the reference), and a structure that a
    /// direct solver would believe: fft, pcg and scalar must not apply.
    /// </summary>
    [Theory]
    [MemberData(nameof(Cases))]
    public void Every_solver_that_applies_agrees_with_the_dense_solve(Boundary boundary, int size) =>
        OnCase(boundary, size, new Shape(1, 2, 0, 0), (a, matrix) =>
        {
            Assert.Equal(
                ["cholesky", "cg", "pcg-circulant", "cg-image", "gd"],
                DenseProblem.CheckSolvers(a, matrix).Where(solver => solver != "pcg-local"));
            Assert.Contains("varies", Assert.IsType<UnstructuredGram>(a.Gram).Reason, StringComparison.Ordinal);
        });

    /// <summary>
    /// Catches windows that do not sum to one, are negative, reach farther than the next anchor, or are not 1 at their
    /// anchor and ½ between two of them.
    /// </summary>
    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 9)]
    [InlineData(3, 33)]
    [InlineData(4, 7)]
    [InlineData(7, 7)]
    [InlineData(16, 512)]
    public void Windows_are_local_and_sum_to_one(int anchors, int length)
    {
        float[] weights = KernelField.Weights(anchors, length);
        Assert.Equal(anchors * length, weights.Length);
        for (int position = 0; position < length; position++)
        {
            double sum = 0;
            for (int i = 0; i < anchors; i++)
            {
                float weight = weights[i * length + position];
                Assert.InRange(weight, 0, 1);
                Assert.Equal(Weight(i, anchors, position, length), weight, 1e-6);
                sum += weight;
            }

            Assert.Equal(1, sum, 1e-6);
        }
    }

    /// <summary>Catches two-dimensional windows whose rows and columns, or whose anchors, are interchanged.</summary>
    [Fact]
    public void Windows_of_a_grid_sum_to_one_and_follow_their_anchors()
    {
        var grid = new Shape(1, 1, 9, 20);
        float[] windows = Kernels(1, 1, 3, 2, 1).Windows(grid);
        Assert.Equal(6 * 180, windows.Length);
        for (int i = 0; i < 180; i++)
        {
            Assert.Equal(1, Enumerable.Range(0, 6).Sum(anchor => windows[anchor * 180 + i]), 1e-6);
        }

        // Anchor 3 is row 1 and column 1, whose centre is at row 4 and beyond column 14.5.
        Assert.Equal(1, windows[3 * 180 + 4 * 20 + 19]);
        Assert.Equal(0, windows[3 * 180 + 4 * 20]);
    }

    /// <summary>Catches windows that dim or brighten the image between anchors.</summary>
    [Theory]
    [InlineData(Boundary.Periodic)]
    [InlineData(Boundary.Reflect)]
    public void Equal_kernels_give_the_plain_blur(Boundary boundary) => Fixture.OnDevice(device =>
    {
        var shape = new Shape(1, 2, 30, 42);
        BlurKernel kernel = BlurKernel.Motion(7, 30);
        var field = new KernelField([.. Enumerable.Repeat(kernel, 6)], 3);
        using var a = new VaryingBlur(device, field, 2, shape, boundary);
        using var blur = new BlurDownsample(device, kernel, 2, shape, boundary);
        using Tensor x = device.Allocate(shape, Fixture.Normal((int)shape.Count, 1));
        using Tensor varying = device.Allocate(a.MeasurementShape);
        using Tensor plain = device.Allocate(a.MeasurementShape);
        a.Apply(x, varying);
        blur.Apply(x, plain);
        Assert.InRange(
            Fixture.RelativeError(varying, [.. plain.ToArray().Select(value => (double)value)]), 0, 1e-6);
    });

    /// <summary>
    /// Catches a generated field that is not normalised, does not widen, or has one orientation only.
    /// </summary>
    [Fact]
    public void The_generated_field_widens_and_turns()
    {
        var field = KernelField.Field(3, 4, 9);
        Assert.Equal((3, 4, 9, 9), (field.Rows, field.Columns, field.KernelHeight, field.KernelWidth));
        Assert.All(field.Kernels, kernel => Assert.Equal(1, kernel.Sum, 1e-12));
        Assert.All(field.Kernels, kernel => Assert.True(kernel.Values.ToArray().All(value => value >= 0)));
        double[] spreads = [.. field.Kernels.Select(kernel => Moment(kernel, (y, x) => y * y + x * x))];
        for (int i = 0; i < 12; i++)
        {
            Assert.True(i % 4 == 3 || spreads[i + 1] > spreads[i], $"kernel {i} to the right");
            Assert.True(i >= 8 || spreads[i + 4] > spreads[i], $"kernel {i} downwards");
        }

        // At the bottom left the long axis is vertical, at the bottom right horizontal.
        Assert.True(Moment(field.Kernels[8], (y, x) => y * y - x * x) > 0);
        Assert.True(Moment(field.Kernels[11], (y, x) => y * y - x * x) < 0);
        Assert.NotEqual(0, Moment(field.Kernels[5], (y, x) => y * x), 1e-3);
    }

    /// <summary>Catches messages that do not name what to change, and input that fails later and elsewhere.</summary>
    [Fact]
    public void Bad_fields_are_refused_by_name() => Fixture.OnDevice(device =>
    {
        void Refused(string parameter, string expected, Func<object> create)
        {
            InputException exception = Assert.Throws<InputException>(create);
            Assert.Equal(parameter, exception.Parameter);
            Assert.Contains(expected, exception.Message, StringComparison.Ordinal);
        }

        BlurKernel three = BlurKernel.Gaussian(3, 1);
        BlurKernel five = BlurKernel.Gaussian(5, 1);
        Refused("kernels", "at least one kernel", () => new KernelField([], 1));
        Refused("kernels", "3 kernels do not fill a grid of 2 rows", () => new KernelField([three, three, three], 2));
        Refused("kernels", "3 kernels do not fill a grid of 0 rows", () => new KernelField([three, three, three], 0));
        Refused("kernels", "is 5x5, gaussian:3:1 is 3x3", () => new KernelField([three, five], 1));
        Refused("kernels", "size 0", () => KernelField.Field(2, 2, 0));
        Refused("kernels", "a field of 2x0", () => KernelField.Field(0, 2, 9));
        var field = KernelField.Field(2, 6, 9);
        Refused("kernels", "a grid of 6x2 kernels is finer than a measurement of 4x4", () =>
            new VaryingBlur(device, field, 4, new Shape(1, 1, 16, 16)));
        Refused("kernels", "larger than an image", () =>
            new VaryingBlur(device, field, 1, new Shape(1, 1, 8, 16)));
        Refused("stride", "does not divide", () =>
            new VaryingBlur(device, field, 3, new Shape(1, 1, 16, 16)));
    });

    /// <summary>Catches tensors or arrays that are allocated in each call.</summary>
    [Fact]
    public void Calls_allocate_nothing() => OnCase(Boundary.Reflect, 1, new Shape(2, 3, 0, 0), (a, _) =>
    {
        using Tensor x = a.Device.AllocateZeros(a.ImageShape);
        using Tensor y = a.Device.AllocateZeros(a.MeasurementShape);
        int live = a.Device.LiveBuffers;
        Allocations.AssertNone(() =>
        {
            a.Apply(x, y);
            a.Adjoint(y, x);
            a.Residual(y, x, y);
            a.AddAdjoint(x, 1, y, x);
        });
        Assert.Equal(live, a.Device.LiveBuffers);
    });

    private static double Moment(BlurKernel kernel, Func<double, double, double> weight)
    {
        double sum = 0;
        for (int i = 0; i < kernel.Height; i++)
        {
            for (int j = 0; j < kernel.Width; j++)
            {
                sum += kernel[i, j] * weight(i - (kernel.Height - 1) / 2.0, j - (kernel.Width - 1) / 2.0);
            }
        }

        return sum;
    }

    private static void OnCase(Boundary boundary, int size, Shape planes, Action<VaryingBlur, Matrix<double>> test) =>
        Fixture.OnDevice(device =>
        {
            (int h, int w, int kh, int kw, int stride, int rows, int columns) = Sizes[size];
            (h, w) = boundary == Boundary.Valid
                ? (h + kh + 2 * stride, w + kw + stride)
                : ((h + stride - 1) / stride * stride, (w + stride - 1) / stride * stride);
            KernelField field = Kernels(kh, kw, rows, columns, 7);
            using var a = new VaryingBlur(device, field, stride, planes with { H = h, W = w }, boundary);
            test(a, Dense(a));
        });

    private static Matrix<double> Dense(VaryingBlur a)
    {
        KernelField field = a.Field;
        Shape grid = a.MeasurementShape;
        return DenseProblem.Matrix(a, a.Stride, field.KernelHeight, field.KernelWidth, (i, j, u, v) =>
        {
            double sum = 0;
            for (int row = 0; row < field.Rows; row++)
            {
                for (int column = 0; column < field.Columns; column++)
                {
                    sum += Weight(row, field.Rows, i, grid.H) * Weight(column, field.Columns, j, grid.W)
                        * field.Kernels[row * field.Columns + column][u, v];
                }
            }

            return sum;
        });
    }

    /// <summary>
    /// cos² of the distance to the anchor, with one spacing as a quarter of the period; flat at the ends.
    /// </summary>
    private static double Weight(int anchor, int anchors, int position, int length)
    {
        double spacing = (double)length / anchors;
        double centre = (anchor + 0.5) * spacing - 0.5;
        double distance = (position - centre) / spacing;
        bool beyondFirst = anchor == 0 && distance < 0;
        bool beyondLast = anchor == anchors - 1 && distance > 0;
        return beyondFirst || beyondLast ? 1 : Math.Pow(Math.Cos(Math.PI / 2 * Math.Min(Math.Abs(distance), 1)), 2);
    }

    private static KernelField Kernels(int height, int width, int rows, int columns, int seed) => new(
        [
            .. Enumerable.Range(0, rows * columns).Select(anchor => new BlurKernel(
                height, width,
                Fixture.Normal(height * width, seed + 100 * anchor)
                    .Select(value => (double)value / (height * width)))),
        ],
        rows);
}
