using System.Buffers.Binary;
using System.Text;
using System.Text.RegularExpressions;
using InfAdmm.Engine;
using InfAdmm.Kernels.Cpu;
using InfAdmm.Solvers.Operators;

namespace InfAdmm.Tests.Shared;

/// <summary>Reference arrays of tests/Fixtures, float64 in C order, and helpers shared by tests.</summary>
internal static partial class Fixture
{
    /// <summary>The operators with reference values: tag and stride.</summary>
    public static readonly (string Tag, int Stride)[] Operators =
        [("gauss9_s4", 4), ("motion9_s1", 1), ("random5_s2", 2), ("random4_s3", 3), ("random3x7_s1", 1)];

    public static string PathOf(string file) => Path.Combine(AppContext.BaseDirectory, "Fixtures", file);

    public static string ModelPath(string file) => Path.Combine(AppContext.BaseDirectory, "models", file);

    public static (double[] Values, int[] Shape) Load(string name)
    {
        byte[] bytes = File.ReadAllBytes(PathOf(name + ".npy"));
        int headerLength = BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(8));
        string header = Encoding.ASCII.GetString(bytes, 10, headerLength);
        Assert.Contains("'<f8'", header);
        Assert.Contains("'fortran_order': False", header);
        int[] shape = [.. NumberPattern().Matches(ShapePattern().Match(header).Value).Select(m => int.Parse(m.Value))];
        double[] values = new double[shape.Aggregate(1, (a, b) => a * b)];
        Buffer.BlockCopy(bytes, 10 + headerLength, values, 0, values.Length * sizeof(double));
        return (values, shape);
    }

    public static BlurKernel Kernel(string name)
    {
        (double[] values, int[] shape) = Load(name);
        return new BlurKernel(shape[0], shape[1], values, name);
    }

    /// <summary>A (C, H, W) array as a tensor (1, C, H, W).</summary>
    public static Tensor Tensor(Device device, string name)
    {
        (double[] values, int[] shape) = Load(name);
        return device.Allocate(new Shape(1, shape[0], shape[1], shape[2]), Array.ConvertAll(values, v => (float)v));
    }

    /// <summary>‖actual − expected‖ / ‖expected‖.</summary>
    public static double RelativeError(Tensor actual, double[] expected)
    {
        float[] values = actual.ToArray();
        Assert.Equal(expected.Length, values.Length);
        double error = values.Zip(expected, (a, b) => (a - b) * (a - b)).Sum();
        return Math.Sqrt(error / expected.Sum(v => v * v));
    }

    public static double Dot(float[] a, float[] b) => a.Zip(b, (x, y) => (double)x * y).Sum();

    public static double Norm(float[] a) => Math.Sqrt(Dot(a, a));

    /// <summary>Runs a test on a new device and asserts that it leaves no buffer behind.</summary>
    public static void OnDevice(Action<Device> test, int threads = 2)
    {
        using var device = CpuDevice.Create(threads);
        test(device);
        Assert.Equal(0, device.LiveBuffers);
    }

    /// <summary>Standard normal values, reproducible for a seed.</summary>
    public static float[] Normal(int count, int seed)
    {
        var random = new Random(seed);
        float[] values = new float[count];
        for (int i = 0; i < count; i++)
        {
            double radius = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble()));
            values[i] = (float)(radius * Math.Cos(2 * Math.PI * random.NextDouble()));
        }

        return values;
    }

    [GeneratedRegex(@"\([^)]*\)")]
    private static partial Regex ShapePattern();

    [GeneratedRegex(@"\d+")]
    private static partial Regex NumberPattern();
}
