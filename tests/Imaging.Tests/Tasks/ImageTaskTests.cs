using InfAdmm.Engine;
using InfAdmm.Imaging.Metrics;
using InfAdmm.Imaging.Restoration;
using InfAdmm.Imaging.Tasks;
using InfAdmm.Solvers.Operators;
using InfAdmm.Solvers.ZUpdate;
using InfAdmm.Tests.Shared;

namespace InfAdmm.Imaging.Tests;

/// <summary>The tasks of docs/mathematics.md §9: shapes, noise, initial estimates and the chosen z-solvers.</summary>
public sealed class ImageTaskTests
{
    [Theory]
    [InlineData("mnist-sr4", 1, 28, 28, 1, 7, 7)]
    [InlineData("sr4", 3, 227, 226, 3, 56, 56)]
    [InlineData("sr4", 1, 9, 8, 1, 2, 2)]
    [InlineData("deblur", 3, 227, 33, 3, 227, 33)]
    [InlineData("color-sr2", 3, 227, 33, 1, 113, 16)]
    public void Images_are_cropped_and_measured(
        string name, int channels, int height, int width, int measuredChannels, int rows, int columns)
    {
        ImageTask task = ImageTasks.Find(name);
        var image = new Shape(1, channels, height, width);
        Assert.Null(task.WhyNot(image));
        Assert.Equal(new Shape(1, measuredChannels, rows, columns), task.Measured(task.Cropped(image)));
    }

    [Theory]
    [InlineData("mnist-sr4", 3, 28, 28, "in colour")]
    [InlineData("color-sr2", 1, 28, 28, "grey")]
    [InlineData("sr4", 3, 1, 1, "too small")]
    [InlineData("sr4", 3, 3, 100, "at least 4x4")]
    [InlineData("deblur", 3, 1, 1, "at least 9x9")]
    [InlineData("deblur", 3, 100, 8, "at least 9x9")]
    [InlineData("color-sr2", 3, 3, 9, "at least 4x4")]
    public void Images_that_cannot_be_measured_are_refused(
        string name, int channels, int height, int width, string reason)
    {
        ImageTask task = ImageTasks.Find(name);
        var shape = new Shape(1, channels, height, width);
        Assert.Contains(reason, task.WhyNot(shape));
        Fixture.OnDevice(device => Assert.Throws<InputException>(() => new TaskOperator(device, task, shape)));
    }

    [Fact]
    public void Unknown_tasks_are_refused() =>
        Assert.Contains("color-sr2", Assert.Throws<InputException>(() => ImageTasks.Find("sr8")).Message);

    [Theory]
    [InlineData("mnist-sr4", "scalar")]
    [InlineData("sr4", "scalar")]
    [InlineData("deblur", "fft")]
    [InlineData("color-sr2", "fft")]
    public void The_cheapest_exact_solver_is_chosen(string name, string solver) => Fixture.OnDevice(device =>
    {
        using TaskOperator a = Create(device, name, 32, 40);
        using Tensor y = device.AllocateZeros(a.MeasurementShape);
        Assert.Equal(solver, ZSolvers.CheapestExact(a.Context(y, 0.01).Operator).Name);
    });

    [Theory]
    [InlineData("sr4")]
    [InlineData("deblur")]
    [InlineData("color-sr2")]
    public void Exact_solver_satisfies_the_normal_equations(string name) => Fixture.OnDevice(device =>
    {
        const float Rho = 0.05f;
        using TaskOperator a = Create(device, name, 24, 40);
        using Tensor q = device.Allocate(a.ImageShape, Fixture.Normal((int)a.ImageShape.Count, 1));
        using Tensor y = device.Allocate(a.MeasurementShape, Fixture.Normal((int)a.MeasurementShape.Count, 2));
        using Tensor z = device.Allocate(a.ImageShape);
        using Tensor measured = device.Allocate(a.MeasurementShape);
        using Tensor image = device.Allocate(a.ImageShape);
        using IZUpdate solver = a.CreateExactSolver(y, Rho);
        solver.Solve(q, z);

        // Aᵀ(y − A z) = ρ(z − q).
        a.Apply(z, measured);
        device.Combine(1, y, -1, measured, measured);
        a.Adjoint(measured, image);
        double[] expected = [.. z.ToArray().Zip(q.ToArray(), (u, v) => (double)Rho * (u - v))];
        Assert.InRange(Fixture.RelativeError(image, expected), 0, 1e-4);
    });

