using CsCheck;
using InfAdmm.Engine;
using InfAdmm.Kernels.Cpu;
using InfAdmm.Solvers.Operators;
using InfAdmm.Solvers.ZUpdate;
using InfAdmm.Tests.Shared;
using MathNet.Numerics.LinearAlgebra;

namespace InfAdmm.Solvers.Tests;

/// <summary>A blur with missing measurements, and the masks.</summary>
public sealed class MaskedBlurTests
{
    /// <summary>Image height and width, kernel height and width, stride.</summary>
    private static readonly (int H, int W, int Kh, int Kw, int Stride)[] Sizes =
        [(7, 9, 3, 5, 1), (10, 14, 4, 3, 2), (9, 15, 5, 4, 3), (6, 6, 1, 1, 1)];

    public static TheoryData<Boundary, int> Cases => BoundaryCases.WithEach(Sizes.Length);

    /// <summary>
    /// Catches a mask that is transposed, inverted, shifted, applied to the first plane only, or applied after the blur
    /// in the adjoint too; and fused forms that forget it.
    /// </summary>
    [Theory]
    [MemberData(nameof(Cases))]
    public void Operator_and_adjoint_agree_with_the_definition(Boundary boundary, int size) =>
        OnCase(boundary, size, new Shape(2, 3, 0, 0), DenseProblem.CheckOperator);

    /// <summary>Catches an adjoint that is not that of A for some boundary, size, stride or mask.</summary>
    [Fact]
    public void Adjoint_identity_holds_for_random_operators() => Fixture.OnDevice(device =>
        Gen.Select(
            Gen.Int[0, 3], Gen.Int[1, 7], Gen.Int[1, 7], Gen.Int[1, 4], Gen.Int[1, 5], Gen.Int[1, 5],
            Gen.Int[0, 1 << 20])
            .Sample(
                (boundary, height, width, stride, rows, columns, seed) =>
                {
                    var shape = new Shape(
                        1, 2, ((height + stride - 1) / stride + rows) * stride,
                        ((width + stride - 1) / stride + columns) * stride);
                    using MaskedBlur a = Create(device, height, width, stride, shape, (Boundary)boundary, seed);
                    DenseProblem.CheckAdjointIdentity(a, seed);
                },
                iter: 100, threads: 1));

    /// <summary>
    /// Catches matrix rows without the mask (in cholesky and the reference), and a structure that a direct solver would
    /// believe: fft and scalar must not apply.
    /// </summary>
    [Theory]
    [MemberData(nameof(Cases))]
    public void Every_solver_that_applies_agrees_with_the_dense_solve(Boundary boundary, int size) =>
        OnCase(boundary, size, new Shape(1, 2, 0, 0), (a, matrix) =>
        {
            IReadOnlyList<string> applied = DenseProblem.CheckSolvers(a, matrix);
            Assert.Equal(
                ["cholesky", "cg", "pcg-circulant", "cg-image", "gd"],
                applied.Where(solver => solver != "pcg-local"));
            Assert.Contains("missing", Assert.IsType<UnstructuredGram>(a.Gram).Reason, StringComparison.Ordinal);
        });

    /// <summary>Catches a z that depends on values of y that were never measured.</summary>
    [Theory]
    [InlineData("cholesky")]
    [InlineData("cg-image")]
    public void Missing_measurements_have_no_effect(string solver) =>
        OnCase(Boundary.Periodic, 1, new Shape(1, 1, 0, 0), (a, _) =>
        {
            Device device = a.Device;
            ReadOnlySpan<bool> kept = a.Mask.Kept;
            float[] values = Fixture.Normal((int)a.MeasurementShape.Count, 1);
            float[] other = [.. values];
            for (int i = 0; i < other.Length; i++)
            {
                other[i] = kept[i] ? other[i] : 1000;
            }

            using Tensor q = device.Allocate(a.ImageShape, Fixture.Normal((int)a.ImageShape.Count, 2));
            float[] Solve(float[] measurement)
            {
                using Tensor y = device.Allocate(a.MeasurementShape, measurement);
                using Tensor z = device.Allocate(a.ImageShape);
                using IZUpdate update = ZSolvers.Create(solver, new ZSolverContext(a, y, 0.1));
                update.Solve(q, z);
                return z.ToArray();
            }

            Assert.Equal(Solve(values), Solve(other));
        });

    /// <summary>Catches a mask that loses the structure of the blur although nothing is missing.</summary>
    [Fact]
    public void With_nothing_missing_it_is_the_blur() => Fixture.OnDevice(device =>
    {
        var shape = new Shape(1, 1, 12, 16);
        BlurKernel kernel = BlurKernel.Motion(5, 30);
        var mask = Mask.FromValues(6, 8, [.. Enumerable.Repeat(-3f, 48)]);
        using var a = new MaskedBlur(device, kernel, 2, shape, mask);
        using var blur = new BlurDownsample(device, kernel, 2, shape);
        using Tensor x = device.Allocate(shape, Fixture.Normal((int)shape.Count, 1));
        using Tensor masked = device.Allocate(a.MeasurementShape);
        using Tensor whole = device.Allocate(a.MeasurementShape);
        a.Apply(x, masked);
        blur.Apply(x, whole);
        Assert.Equal(whole.ToArray(), masked.ToArray());
        Assert.IsType<CirculantGram>(a.Gram);
        using Tensor y = device.AllocateZeros(a.MeasurementShape);
        Assert.Null(ZSolvers.Find("fft").WhyNot(new ZSolverContext(a, y, 0.1)));
    });

