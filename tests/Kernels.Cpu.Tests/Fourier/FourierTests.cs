using InfAdmm.Engine;
using InfAdmm.Tests.Shared;

namespace InfAdmm.Kernels.Cpu.Tests;

/// <summary>Properties of the transforms at sizes where a naive reference would take too long.</summary>
public sealed class FourierTests
{
    private static readonly Shape Large = new(1, 2, 480, 640);

    [Theory]
    [InlineData(2, 480, 640)]
    [InlineData(1, 1024, 1024)]
    [InlineData(3, 251, 333)]
    [InlineData(40, 96, 100)]
    public void Inverse_restores_the_image(int planes, int height, int width)
    {
        using CpuDevice device = CpuDevice.Create(threads: 2);
        var shape = new Shape(planes, 1, height, width);
        float[] values = Noise(shape, 1);
        using Tensor x = device.Allocate(shape, values);
        using Tensor spectrum = device.Allocate(shape.Spectrum);
        device.RealFft2(x, spectrum);
        device.InverseRealFft2(spectrum, x);
        double error = Math.Sqrt(SumOfSquares(Difference(x.ToArray(), values)) / SumOfSquares(values));
        Assert.True(error < 1e-6, $"relative error {error:E2}");
    }

    [Fact]
    public void Energy_is_kept()
    {
        using CpuDevice device = CpuDevice.Create(threads: 2);
        float[] values = Noise(Large, 2);
        float[] spectrum = Spectrum(device, Large, values);
        double energy = 0;
        for (int i = 0; i < spectrum.Length; i++)
        {
            int column = i / 2 % (Large.W / 2 + 1);
            energy += (column == 0 || column == Large.W / 2 ? 1 : 2) * (double)spectrum[i] * spectrum[i];
        }

        Assert.Equal(1, energy / Large.PlaneSize / SumOfSquares(values), 1e-6);
    }

    [Fact]
    public void A_shift_turns_the_phases()
    {
        const int Down = 5;
        const int Right = 11;
        using CpuDevice device = CpuDevice.Create(threads: 2);
        float[] values = Noise(Large, 3);
        var shifted = new float[values.Length];
        for (int i = 0; i < values.Length; i++)
        {
            int plane = i / Large.PlaneSize;
            int y = (i / Large.W + Down) % Large.H;
            int x = (i + Right) % Large.W;
            shifted[(plane * Large.H + y) * Large.W + x] = values[i];
        }

        float[] expected = Spectrum(device, Large, values);
        for (int i = 0; i < expected.Length; i += 2)
        {
            int x = i / 2 % (Large.W / 2 + 1);
            int y = i / 2 / (Large.W / 2 + 1) % Large.H;
            double turns = (double)Down * y / Large.H + (double)Right * x / Large.W;
            (double sine, double cosine) = Math.SinCos(-2 * Math.PI * turns);
            (expected[i], expected[i + 1]) = (
                (float)(cosine * expected[i] - sine * expected[i + 1]),
                (float)(sine * expected[i] + cosine * expected[i + 1]));
        }

        double error = SumOfSquares(Difference(Spectrum(device, Large, shifted), expected)) / SumOfSquares(expected);
        Assert.True(Math.Sqrt(error) < 1e-6, $"relative error {Math.Sqrt(error):E2}");
    }

    [Theory]
    [InlineData(2, 480, 640, 4, 2)]
    [InlineData(2, 480, 640, 4, 3)]
    [InlineData(5, 127, 66, 1, 2)]
    [InlineData(5, 127, 66, 1, 3)]
    public void Thread_count_does_not_change_a_bit(int planes, int height, int width, int stride, int threads)
    {
        var shape = new Shape(planes, 1, height, width);
        float[][] one = AllOps(1, shape, stride);
        float[][] many = AllOps(threads, shape, stride);
        for (int i = 0; i < one.Length; i++)
        {
            Assert.True(one[i].AsSpan().SequenceEqual(many[i]), $"result {i} differs with {threads} threads");
        }
    }