    [Fact]
    public void Noise_has_the_deviation_and_belongs_to_seed_and_image() => Fixture.OnDevice(device =>
    {
        using TaskOperator a = Create(device, "deblur", 64, 64);
        using Tensor x = device.AllocateZeros(a.ImageShape);
        using Tensor y = device.Allocate(a.MeasurementShape);
        float[] Measure(ulong seed, ulong stream)
        {
            a.Measure(x, seed, stream, y);
            return y.ToArray();
        }

        float[] noise = Measure(1, 0);
        Assert.Equal(0.01, Fixture.Norm(noise) / Math.Sqrt(noise.Length), 3e-4);
        Assert.Equal(noise, Measure(1, 0));
        Assert.NotEqual(noise, Measure(2, 0));
        Assert.NotEqual(noise, Measure(1, 1));
    });

    [Fact]
    public void Noise_and_kernel_can_be_others()
    {
        BlurKernel kernel = BlurKernel.Gaussian(5, 2);
        ImageTask task = ImageTasks.Deblurring.With(kernel, 0);
        Assert.Same(kernel, task.Kernel);
        Assert.Equal(0, task.Sigma);
        WienerStart start = Assert.IsType<WienerStart>(task.Start);
        Assert.True(start.WeightFor(task.Sigma) > 0);
        Assert.Equal(start.Weight, start.WeightFor(0.01));
        Assert.Equal(4 * start.Weight, start.WeightFor(0.02), 1e-12);
    }

    [Theory]
    [InlineData("mnist-sr4")]
    [InlineData("sr4")]
    [InlineData("color-sr2")]
    [InlineData("deblur")]
    public void The_start_resembles_a_smooth_image(string name) => Fixture.OnDevice(device =>
    {
        using TaskOperator a = Create(device, name, 64, 80);
        float[] smooth = Waves(a.ImageShape);
        using Tensor x = device.Allocate(a.ImageShape, smooth);
        using Tensor y = device.Allocate(a.MeasurementShape);
        using Tensor z = device.Allocate(a.ImageShape);
        a.Measure(x, 1, 0, y);
        using IStartEstimate estimate = a.Task.Start.Create(a, y);
        estimate.Apply(z);
        Assert.InRange(ImageMetrics.Psnr(z.ToArray(), smooth), 30, 100);
    });

    [Theory]
    [InlineData("sr4", 3.5e-4, 0.06, 0)]
    [InlineData("deblur", 0.002, 0.05, 3)]
    public void Total_variation_improves_on_its_start(string name, double weight, double rho, double gain) =>
        Fixture.OnDevice(device => CheckTotalVariation(device, name, weight, rho, gain));

    private static void CheckTotalVariation(Device device, string name, double weight, double rho, double gain)
    {
        using TaskOperator a = Create(device, name, 64, 64);
        float[] blocks = Blocks(a.ImageShape);
        using Tensor x = device.Allocate(a.ImageShape, blocks);
        using Tensor y = device.Allocate(a.MeasurementShape);
        using Tensor z = device.Allocate(a.ImageShape);
        a.Measure(x, 1, 0, y);
        using IStartEstimate estimate = a.Task.Start.Create(a, y);
        estimate.Apply(z);
        double start = ImageMetrics.Psnr(z.ToArray(), blocks);
        using var loop = new TotalVariationAdmm(a, y, weight, rho, iterations: 40, innerSteps: 10);
        int iterates = 0;
        loop.Restore(z, _ => iterates++);
        float[] first = z.ToArray();
        Assert.Equal(40, iterates);
        Assert.InRange(ImageMetrics.Psnr(first, blocks), start + gain, 100);

        // State kept from the first image must not affect the second.
        loop.Restore(z);
        Assert.Equal(first, z.ToArray());
    }

    private static TaskOperator Create(Device device, string name, int height, int width)
    {
        ImageTask task = ImageTasks.Find(name);
        return new TaskOperator(device, task, new Shape(1, task.Channels ?? 3, height, width));
    }

    /// <summary>A periodic image, equal in all channels.</summary>
    private static float[] Waves(Shape shape) =>
    [
        .. Enumerable.Range(0, (int)shape.Count).Select(i => 0.5f
            + 0.2f * MathF.Sin(2 * MathF.PI * (i % shape.PlaneSize / shape.W) / shape.H)
            + 0.2f * MathF.Cos(2 * MathF.PI * (i % shape.W) / shape.W)),
    ];

    private static float[] Blocks(Shape shape) =>
    [
        .. Enumerable.Range(0, (int)shape.Count).Select(i =>
            (i % shape.PlaneSize / shape.W / 16 + i % shape.W / 16) % 2 == 0 ? 0.2f : 0.8f),
    ];
}