    /// <summary>
    /// Catches a random mask that drops the fraction in place of keeping it, depends on the number of threads, ignores
    /// the seed, or keeps one half of the grid.
    /// </summary>
    [Fact]
    public void A_random_mask_keeps_its_fraction_and_can_be_reproduced() => Fixture.OnDevice(device =>
    {
        var grid = new Shape(2, 3, 33, 70);
        Mask mask = Mask.Random(device, grid, Mask.ParseFraction("random:0.3"), seed: 7);
        Assert.Equal((33, 70), (mask.Height, mask.Width));
        Assert.Equal((int)Math.Round(0.3 * 33 * 70), mask.KeptCount);
        Assert.InRange(mask.Kept[..(33 * 35)].Count(true), 280, 413);
        using (var single = CpuDevice.Create(1))
        {
            Assert.Equal(mask.Kept.ToArray(), Mask.Random(single, grid, 0.3, 7).Kept.ToArray());
        }

        bool[] other = Mask.Random(device, grid, 0.3, 8).Kept.ToArray();
        int common = other.Zip(mask.Kept.ToArray(), (a, b) => a && b).Count(both => both);
        Assert.InRange(common, 0.15 * mask.KeptCount, 0.45 * mask.KeptCount);
        Assert.Equal(1, Mask.Random(device, grid, 1e-9, 1).KeptCount);
        Assert.Equal(33 * 70, Mask.Random(device, grid, 1, 1).KeptCount);
    });

    /// <summary>Catches messages that do not name what to change, and input that fails later and elsewhere.</summary>
    [Fact]
    public void Bad_masks_are_refused_by_name() => Fixture.OnDevice(device =>
    {
        void Refused(string expected, Func<object> create)
        {
            InputException exception = Assert.Throws<InputException>(create);
            Assert.Equal("mask", exception.Parameter);
            Assert.Contains(expected, exception.Message, StringComparison.Ordinal);
        }

        var shape = new Shape(1, 1, 8, 12);
        Refused("needs 12 values, got 11", () => new Mask(3, 4, new bool[11]));
        Refused("photo.png: every measurement is missing", () => Mask.FromValues(1, 2, [0, -0f], "photo.png"));
        Refused("value 1 is not a finite number", () => Mask.FromValues(1, 2, [1, float.NaN]));
        Refused("a mask of 4x6 does not fit a measurement of 6x4", () =>
            new MaskedBlur(device, BlurKernel.Gaussian(3, 1), 2, shape, Mask.FromValues(6, 4, Ones(24))));
        foreach (string text in (string[])["random:0", "random:1.5", "random:-1", "random:NaN", "random:", "half"])
        {
            Refused("random:", () => Mask.ParseFraction(text));
        }

        Assert.Equal("stride", Assert.Throws<InputException>(() =>
            new MaskedBlur(device, BlurKernel.Gaussian(3, 1), 5, shape, Mask.FromValues(1, 1, [1]))).Parameter);
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

    private static float[] Ones(int count) => [.. Enumerable.Repeat(1f, count)];

    private static void OnCase(Boundary boundary, int size, Shape planes, Action<MaskedBlur, Matrix<double>> test) =>
        Fixture.OnDevice(device =>
        {
            (int h, int w, int kh, int kw, int stride) = Sizes[size];
            if (boundary != Boundary.Valid)
            {
                (h, w) = ((h + stride - 1) / stride * stride, (w + stride - 1) / stride * stride);
            }

            using MaskedBlur a = Create(device, kh, kw, stride, planes with { H = h, W = w }, boundary, seed: 7);
            BlurKernel kernel = Kernel(kh, kw, 7);
            bool[] kept = a.Mask.Kept.ToArray();
            Matrix<double> matrix = DenseProblem.Matrix(
                a, stride, kh, kw, (i, j, u, v) => kept[i * a.MeasurementShape.W + j] ? kernel[u, v] : 0);
            test(a, matrix);
        });

    private static MaskedBlur Create(
        Device device, int height, int width, int stride, Shape image, Boundary boundary, int seed)
    {
        Shape grid = Device.BlurOutput(image, Shape.Matrix(height, width), stride, boundary);
        float[] values = [.. Fixture.Normal(grid.PlaneSize, seed).Select((v, i) => i == 0 || v < 0 ? v : 0)];
        values[^1] = values.Length > 1 ? 0 : 1;
        Mask mask = Mask.FromValues(grid.H, grid.W, values);
        return new MaskedBlur(device, Kernel(height, width, seed), stride, image, mask, boundary);
    }

    private static BlurKernel Kernel(int height, int width, int seed) => new(
        height, width, Fixture.Normal(height * width, seed).Select(value => (double)value / Math.Sqrt(height * width)));
}