    [Fact]
    public void A_plane_does_not_depend_on_its_neighbours()
    {
        using CpuDevice device = CpuDevice.Create(threads: 2);
        var shape = new Shape(3, 1, 15, 22);
        float[] values = Noise(shape, 4);
        float[] alone = Spectrum(device, shape with { N = 1 }, values[shape.PlaneSize..(2 * shape.PlaneSize)]);
        Array.Fill(values, float.NaN, 0, shape.PlaneSize);
        Array.Fill(values, 1e30f, 2 * shape.PlaneSize, shape.PlaneSize);
        float[] together = Spectrum(device, shape, values);
        Assert.Equal(alone, together[alone.Length..(2 * alone.Length)]);
    }

    [Fact]
    public void A_second_call_allocates_nothing()
    {
        using CpuDevice device = CpuDevice.Create(threads: 2);
        using var scope = new TensorScope(device);
        var shape = new Shape(1, 2, 66, 90);
        Tensor x = scope.Add(device.Allocate(shape, Noise(shape, 5)));
        Tensor spectrum = scope.Allocate(shape.Spectrum);
        Tensor low = scope.Allocate(shape.Downsampled(3).Spectrum);
        Tensor gain = scope.Add(device.Allocate(Shape.Matrix(66, 46), Noise(Shape.Matrix(66, 46), 6)));
        Tensor transfer = spectrum.Slice(0, (shape with { C = 1 }).Spectrum);
        Tensor lowImage = x.Slice(0, shape.Downsampled(3));
        Allocations.AssertNone(() =>
        {
            device.RealFft2(x, spectrum);
            device.RealFft2(lowImage, low);
            device.ScaleSpectrum(spectrum, gain, spectrum);
            device.SpectrumResidual(spectrum, low, transfer, shape, 3, low);
            device.SpectrumCorrection(spectrum, low, transfer, shape, 3, spectrum);
            device.InverseRealFft2(spectrum, x);
        });
    }

    private static float[][] AllOps(int threads, Shape shape, int stride)
    {
        using CpuDevice device = CpuDevice.Create(threads);
        using var scope = new TensorScope(device);
        Shape low = shape.Downsampled(stride);
        Shape kernel = shape with { N = 1, C = 1 };
        Tensor x = scope.Add(device.Allocate(shape, Noise(shape, 7)));
        Tensor q = scope.Allocate(shape.Spectrum);
        Tensor y = scope.Allocate(low.Spectrum);
        Tensor transfer = scope.Allocate(kernel.Spectrum);
        device.RealFft2(x, q);
        float[] spectrum = q.ToArray();
        device.RealFft2(x.Slice(0, low), y);
        device.RealFft2(x.Slice(0, kernel), transfer);
        device.SpectrumResidual(q, y, transfer, shape, stride, y);
        float[] residual = y.ToArray();
        device.SpectrumCorrection(q, y, transfer, shape, stride, q);
        float[] correction = q.ToArray();
        device.InverseRealFft2(q, x);
        return [spectrum, residual, correction, x.ToArray()];
    }

    private static float[] Spectrum(CpuDevice device, Shape shape, float[] values)
    {
        using Tensor x = device.Allocate(shape, values);
        using Tensor spectrum = device.Allocate(shape.Spectrum);
        device.RealFft2(x, spectrum);
        return spectrum.ToArray();
    }

    private static float[] Noise(Shape shape, int seed)
    {
        var random = new Random(seed);
        var values = new float[shape.Count];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = (float)(2 * random.NextDouble() - 1);
        }

        return values;
    }

    private static float[] Difference(float[] a, float[] b) => [.. a.Zip(b, (x, y) => x - y)];

    private static double SumOfSquares(float[] values) => values.Sum(value => (double)value * value);
}
